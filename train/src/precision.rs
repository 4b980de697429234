//! The floating-point type that the backbone computes in.

use burn::tensor::backend::Backend;
use burn::tensor::{DType, FloatDType, Tensor};
use serde::{Deserialize, Serialize};

/// Type of the backbone's activations. Weights, optimiser, statistics, embedding layer and losses are f32 whatever
/// this is: the weights are cast where a convolution uses them, and their gradients come back as f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32 bits.
    F32,
    /// 32 bits, of which a GPU's matrix units read the first 19: 11 of mantissa. What PyTorch does in convolutions of f32
    /// values unless told otherwise.
    Tf32,
    /// 16 bits with f32's range and 8 bits of mantissa.
    Bf16,
    /// 16 bits with 11 bits of mantissa and a small range: the loss is scaled.
    F16,
}

impl Precision {
    /// Name as settings have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Tf32 => "tf32",
            Self::Bf16 => "bf16",
            Self::F16 => "f16",
        }
    }

    /// The backend's type.
    pub fn dtype(self) -> DType {
        match self {
            Self::F32 | Self::Tf32 => DType::F32,
            Self::Bf16 => DType::BF16,
            Self::F16 => DType::F16,
        }
    }

    /// Makes the process compute in it: what its maps alone do not say.
    pub fn engage(self) {
        #[cfg(any(feature = "cuda", feature = "vulkan"))]
        crate::ops::round_f32_products(self == Self::Tf32);
    }

    /// Whether its gradients need a scaled loss.
    pub fn scales_loss(self) -> bool {
        self == Self::F16
    }
}

/// `x` as `dtype`: itself where it is that already, so that f32 training has no casts in its graph.
pub fn cast<B: Backend, const D: usize>(x: Tensor<B, D>, dtype: DType) -> Tensor<B, D> {
    if x.dtype() == dtype { x } else { x.cast(FloatDType::from(dtype)) }
}
