//! A bundle's variants, and other files beside them, scored on the same pictures.

use dnc_core::manifest::{AgainstF32, Precision, Target};
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
    /// Seconds of all pictures by the number of pictures: reading, preprocessing and model, on all cores.
    pub seconds_per_picture: f64,
}

impl Row {
    /// Rows as a table.
    pub fn table(rows: &[Self]) -> String {
        let width = rows.iter().map(|r| r.file.len()).max().unwrap_or(0);
        let mut text = format!(
            "{:<width$}  {:<13} {:>7}  {:>6}  {:>6}  {:>6}  95 % interval  cosine\n",
            "file", "runtime", "MB", "R@1", "mAP", "drop"
        );
        for r in rows {
            let s = &r.scores;
            text += &format!(
                "{:<width$}  {:<13} {:>7.2}  {:>6.2}  {:>6.2}  {:>+6.2}  {:+.2} to {:+.2}  {:.4}\n",
                r.file,
                s.runtime,
                r.bytes as f64 / 1e6,
                100.0 * s.recall_at_1,
                100.0 * s.map,
                s.drop,
                s.interval[0],
                s.interval[1],
                s.mean_cosine
            );
        }
        text
    }
}

/// Nothing is refused here: the figures are for the reader.
const NO_LIMITS: Limits = Limits { max_drop: 100.0, min_cosine: -1.0 };

/// Scores every variant of `bundle`, then `files` (name and bytes; run with `engine`). f32 variants run with `engine`
/// too where they are made for it, all others with what they are made for; f32 is run again for each library, so that
/// a drop is the variant's alone.
///
/// # Errors
/// Where a file or picture cannot be read, or a runtime cannot be had or fails.
pub fn evaluate(
    bundle: &Bundle,
    files: &[(String, Vec<u8>)],
    engine: Engine,
    runner: &Runner,
    pictures: &Pictures<'_>,
    labels: &[u32],
    progress: &(dyn Fn(&str, usize, usize) + Sync),
) -> anyhow::Result<Vec<Row>> {
    let mut models = Vec::new();
    for variant in &bundle.manifest().variants {
        let own = if variant.targets.contains(&Target::Tract) { Engine::Tract } else { Engine::Ort };
        let either = variant.targets.contains(&engine.target());
        models.push((variant.file.clone(), bundle.model_bytes(variant)?, if either { engine } else { own }));
    }
    models.extend(files.iter().map(|(name, bytes)| (name.clone(), bytes.clone(), engine)));
    let f32_file = bundle.manifest().variants.iter().find(|v| v.precision == Precision::F32);
    let f32_file = f32_file.ok_or_else(|| anyhow::anyhow!("the bundle has no f32 variant to compare with"))?;
    let f32_bytes = bundle.model_bytes(f32_file)?;
    let mut float = Reference::of(runner, &f32_bytes);
    let mut rows = Vec::new();
    for (name, bytes, engine) in models {
        let seen = std::sync::atomic::AtomicUsize::new(0);
        let read = |at: usize| {
            let done = seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            progress(&name, done, pictures.len);
            (pictures.read)(at)
        };
        let told = Pictures { len: pictures.len, read: &read };
        let f32_rows = float.rows(engine, &told)?;
        let started = std::time::Instant::now();
        let embedded = runner.embed(&bytes, engine, &told)?;
        let seconds_per_picture = started.elapsed().as_secs_f64() / pictures.len.max(1) as f64;
        let scores = compare(f32_rows, &embedded.rows, runner.dim, labels, &embedded.runtime, NO_LIMITS);
        rows.push(Row { file: name, bytes: bytes.len(), scores, seconds_per_picture });
    }
    Ok(rows)
}
