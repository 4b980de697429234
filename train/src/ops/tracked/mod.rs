//! The operations with gradients, for every backend that has [`Kernels`]: what each remembers, and what it does with it
//! on the way back.

mod conv;
mod norm;
mod pool;
mod product;
mod sum;

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::tensor::backend::AutodiffBackend;
use burn::tensor::ops::FloatTensor;

use super::kernels::Kernels;
use super::{Activation, Blend, ConvSpec, NetOps, PoolSpec};

/// A value that gradients are kept for, whatever else is recomputed on the way back.
type Tracked<B> = FloatTensor<Autodiff<B>>;

impl<B: Kernels, C: CheckpointStrategy> NetOps for Autodiff<B, C> {
    fn conv(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        spec: ConvSpec,
    ) -> FloatTensor<Self> {
        conv::tracked::<B, C>(x, weight, bias, spec)
    }

    fn norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        activation: Activation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        norm::tracked::<B, C>(x, gamma, beta, activation)
    }

    fn max_pool(x: FloatTensor<Self>, spec: PoolSpec) -> FloatTensor<Self> {
        pool::tracked::<B, C>(x, spec)
    }

    /// Of values that no gradient goes through.
    fn blend(pairs: Vec<Blend<FloatTensor<Self>>>) -> Vec<FloatTensor<Self>> {
        let inner = |Blend { old, new, keep, take }: Blend<FloatTensor<Self>>| Blend {
            old: old.primitive,
            new: new.primitive,
            keep,
            take,
        };
        B::blend(pairs.into_iter().map(inner).collect()).into_iter().map(Self::from_inner).collect()
    }

    fn product(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        product::tracked::<B, C>(a, b)
    }

    fn add(a: FloatTensor<Self>, b: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        sum::tracked::<B, C>(a, b, activation)
    }
}
