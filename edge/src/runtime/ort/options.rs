//! What ONNX Runtime is asked for, and what became of it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::runtime::Provider;

/// What can be asked of ONNX Runtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrtOptions {
    /// The library; see [`library::find`](crate::runtime::library::find) for where it is looked for otherwise.
    pub library: Option<PathBuf>,
    /// Threads of one run.
    pub threads: usize,
    /// Execution providers, the most wanted first. Without the CPU among them nothing falls back to it.
    pub providers: Vec<Provider>,
    /// Folder in which TensorRT keeps the engines that it built.
    pub engine_cache: Option<PathBuf>,
    /// Whether TensorRT may compute in 16-bit floats.
    pub fp16: bool,
    /// Whether TensorRT may compute in 8-bit integers: wanted for a variant that is quantised for it.
    pub int8: bool,
}

impl Default for OrtOptions {
    fn default() -> Self {
        Self { library: None, threads: 1, providers: vec![Provider::Cpu], engine_cache: None, fp16: false, int8: false }
    }
}

/// What became of a provider that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The provider.
    pub provider: Provider,
    /// Why it does not run, where it does not.
    pub problem: Option<String>,
}
