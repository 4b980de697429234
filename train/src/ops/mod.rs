//! The operations that a network is made of, for every backend, over N×H×W×C values: convolution, batch
//! normalisation and sum, each with its activation, and max pooling.
//!
//! Both backends run them through kernels of ours, forward and backward (`flex` on the CPU, `cube` on a GPU);
//! `tracked` joins the two for autodiff. The composed form, written with Burn's own operations, is what a backend
//! without kernels runs, and what the kernels are tested against.

mod composed;
#[cfg(any(feature = "cuda", feature = "vulkan"))]
mod cube;
mod flex;
mod kernels;
mod tracked;

#[cfg(any(feature = "cuda", feature = "vulkan"))]
pub use cube::round_f32_products;

use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Tensor, TensorMetadata, TensorPrimitive};

use crate::adam::{self, Moments, Update};
pub use crate::kernel::Activation;

/// Added to the variance in a batch normalisation (PyTorch's default).
pub const NORM_EPS: f32 = 1e-5;

/// A convolution without its weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvSpec {
    /// Side of the kernel.
    pub kernel: usize,
    /// Step in both directions.
    pub stride: usize,
    /// Zeros added on every side.
    pub padding: usize,
    /// One input channel an output channel, instead of all.
    pub depthwise: bool,
    /// Applied to the result.
    pub activation: Activation,
}

/// A max pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolSpec {
    /// Side of the window.
    pub kernel: usize,
    /// Step in both directions.
    pub stride: usize,
    /// Pixels added on every side, which never win; less than `kernel`.
    pub padding: usize,
}

/// What a batch normalisation gives.
pub struct Normed<B: Backend> {
    /// Normalised and activated values, N×H×W×C.
    pub values: Tensor<B, 4>,
    /// Mean of each channel over the batch, C values, detached.
    pub mean: Tensor<B, 1>,
    /// Biased variance of each channel over the batch, C values, detached.
    pub var: Tensor<B, 1>,
}

/// Two values of one shape that become one.
#[derive(Debug, Clone)]
pub struct Blend<T> {
    /// One.
    pub old: T,
    /// The other.
    pub new: T,
    /// Factor of `old`.
    pub keep: f32,
    /// Factor of `new`.
    pub take: f32,
}

/// A backend that can run the networks.
pub trait NetOps: Backend {
    /// Convolution of N×H×W×C_in with (k²·C_in)×C_out weights (k²×C depthwise) and C_out biases, if any; then the
    /// activation.
    fn conv(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        spec: ConvSpec,
    ) -> FloatTensor<Self> {
        primitive(composed::conv::<Self>(tensor(x), tensor(weight), bias.map(tensor), spec))
    }

