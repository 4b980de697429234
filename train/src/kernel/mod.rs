//! CPU kernels of the network: channels-last, both cores, no autodiff.
//!
//! Burn's own CPU convolutions cost several times PyTorch's in the backward pass and broadcast slowly over
//! channels; with channels last a 1×1 convolution is one matrix product, a depthwise one is vectorised over
//! channels, and bias and activation are applied while the result is in cache. Rows are cut into parts by
//! shape alone, so that the same input gives the same bits on any number of cores.

pub mod conv;
pub mod depthwise;
pub mod matmul;
pub mod norm;
pub mod pointwise;
pub mod pool;
pub mod sum;

use serde::{Deserialize, Serialize};

use crate::ops::{ConvSpec, PoolSpec};

/// What follows a convolution or a normalisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// Nothing.
    None,
    /// max(x, 0).
    Relu,
    /// min(max(x, 0), 6).
    Relu6,
}

impl Activation {
    /// The interval that values are clamped to.
    pub fn bounds(self) -> (f32, f32) {
        match self {
            Self::None => (f32::NEG_INFINITY, f32::INFINITY),
            Self::Relu => (0.0, f32::INFINITY),
            Self::Relu6 => (0.0, 6.0),
        }
    }
}

/// Sizes of one convolution, or of one pooling, over N×H×W×C values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    /// Pictures.
    pub n: usize,
    /// Input height.
    pub h: usize,
    /// Input width.
    pub w: usize,
    /// Input channels.
    pub c_in: usize,
    /// Output channels.
    pub c_out: usize,
    /// Side of the kernel.
    pub kernel: usize,
    /// Step in both directions.
    pub stride: usize,
    /// Zeros added on every side.
    pub padding: usize,
}

impl Geometry {
    /// Of a convolution of N×H×W×C_in values with weights of C_out columns.
    pub fn of_conv([n, h, w, c_in]: [usize; 4], [_, c_out]: [usize; 2], spec: ConvSpec) -> Self {
        Self { n, h, w, c_in, c_out, kernel: spec.kernel, stride: spec.stride, padding: spec.padding }
    }

    /// Of a pooling of N×H×W×C values.
    pub fn of_pool([n, h, w, c]: [usize; 4], spec: PoolSpec) -> Self {
        Self { n, h, w, c_in: c, c_out: c, kernel: spec.kernel, stride: spec.stride, padding: spec.padding }
    }

    /// Output height and width.
    pub fn out_size(&self) -> (usize, usize) {
        let out = |side: usize| (side + 2 * self.padding).saturating_sub(self.kernel) / self.stride + 1;
        (out(self.h), out(self.w))
    }

    /// Output pixels of all pictures.
    pub fn out_rows(&self) -> usize {
        let (h, w) = self.out_size();
        self.n * h * w
    }

    /// Input row (of H or W) that output `o` sees with tap `k`; `None` in the padding.
    pub(crate) fn input(&self, o: usize, k: usize, side: usize) -> Option<usize> {
        (o * self.stride + k).checked_sub(self.padding).filter(|i| *i < side)
    }
}

/// Rows of one part when `rows` are shared out: at least `least`, and at most 32 parts.
pub(crate) fn part_rows(rows: usize, least: usize) -> usize {
    rows.div_ceil(32).max(least).max(1)
}
