//! Variants that can be asked for: one form of the network for one kind of runtime.

use dnc_core::manifest::{Precision, Target};
use dnc_edge::runtime::Engine;

use crate::quantise::plan::Scheme;

/// A variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[non_exhaustive]
pub enum Kind {
    /// 32-bit float.
    F32,
    /// 16-bit float weights, 32-bit arithmetic.
    F16,
    /// 8-bit integers for ONNX Runtime on processors: u8 activations, s8 weights.
    Int8Ort,
    /// 8-bit integers for TensorRT: s8 with zero point 0.
    Int8Tensorrt,
    /// 8-bit weights for tract, float arithmetic.
    Int8Tract,
}

impl Kind {
    /// Name for tables; the file is `model.NAME.onnx`.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Int8Ort => "int8-ort",
            Self::Int8Tensorrt => "int8-tensorrt",
            Self::Int8Tract => "int8-tract",
        }
    }

    /// Its file in a bundle.
    pub fn file(self) -> String {
        format!("model.{}.onnx", self.name())
    }

    /// Its arithmetic, as the manifest says it.
    pub fn precision(self) -> Precision {
        match self {
            Self::F32 => Precision::F32,
            Self::F16 => Precision::F16,
            Self::Int8Ort | Self::Int8Tensorrt | Self::Int8Tract => Precision::Int8,
        }
    }

    /// How its integers are chosen, where it has any.
    pub fn scheme(self) -> Option<Scheme> {
        match self {
            Self::F32 | Self::F16 => None,
            Self::Int8Ort => Some(Scheme::Ort),
            Self::Int8Tensorrt => Some(Scheme::Tensorrt),
            Self::Int8Tract => Some(Scheme::WeightsOnly),
        }
    }

    /// Runtimes that it is made for.
    pub fn targets(self) -> Vec<Target> {
        match self {
            Self::F32 | Self::F16 => vec![Target::Tract, Target::Ort],
            Self::Int8Ort => vec![Target::Ort],
            Self::Int8Tensorrt => vec![Target::Tensorrt],
            Self::Int8Tract => vec![Target::Tract],
        }
    }

    /// The library that it is measured with here. TensorRT is not a library of this machine's: ONNX Runtime does its
    /// integer arithmetic on the processor in its place.
    pub fn engine(self) -> Engine {
        match self {
            Self::F32 | Self::F16 | Self::Int8Tract => Engine::Tract,
            Self::Int8Ort | Self::Int8Tensorrt => Engine::Ort,
        }
    }
}
