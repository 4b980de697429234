//! A bundle's variants, and other files beside them, scored on the same pictures.

use std::sync::atomic::{AtomicUsize, Ordering};

use dnc_core::manifest::{AgainstF32, Precision, Target};
use dnc_core::scan::{Rows, Scan};
use dnc_edge::Bundle;
use dnc_edge::runtime::Engine;
use serde::Serialize;

use crate::gate::{Limits, compare};
use crate::quantise::Pictures;
use crate::runner::{Reference, Runner};

/// One file's scores.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Its name.
    pub file: String,
    /// Its bytes.
    pub bytes: usize,
    /// Its scores beside those of f32 with the same runtime.
    pub scores: AgainstF32,
    /// Share of the queries whose nearest picture is the one of the first row: what a change of the library, or of the
    /// precision, changes in the answers.
    pub same_nearest: f64,
    /// Seconds of all pictures by the number of pictures: reading, preprocessing and model, on all cores.
    pub seconds_per_picture: f64,
}

impl Row {
    /// Rows as a table.
    pub fn table(rows: &[Self]) -> String {
        let width = rows.iter().map(|r| r.file.len()).max().unwrap_or(0);
        let mut text = format!(
            "{:<width$}  {:<13} {:>7}  {:>6}  {:>6}  {:>6}  95 % interval   cosine  same nearest\n",
            "file", "runtime", "MB", "R@1", "mAP", "drop"
        );
        for r in rows {
            let s = &r.scores;
            text += &format!(
                "{:<width$}  {:<13} {:>7.2}  {:>6.2}  {:>6.2}  {:>+6.2}  {:<14}  {:.4}  {:.4}\n",
                r.file,
                s.runtime,
                r.bytes as f64 / 1e6,
                100.0 * s.recall_at_1,
                100.0 * s.map,
                s.drop,
                format!("{:+.2} to {:+.2}", s.interval[0], s.interval[1]),
                s.mean_cosine,
                r.same_nearest
            );
        }
        text
    }
}

/// Nothing is refused here: the figures are for the reader.
const NO_LIMITS: Limits = Limits { max_drop: 100.0, min_cosine: -1.0 };

/// Scores every variant of `bundle`, then `files` (name and bytes; run with the first of `engines`). A variant has a row for
/// each of `engines` that it is made for, or else one with what it is made for; f32 is run again for each library, so
/// that a drop is the variant's alone.
///
/// # Errors
/// Where a file or picture cannot be read, no library is asked for, or a runtime cannot be had or fails.
pub fn evaluate(
    bundle: &Bundle,
    files: &[(String, Vec<u8>)],
    engines: &[Engine],
    runner: &Runner,
    pictures: &Pictures<'_>,
    labels: &[u32],
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> anyhow::Result<Vec<Row>> {
    let first = *engines.first().ok_or_else(|| anyhow::anyhow!("no runtime is asked for; name tract or ort"))?;
    let mut models = Vec::new();
    for variant in &bundle.manifest().variants {
        let own = if variant.targets.contains(&Target::Tract) { Engine::Tract } else { Engine::Ort };
        let mut with: Vec<Engine> = engines.iter().copied().filter(|e| variant.targets.contains(&e.target())).collect();
        if with.is_empty() {
            with.push(own);
        }
        let bytes = bundle.model_bytes(variant)?;
        models.extend(with.into_iter().map(|engine| (variant.file.clone(), bytes.clone(), engine)));
    }
    models.extend(files.iter().map(|(name, bytes)| (name.clone(), bytes.clone(), first)));
    let f32_file = bundle.manifest().variants.iter().find(|v| v.precision == Precision::F32);
    let f32_file = f32_file.ok_or_else(|| anyhow::anyhow!("the bundle has no f32 variant to compare with"))?;
    let f32_bytes = bundle.model_bytes(f32_file)?;
    let mut float = Reference::of(runner, &f32_bytes);
    let mut rows = Vec::new();
    let mut nearest_of_first: Option<Vec<usize>> = None;
    for (name, bytes, engine) in &models {
        let read = counted(&f32_file.file, pictures, progress);
        let reference = float.embedded(*engine, &Pictures { len: pictures.len, read: &read })?;
        let read = counted(name, pictures, progress);
        let embed = || runner.embed(bytes, *engine, &Pictures { len: pictures.len, read: &read });
        // The f32 variant's own row is the reference's.
        let own = if *bytes == f32_bytes { None } else { Some(embed()?) };
        let embedded = own.as_ref().unwrap_or(reference);
        let seconds_per_picture = embedded.seconds / pictures.len.max(1) as f64;
        let scores = compare(&reference.rows, &embedded.rows, runner.dim, labels, &embedded.runtime, NO_LIMITS);
        let nearest = nearest(&embedded.rows, runner.dim);
        let same_nearest = same(nearest_of_first.get_or_insert_with(|| nearest.clone()), &nearest);
        rows.push(Row { file: name.clone(), bytes: bytes.len(), scores, same_nearest, seconds_per_picture });
    }
    Ok(rows)
}

/// Reads one of `pictures` and tells `progress` how many were read for `file`.
fn counted<'a>(
    file: &'a str,
    pictures: &'a Pictures<'_>,
    progress: &'a (dyn Fn(&str, usize, usize) + Sync),
) -> impl Fn(usize) -> anyhow::Result<Vec<f32>> + Sync + 'a {
    let seen = AtomicUsize::new(0);
    move |at| {
        progress(file, seen.fetch_add(1, Ordering::Relaxed) + 1, pictures.len);
        (pictures.read)(at)
    }
}

/// The nearest other row of each of `rows`.
fn nearest(rows: &[f32], dim: usize) -> Vec<usize> {
    let all = Rows::new(dim, rows.to_vec(), (0..(rows.len() / dim) as u32).collect(), Scan::F32);
    let others = |row: usize| all.nearest(all.row(row), 2).into_iter().map(|hit| hit.row).find(|found| *found != row);
    (0..all.len()).map(|row| others(row).unwrap_or(row)).collect()
}

/// Share of equal ones, 1 of none.
fn same(a: &[usize], b: &[usize]) -> f64 {
    let equal = a.iter().zip(b).filter(|(a, b)| a == b).count();
    if a.is_empty() { 1.0 } else { equal as f64 / a.len() as f64 }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn each_file_counts_its_own_pictures() {
        let told = Mutex::new(Vec::new());
        let progress = |file: &str, done: usize, of: usize| told.lock().unwrap().push(format!("{file} {done}/{of}"));
        let read = |at: usize| Ok(vec![at as f32]);
        let pictures = Pictures { len: 2, read: &read };
        for file in ["f32.onnx", "int8.onnx"] {
            let read = counted(file, &pictures, &progress);
            assert_eq!((read(1).unwrap(), read(0).unwrap()), (vec![1.0], vec![0.0]));
        }
        assert_eq!(*told.lock().unwrap(), ["f32.onnx 1/2", "f32.onnx 2/2", "int8.onnx 1/2", "int8.onnx 2/2"]);
    }

    #[test]
    fn nearest_is_another_row_and_agreement_is_counted() {
        let rows = [1.0, 0.0, 0.8, 0.6, 0.6, 0.8, 0.0, 1.0];
        assert_eq!(nearest(&rows, 2), [1, 2, 1, 2]);
        // Of two equal rows each is the other's.
        assert_eq!(nearest(&[1.0, 0.0, 1.0, 0.0], 2), [1, 0]);
        assert_eq!(same(&[1, 2, 1, 2], &[1, 2, 0, 2]), 0.75);
    }
}
