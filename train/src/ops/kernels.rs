//! What a backend with kernels of its own gives beside the forward operations: their gradients.

use burn::tensor::ops::FloatTensor;

use super::{Activation, ConvSpec, NetOps, PoolSpec};

/// Gradients of a convolution.
pub struct ConvGradients<F> {
    /// Of the input, where it was asked for.
    pub x: Option<F>,
    /// Of the weights.
    pub weight: F,
    /// Of the bias, where it was asked for.
    pub bias: Option<F>,
}

/// Which gradients of a convolution are asked for beside that of the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// That of the input: not for the first convolution.
    pub x: bool,
    /// That of the bias: not where there is none.
    pub bias: bool,
}

/// What a normalisation remembers for its gradients.
#[derive(Debug, Clone)]
pub struct NormMemory<F> {
    /// The input, N×H×W×C.
    pub x: F,
    /// The scales, C values.
    pub gamma: F,
    /// The result, N×H×W×C.
    pub y: F,
    /// Mean of each channel, C values.
    pub mean: F,
    /// Biased variance of each channel, C values.
    pub var: F,
}

/// Gradients of a normalisation.
pub struct NormGradients<F> {
    /// Of the input.
    pub x: F,
    /// Of the scales.
    pub gamma: F,
    /// Of the shifts.
    pub beta: F,
}

/// Gradients of the operations of [`NetOps`], for a backend without autodiff; `super::tracked` makes operations with
/// gradients of the two.
pub trait Kernels: NetOps {
    /// Of [`NetOps::conv`]; `y` is what that gave, `None` without an activation.
    fn conv_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        y: Option<FloatTensor<Self>>,
        grad: FloatTensor<Self>,
        spec: ConvSpec,
        wanted: Wanted,
    ) -> ConvGradients<FloatTensor<Self>>;

    /// Of [`NetOps::norm`].
    fn norm_backward(
        memory: NormMemory<FloatTensor<Self>>,
        grad: FloatTensor<Self>,
        activation: Activation,
    ) -> NormGradients<FloatTensor<Self>>;

    /// Of [`NetOps::max_pool`]; where several values of a window are the largest, the first has the gradient.
    fn max_pool_backward(
        x: FloatTensor<Self>,
        y: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        spec: PoolSpec,
    ) -> FloatTensor<Self>;

    /// Gradient before an activation from that after it; `y` is what the activation gave.
    fn activation_backward(y: FloatTensor<Self>, grad: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self>;
}
