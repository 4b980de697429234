//! What a bench measures.

use std::path::{Path, PathBuf};

use anyhow::bail;
use dnc_core::manifest::Variant;
use dnc_edge::Bundle;
use dnc_edge::bench::job::Job;
use dnc_edge::runtime::{Engine, RuntimeError, RuntimeOptions, choose, library};

use super::Args;

/// What is to be measured, and what was left out and why.
pub fn jobs(
    args: &Args,
    bundle: &Bundle,
    path: &Path,
    pictures: &[PathBuf],
) -> anyhow::Result<(Vec<Job>, Vec<String>)> {
    let options = args.runtime.options();
    let ort_there = library::find(options.ort.library.as_deref()).is_some();
    let mut notes = Vec::new();
    let mut places: Vec<(Engine, String)> = Vec::new();
    if options.engine.is_some() || options.variant.is_some() {
        // As every other command chooses, and its error where nothing fits.
        let engines = options.engine.map_or(vec![Engine::Tract, Engine::Ort], |engine| vec![engine]);
        for engine in engines {
            let one = RuntimeOptions { engine: Some(engine), ..options.clone() };
            match choose(bundle, &one) {
                Ok(_) if engine == Engine::Ort && !ort_there && options.engine.is_none() => notes.push(no_library()),
                Ok((engine, variant)) => places.push((engine, variant.file.clone())),
                Err(error) if options.engine.is_some() => return Err(error.into()),
                Err(_) => {}
            }
        }
        if places.is_empty() && notes.is_empty() {
            choose(bundle, &options)?;
        }
    } else {
        for variant in &bundle.manifest().variants {
            for engine in engines(variant) {
                if engine == Engine::Ort && !ort_there {
                    notes.push(format!("{} is left out: {}", variant.file, no_library()));
                } else {
                    places.push((engine, variant.file.clone()));
                }
            }
        }
    }
    // tract has no use for them; ONNX Runtime is measured with them.
    let threads = options.ort.threads;
    if threads > 1 && options.engine.is_none() && places.iter().any(|(engine, _)| *engine == Engine::Tract) {
        places.retain(|(engine, _)| *engine != Engine::Tract);
        notes.push(format!("tract is left out: {}", RuntimeError::Threads { asked: threads }));
    }
    if places.is_empty() {
        bail!("nothing to measure: {}", notes.join("; "));
    }
    let mut jobs = Vec::new();
    for (engine, variant) in places {
        for &batch in &args.batch {
            for &threads in &args.threads {
                jobs.push(Job {
                    bundle: path.to_owned(),
                    runtime: RuntimeOptions { engine: Some(engine), variant: Some(variant.clone()), ..options.clone() },
                    pictures: pictures.to_vec(),
                    region: args.region,
                    gallery: args.gallery.clone(),
                    gallery_size: args.gallery_size as usize,
                    int8_search: args.int8_search,
                    threads: threads as usize,
                    batch: batch as usize,
                    warm_up: args.warm_up as usize,
                    runs: args.runs as usize,
                });
            }
        }
    }
    Ok((jobs, notes))
}

fn no_library() -> String {
    "ONNX Runtime's library is not there; get it with `dnc-edge runtime fetch`, or name it with --ort-library"
        .to_owned()
}

/// Libraries that a variant is made for. TensorRT's is measured where it is asked for by name.
fn engines(variant: &Variant) -> Vec<Engine> {
    let made_for = |engine: &Engine| variant.targets.contains(&engine.target());
    [Engine::Tract, Engine::Ort].into_iter().filter(made_for).collect()
}
