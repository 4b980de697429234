//! The operations on a GPU: kernels of ours in CubeCL around Burn's matrix product.
//!
//! Burn's own convolutions lose most of a step here: the weight gradient of a depthwise convolution is a loop over its
//! channels, one launch or more each, and a batch normalisation makes a pass over the map for every term of its formula.
//! With channels last a 1×1 convolution is one matrix product, any other dense one is a product over the patches, a
//! depthwise one reads its input once, and a normalisation is a pass for its sums and a pass for its values.
//! `benches/RESULTS.md` has the figures.
//!
//! Maps are f32, bf16 or f16; sums are f32 whatever the map is, and so are weights, statistics and their gradients.

// A kernel's integers have operators, no such method.
#![allow(clippy::manual_is_multiple_of)]

mod channels;
mod dense;
mod depthwise;
mod launch;
mod norm;
mod patches;
mod pointwise;
mod pool;
mod product;
mod update;

use burn_cubecl::tensor::CubeTensor;
use burn_cubecl::{BoolElement, CubeBackend, CubeRuntime, FloatElement, IntElement};
pub use product::round_f32_products;

use crate::adam::{Moments, Update};

use super::kernels::{ConvGradients, Kernels, NormGradients, NormMemory, Wanted};
use super::{Activation, Blend, ConvSpec, NetOps, PoolSpec};

impl<R, F, I, BT> NetOps for CubeBackend<R, F, I, BT>
where
    R: CubeRuntime,
    F: FloatElement,
    I: IntElement,
    BT: BoolElement,
{
    fn conv(x: CubeTensor<R>, weight: CubeTensor<R>, bias: Option<CubeTensor<R>>, spec: ConvSpec) -> CubeTensor<R> {
        match spec.depthwise {
            true => depthwise::forward(x, weight, bias, spec),
            false => dense::forward(x, weight, bias, spec),
        }
    }

    fn norm(
        x: CubeTensor<R>,
        gamma: CubeTensor<R>,
        beta: CubeTensor<R>,
        activation: Activation,
    ) -> (CubeTensor<R>, CubeTensor<R>, CubeTensor<R>) {
        norm::forward(x, gamma, beta, activation)
    }

    fn max_pool(x: CubeTensor<R>, spec: PoolSpec) -> CubeTensor<R> {
        pool::forward(x, spec)
    }

    fn product(a: CubeTensor<R>, b: CubeTensor<R>) -> CubeTensor<R> {
        product::exact(a, b)
    }

    fn adam(updates: Vec<Update<CubeTensor<R>>>) -> Vec<Moments<CubeTensor<R>>> {
        update::adam(updates)
    }

    fn blend(pairs: Vec<Blend<CubeTensor<R>>>) -> Vec<CubeTensor<R>> {
        update::blend(pairs)
    }

    fn squares(tensors: Vec<CubeTensor<R>>) -> Option<CubeTensor<R>> {
        update::squares(tensors)
    }

    fn add(a: CubeTensor<R>, b: CubeTensor<R>, activation: Activation) -> CubeTensor<R> {
        pointwise::add(a, b, activation)
    }
}

impl<R, F, I, BT> Kernels for CubeBackend<R, F, I, BT>
where
    R: CubeRuntime,
    F: FloatElement,
    I: IntElement,
    BT: BoolElement,
{
    fn conv_backward(
        x: CubeTensor<R>,
        weight: CubeTensor<R>,
        y: Option<CubeTensor<R>>,
        grad: CubeTensor<R>,
        spec: ConvSpec,
        wanted: Wanted,
    ) -> ConvGradients<CubeTensor<R>> {
        let grad = match y {
            Some(y) => pointwise::activation_backward(y, grad, spec.activation),
            None => launch::packed(grad),
        };
        match spec.depthwise {
            true => depthwise::backward(x, weight, grad, spec, wanted),
            false => dense::backward(x, weight, grad, spec, wanted),
        }
    }

    fn norm_backward(
        memory: NormMemory<CubeTensor<R>>,
        grad: CubeTensor<R>,
        activation: Activation,
    ) -> NormGradients<CubeTensor<R>> {
        norm::backward(memory, grad, activation)
    }

    fn max_pool_backward(x: CubeTensor<R>, y: CubeTensor<R>, grad: CubeTensor<R>, spec: PoolSpec) -> CubeTensor<R> {
        pool::backward(x, y, grad, spec)
    }

    fn activation_backward(y: CubeTensor<R>, grad: CubeTensor<R>, activation: Activation) -> CubeTensor<R> {
        pointwise::activation_backward(y, grad, activation)
    }
}
