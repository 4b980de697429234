//! Embeddings of many pictures by a model's bytes, with the device's own runtimes, on all cores.

use std::time::Instant;

use dnc_core::preprocess::{PixelLayout, Preprocess};
use dnc_datasets::Sample;
use dnc_edge::runtime::{Engine, OrtOptions, OrtRuntime, Runtime, TractRuntime};
use dnc_train::batch::read_plain;

use crate::quantise::Pictures;

/// What a runtime gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded {
    /// Embeddings, row by row.
    pub rows: Vec<f32>,
    /// The runtime.
    pub runtime: String,
    /// Seconds of all of it: loading, reading, preprocessing and model, on all cores.
    pub seconds: f64,
}

/// Preprocessed values of a sample, 3×H×W, by its place.
pub fn reader<'a>(
    samples: &'a [&'a Sample],
    preprocess: &'a Preprocess,
) -> impl Fn(usize) -> anyhow::Result<Vec<f32>> + Sync + 'a {
    |at| Ok(read_plain(samples[at], preprocess, PixelLayout::Chw)?)
}

/// Where a model's bytes are run.
#[derive(Debug, Clone)]
pub struct Runner {
    /// Side of the input, px.
    pub size: u32,
    /// Values of an embedding.
    pub dim: usize,
    /// ONNX Runtime's options.
    pub ort: OrtOptions,
}

impl Runner {
    /// Loads a model.
    ///
    /// # Errors
    /// Where the library cannot be had or cannot load it.
    pub fn load(&self, onnx: &[u8], engine: Engine) -> anyhow::Result<Box<dyn Runtime>> {
        let side = self.size as usize;
        Ok(match engine {
            Engine::Ort => Box::new(OrtRuntime::load(onnx, [3, side, side], self.dim, &self.ort)?),
            _ => Box::new(TractRuntime::load(onnx, [3, side, side], self.dim)?),
        })
    }

    /// Embeddings of all `pictures`, row by row.
    ///
    /// # Errors
    /// Where a picture cannot be read or the model fails on one.
    pub fn embed(&self, onnx: &[u8], engine: Engine, pictures: &Pictures<'_>) -> anyhow::Result<Embedded> {
        let started = Instant::now();
        let first = self.load(onnx, engine)?;
        let runtime = first.name().to_owned();
        let threads = std::thread::available_parallelism().map_or(1, usize::from).clamp(1, pictures.len.max(1));
        let mut runtimes = vec![first];
        for _ in 1..threads {
            let next = runtimes[0].fork()?;
            runtimes.push(next);
        }
        let share = pictures.len.div_ceil(threads).max(1);
        let mut rows = vec![0.0; pictures.len * self.dim];
        std::thread::scope(|scope| -> anyhow::Result<()> {
            let mut running = Vec::new();
            for (i, (runtime, rows)) in runtimes.iter_mut().zip(rows.chunks_mut(share * self.dim)).enumerate() {
                running.push(scope.spawn(move || -> anyhow::Result<()> {
                    let mut row = Vec::new();
                    for (at, out) in rows.chunks_exact_mut(self.dim).enumerate() {
                        runtime.embed(&pictures.one(i * share + at)?, 1, &mut row)?;
                        out.copy_from_slice(&row);
                    }
                    Ok(())
                }));
            }
            running.into_iter().try_for_each(|thread| match thread.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            })
        })?;
        Ok(Embedded { rows, runtime, seconds: started.elapsed().as_secs_f64() })
    }
}

/// Embeddings by the f32 model, which others are compared with: once for each library, so that a difference is the other
/// model's alone.
#[derive(Debug)]
pub struct Reference<'a> {
    runner: &'a Runner,
    onnx: &'a [u8],
    embedded: Vec<(Engine, Embedded)>,
}

impl<'a> Reference<'a> {
    /// By the f32 model `onnx`.
    pub fn of(runner: &'a Runner, onnx: &'a [u8]) -> Self {
        Self { runner, onnx, embedded: Vec::new() }
    }

    /// Its embeddings of `pictures`, the same ones at every call, by `engine`.
    ///
    /// # Errors
    /// As [`Runner::embed`].
    pub fn embedded(&mut self, engine: Engine, pictures: &Pictures<'_>) -> anyhow::Result<&Embedded> {
        let at = match self.embedded.iter().position(|(known, _)| *known == engine) {
            Some(at) => at,
            None => {
                self.embedded.push((engine, self.runner.embed(self.onnx, engine, pictures)?));
                self.embedded.len() - 1
            }
        };
        Ok(&self.embedded[at].1)
    }
}