    /// Batch normalisation by the batch's statistics, then the activation: values, mean, biased variance.
    fn norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        activation: Activation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let normed = composed::norm::<Self>(tensor(x), tensor(gamma), tensor(beta), activation);
        (primitive(normed.values), primitive(normed.mean), primitive(normed.var))
    }

    /// The largest value of each window of N×H×W×C, channel by channel.
    fn max_pool(x: FloatTensor<Self>, spec: PoolSpec) -> FloatTensor<Self> {
        primitive(composed::max_pool::<Self>(tensor(x), spec))
    }

    /// Product of an M×K and a K×N matrix of f32 values, in f32: what embedding layer and losses are made of. Matrix
    /// units would round the values, and distances are differences of such products.
    fn product(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_matmul(a, b)
    }

    /// One step of Adam for parameters of any shapes: what each is after it, in their order.
    fn adam(updates: Vec<Update<FloatTensor<Self>>>) -> Vec<Moments<FloatTensor<Self>>> {
        let one = |Update { was, grad, step }: Update<FloatTensor<Self>>| {
            let shape = was.value.shape();
            let flat = |p: FloatTensor<Self>| tensor::<Self, 1>(Self::float_reshape(p, [shape.num_elements()].into()));
            let was = Moments { value: flat(was.value), first: flat(was.first), second: flat(was.second) };
            let now = adam::composed::<Self>(was, flat(grad), step);
            let back = |t: Tensor<Self, 1>| Self::float_reshape(primitive(t), shape.clone());
            Moments { value: back(now.value), first: back(now.first), second: back(now.second) }
        };
        updates.into_iter().map(one).collect()
    }

    /// old·keep + new·take of each, in their order.
    fn blend(pairs: Vec<Blend<FloatTensor<Self>>>) -> Vec<FloatTensor<Self>> {
        let part = |value, factor: f32| Self::float_mul_scalar(value, factor.into());
        let one = |Blend { old, new, keep, take }| Self::float_add(part(old, keep), part(new, take));
        pairs.into_iter().map(one).collect()
    }

    /// Sums of squares that together are that of all `tensors`, of any shapes; `None` of none.
    fn squares(tensors: Vec<FloatTensor<Self>>) -> Option<FloatTensor<Self>> {
        let square = |t: FloatTensor<Self>| Self::float_sum(Self::float_mul(t.clone(), t));
        let sums: Vec<_> = tensors.into_iter().map(square).collect();
        (!sums.is_empty()).then(|| Self::float_cat(sums, 0))
    }

    /// Sum of two N×H×W×C values, then the activation.
    fn add(a: FloatTensor<Self>, b: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        primitive(composed::add::<Self>(tensor(a), tensor(b), activation))
    }
}

/// A backend that trains: one with gradients, over one that can run the networks.
pub trait TrainBackend: AutodiffBackend<InnerBackend: NetOps> + NetOps {}

impl<B: AutodiffBackend<InnerBackend: NetOps> + NetOps> TrainBackend for B {}

pub(crate) fn tensor<B: Backend, const D: usize>(primitive: FloatTensor<B>) -> Tensor<B, D> {
    Tensor::from_primitive(TensorPrimitive::Float(primitive))
}

pub(crate) fn primitive<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> FloatTensor<B> {
    tensor.into_primitive().tensor()
}

/// See [`NetOps::conv`].
pub fn conv<B: NetOps>(
    x: Tensor<B, 4>,
    weight: Tensor<B, 2>,
    bias: Option<Tensor<B, 1>>,
    spec: ConvSpec,
) -> Tensor<B, 4> {
    tensor(B::conv(primitive(x), primitive(weight), bias.map(primitive), spec))
}

/// See [`NetOps::norm`].
pub fn norm<B: NetOps>(x: Tensor<B, 4>, gamma: Tensor<B, 1>, beta: Tensor<B, 1>, activation: Activation) -> Normed<B> {
    let (values, mean, var) = B::norm(primitive(x), primitive(gamma), primitive(beta), activation);
    Normed { values: tensor(values), mean: tensor(mean), var: tensor(var) }
}

/// See [`NetOps::product`].
pub fn product<B: NetOps>(a: Tensor<B, 2>, b: Tensor<B, 2>) -> Tensor<B, 2> {
    tensor(B::product(primitive(a), primitive(b)))
}

/// See [`NetOps::blend`].
pub fn blend<B: NetOps>(pairs: Vec<Blend<Tensor<B, 1>>>) -> Vec<Tensor<B, 1>> {
    let pair = |Blend { old, new, keep, take }| Blend { old: primitive(old), new: primitive(new), keep, take };
    B::blend(pairs.into_iter().map(pair).collect()).into_iter().map(tensor).collect()
}

/// See [`NetOps::max_pool`].
pub fn max_pool<B: NetOps>(x: Tensor<B, 4>, spec: PoolSpec) -> Tensor<B, 4> {
    tensor(B::max_pool(primitive(x), spec))
}

/// See [`NetOps::add`].
pub fn add<B: NetOps>(a: Tensor<B, 4>, b: Tensor<B, 4>, activation: Activation) -> Tensor<B, 4> {
    tensor(B::add(primitive(a), primitive(b), activation))
}

#[cfg(test)]
mod tests;
