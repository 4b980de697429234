//! A loss chosen at run time, with whatever it learns itself.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::{Embeddings, Fixed, FixedLoss, MetricLoss, ProxyNcaLoss, TrainedMarginLoss};
use crate::ops::NetOps;

/// Any of the losses.
#[derive(Module, Debug)]
pub enum AnyLoss<B: Backend> {
    /// One without parameters.
    Fixed(Fixed),
    /// See [`TrainedMarginLoss`].
    TrainedMargin(TrainedMarginLoss<B>),
    /// See [`ProxyNcaLoss`].
    ProxyNca(ProxyNcaLoss<B>),
}

impl<B: NetOps> AnyLoss<B> {
    /// Whether `record` is of the same loss: Burn would end the program over another.
    pub fn fits(&self, record: &AnyLossRecord<B>) -> bool {
        matches!(
            (self, record),
            (Self::Fixed(_), AnyLossRecord::Fixed(_))
                | (Self::TrainedMargin(_), AnyLossRecord::TrainedMargin(_))
                | (Self::ProxyNca(_), AnyLossRecord::ProxyNca(_))
        )
    }
}

impl<B: Backend> From<FixedLoss> for AnyLoss<B> {
    fn from(loss: FixedLoss) -> Self {
        Self::Fixed(Fixed { loss })
    }
}

impl<B: NetOps> MetricLoss<B> for AnyLoss<B> {
    fn of(&self, embeddings: &Embeddings<B>, seed: u64) -> Option<Tensor<B, 1>> {
        match self {
            Self::Fixed(fixed) => fixed.loss.of(embeddings, seed),
            Self::TrainedMargin(loss) => loss.of(embeddings, seed),
            Self::ProxyNca(loss) => loss.of(embeddings, seed),
        }
    }
}
