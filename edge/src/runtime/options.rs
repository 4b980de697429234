//! What a user may ask of the runtime.

use dnc_core::manifest::Target;
use serde::{Deserialize, Serialize};

/// Library that runs a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Engine {
    /// tract: pure Rust, part of this program.
    Tract,
    /// ONNX Runtime: a shared library of the machine's.
    Ort,
}

impl Engine {
    /// Name as it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tract => "tract",
            Self::Ort => "ort",
        }
    }

    /// The target that variants for it are made for.
    pub fn target(self) -> Target {
        match self {
            Self::Tract => Target::Tract,
            Self::Ort => Target::Ort,
        }
    }
}

/// Part of ONNX Runtime that computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Provider {
    /// TensorRT, on NVIDIA GPUs.
    Tensorrt,
    /// CUDA, on NVIDIA GPUs.
    Cuda,
    /// The processor.
    Cpu,
}

impl Provider {
    /// Name as it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tensorrt => "tensorrt",
            Self::Cuda => "cuda",
            Self::Cpu => "cpu",
        }
    }
}

/// How a model is run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RuntimeOptions {
    /// Library; where none is asked for, tract, or ONNX Runtime where the bundle or the variant asked for has nothing
    /// for tract.
    pub engine: Option<Engine>,
    /// Variant: a file name of the bundle, or a precision (f32, f16, int8). Where none is asked for, the first of the
    /// bundle that is made for the library.
    pub variant: Option<String>,
    /// ONNX Runtime's own options.
    pub ort: super::OrtOptions,
}
