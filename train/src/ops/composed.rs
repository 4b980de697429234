//! The operations written with Burn's own: what a GPU backend runs, and what the CPU kernels are tested
//! against.

use burn::tensor::backend::Backend;
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Tensor, activation::relu};

use super::{Activation, ConvSpec, NORM_EPS, Normed, PoolSpec};
use crate::precision::cast;

fn activate<B: Backend>(x: Tensor<B, 4>, activation: Activation) -> Tensor<B, 4> {
    match activation {
        Activation::None => x,
        Activation::Relu => relu(x),
        Activation::Relu6 => x.clamp(0.0, 6.0),
    }
}

pub(super) fn conv<B: Backend>(
    x: Tensor<B, 4>,
    weight: Tensor<B, 2>,
    bias: Option<Tensor<B, 1>>,
    spec: ConvSpec,
) -> Tensor<B, 4> {
    let [_, _, _, c_in] = x.dims();
    let [_, c_out] = weight.dims();
    // Weights are f32; a map of another type asks for them in its own.
    let (weight, bias) = (cast(weight, x.dtype()), bias.map(|bias| cast(bias, x.dtype())));
    let k = spec.kernel;
    let per_group = if spec.depthwise { 1 } else { c_in };
    // (k·k·C_in)×C_out to C_out×C_in×k×k.
    let weight = weight.reshape([k, k, per_group, c_out]).permute([3, 2, 0, 1]);
    let groups = if spec.depthwise { c_in } else { 1 };
    let options = ConvOptions::new([spec.stride; 2], [spec.padding; 2], [1, 1], groups);
    let y = conv2d(x.permute([0, 3, 1, 2]), weight, bias, options);
    activate(y.permute([0, 2, 3, 1]), spec.activation)
}

pub(super) fn norm<B: Backend>(
    x: Tensor<B, 4>,
    gamma: Tensor<B, 1>,
    beta: Tensor<B, 1>,
    activation: Activation,
) -> Normed<B> {
    let [n, h, w, c] = x.dims();
    // Sums over a batch need f32's range and digits.
    let dtype = x.dtype();
    let rows = cast(x, DType::F32).reshape([n * h * w, c]);
    let mean = rows.clone().mean_dim(0);
    let centred = rows - mean.clone();
    let var = (centred.clone() * centred.clone()).mean_dim(0);
    let scale = gamma.reshape([1, c]) / (var.clone() + NORM_EPS).sqrt();
    let values = centred * scale + beta.reshape([1, c]);
    Normed {
        values: activate(cast(values.reshape([n, h, w, c]), dtype), activation),
        mean: mean.reshape([c]).detach(),
        var: var.reshape([c]).detach(),
    }
}

pub(super) fn max_pool<B: Backend>(x: Tensor<B, 4>, spec: PoolSpec) -> Tensor<B, 4> {
    let (kernel, stride, padding) = ([spec.kernel; 2], [spec.stride; 2], [spec.padding; 2]);
    max_pool2d(x.permute([0, 3, 1, 2]), kernel, stride, padding, [1, 1], false).permute([0, 2, 3, 1])
}

pub(super) fn add<B: Backend>(a: Tensor<B, 4>, b: Tensor<B, 4>, activation: Activation) -> Tensor<B, 4> {
    activate(a + b, activation)
}
