//! What every command that runs a model may be asked about how it is run.

use std::path::PathBuf;

use dnc_edge::runtime::{Engine, OrtOptions, Provider, RuntimeOptions};
use dnc_edge::{Bundle, Embedder};

/// How the model is run.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Runtime")]
pub struct RuntimeArgs {
    /// Library that runs the model [default: tract, or ort where the bundle has nothing for tract].
    #[arg(long, value_name = "LIBRARY")]
    runtime: Option<Engine>,
    /// Variant of the bundle: f32, f16, int8, or a file of it [default: the first for the library].
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// ONNX Runtime's library [default: $ORT_DYLIB_PATH, else what `dnc-edge runtime fetch` got].
    #[arg(long, value_name = "FILE")]
    ort_library: Option<PathBuf>,
    /// Threads of ONNX Runtime within one run of the model: more shorten the wait for one picture, pictures at once
    /// (--threads) bring more pictures a second. tract runs on 1.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    runtime_threads: u32,
    /// Execution providers of ONNX Runtime, the most wanted first; without cpu nothing falls back to it.
    #[arg(long, value_name = "PROVIDER,...", value_delimiter = ',', default_value = "cpu")]
    ep: Vec<Provider>,
    /// Folder in which TensorRT keeps the engines that it built.
    #[arg(long, value_name = "DIR")]
    engine_cache: Option<PathBuf>,
    /// Let TensorRT compute in 16-bit floats.
    #[arg(long)]
    fp16: bool,
    /// Let TensorRT compute in 8-bit integers (for a variant quantised for it).
    #[arg(long)]
    int8: bool,
}

impl RuntimeArgs {
    /// What was asked for.
    pub fn options(&self) -> RuntimeOptions {
        let ort = OrtOptions {
            library: self.ort_library.clone(),
            threads: self.runtime_threads as usize,
            providers: self.ep.clone(),
            engine_cache: self.engine_cache.clone(),
            fp16: self.fp16,
            int8: self.int8,
        };
        RuntimeOptions { engine: self.runtime, variant: self.variant.clone(), ort }
    }

    /// Pictures to embed at once: what was asked for, else as many as the cores have room for.
    pub fn pictures_at_once(&self, asked: Option<u32>) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        asked.map_or(cores / self.runtime_threads.max(1) as usize, |asked| asked as usize).clamp(1, 256)
    }

    /// Loads the variant; a provider that was asked for and does not run is said.
    pub fn open(&self, bundle: &Bundle) -> anyhow::Result<Embedder> {
        let embedder = Embedder::open(bundle, &self.options())?;
        if embedder.placement().is_empty() && self.ep != [Provider::Cpu] {
            let runtime = embedder.runtime().name();
            eprintln!("note: --ep is ONNX Runtime's, and {runtime} runs the model on the processor; add --runtime ort");
        }
        for placed in embedder.placement() {
            if let Some(problem) = &placed.problem {
                eprintln!("note: execution provider {} does not run: {problem}", placed.provider.name());
            }
        }
        Ok(embedder)
    }
}
