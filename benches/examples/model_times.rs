//! The model alone, one picture, one thread: every variant of each bundle with every library that runs it, in turns, and its
//! time as a part of f32's with the same library.
//!
//!   model_times BUNDLE...
//!
//! In a turn each variant runs some times unmeasured and then `RUNS` times; a turn's ratio is of two medians that were
//! taken one after the other. `dnc-edge bench` has the time within the line, where decoding and search empty the caches.

use std::path::Path;
use std::time::Instant;

use dnc_core::manifest::Precision;
use dnc_edge::Bundle;
use dnc_edge::runtime::{Engine, OrtOptions, Runtime, library};
use dnc_export::runner::Runner;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

const TURNS: usize = 21;
const UNMEASURED: usize = 10;
const RUNS: usize = 50;

/// A variant that is loaded, and the median of each turn, seconds.
struct Timed {
    name: String,
    engine: Engine,
    float: bool,
    runtime: Box<dyn Runtime>,
    medians: Vec<f64>,
}

fn main() -> anyhow::Result<()> {
    let bundles: Vec<String> = std::env::args().skip(1).collect();
    anyhow::ensure!(!bundles.is_empty(), "give BUNDLE...");
    println!("| bundle | variant | library | ms | part of f32 |\n|---|---|---|---|---|");
    for path in bundles {
        let bundle = Bundle::open(Path::new(&path))?;
        let mut all = loaded(&bundle)?;
        let input = noise(bundle.manifest().input.preprocess.values());
        let mut out = Vec::new();
        for _ in 0..TURNS {
            for timed in &mut all {
                let mut times = Vec::new();
                for run in 0..UNMEASURED + RUNS {
                    let started = Instant::now();
                    timed.runtime.embed(&input, 1, &mut out)?;
                    if run >= UNMEASURED {
                        times.push(started.elapsed().as_secs_f64());
                    }
                }
                timed.medians.push(quartile(&mut times, 2));
            }
        }
        for timed in &all {
            let float = all.iter().find(|other| other.float && other.engine == timed.engine);
            let ratio = float.map_or("–".to_owned(), |float| {
                let mut ratios: Vec<f64> = timed.medians.iter().zip(&float.medians).map(|(t, f)| t / f).collect();
                let [low, middle, high] = [1, 2, 3].map(|q| quartile(&mut ratios, q));
                format!("{middle:.2} ({low:.2} to {high:.2})")
            });
            let ms = 1e3 * quartile(&mut timed.medians.clone(), 2);
            println!("| {path} | {} | {} | {ms:.2} | {ratio} |", timed.name, timed.runtime.name());
        }
    }
    Ok(())
}

/// Every variant with every library that it is made for.
fn loaded(bundle: &Bundle) -> anyhow::Result<Vec<Timed>> {
    let manifest = bundle.manifest();
    let ort = OrtOptions { library: library::find(None), ..OrtOptions::default() };
    let runner = Runner { size: manifest.input.preprocess.size, dim: manifest.output.dim, ort };
    let mut all = Vec::new();
    for variant in &manifest.variants {
        let bytes = bundle.model_bytes(variant)?;
        for engine in [Engine::Ort, Engine::Tract] {
            if variant.targets.contains(&engine.target()) {
                let (name, float) = (variant.file.clone(), variant.precision == Precision::F32);
                all.push(Timed { name, engine, float, runtime: runner.load(&bytes, engine)?, medians: Vec::new() });
            }
        }
    }
    Ok(all)
}

/// A preprocessed picture of noise: times do not depend on what is seen.
fn noise(values: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    (0..values).map(|_| rng.random_range(-2.0..2.0)).collect()
}

/// The `quarter`-th quartile, 2 being the median.
fn quartile(values: &mut [f64], quarter: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() - 1) * quarter / 4]
}
