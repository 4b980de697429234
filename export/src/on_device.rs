//! Embeddings by the device's own code: its bundle reader, its decoder, its preprocessing, its runtime.

use std::path::Path;
use std::time::Instant;

use dnc_datasets::Sample;
use dnc_edge::pipeline::Pipeline;
use dnc_edge::runtime::{Engine, OrtOptions, RuntimeOptions};
use dnc_edge::{Bundle, Embedder};

use crate::kind::Kind;
use crate::runner::Embedded;

/// Pictures between two reports of progress.
const AT_ONCE: usize = 32;

/// Embeds `samples` with one variant of `bundle`. `progress` is told how many are done, and of how many.
///
/// # Errors
/// Where the runtime cannot be had, the variant cannot be loaded, or a picture cannot be embedded.
pub fn embed_on_device(
    bundle: &Bundle,
    kind: Kind,
    engine: Engine,
    ort: &OrtOptions,
    samples: &[&Sample],
    progress: &dyn Fn(usize, usize),
) -> anyhow::Result<Embedded> {
    let started = Instant::now();
    let options = RuntimeOptions { engine: Some(engine), variant: Some(kind.file()), ort: ort.clone() };
    let embedder = Embedder::open(bundle, &options)?;
    let mut runtime = embedder.runtime().name().to_owned();
    if kind == Kind::Int8Tensorrt {
        // Made for a library that is not on this machine.
        runtime += " in TensorRT's place";
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut pipeline = Pipeline::new(embedder, threads)?;
    let mut rows = Vec::new();
    for (i, part) in samples.chunks(AT_ONCE).enumerate() {
        let paths: Vec<&Path> = part.iter().map(|s| s.path.as_path()).collect();
        for embedded in pipeline.embed(&paths) {
            rows.extend(embedded?.embedding);
        }
        progress((i * AT_ONCE + part.len()).min(samples.len()), samples.len());
    }
    Ok(Embedded { rows, runtime, seconds: started.elapsed().as_secs_f64() })
}
