//! Losses that learn nothing themselves.

use burn::module::Module;
use burn::tensor::Tensor;

use super::{ContrastiveLoss, Embeddings, MarginLoss, MetricLoss, MultiSimilarityLoss, NPairsLoss, TripletLoss};
use crate::miner::AnyMiner;
use crate::ops::NetOps;

/// A loss without parameters, chosen at run time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FixedLoss {
    /// See [`MarginLoss`].
    Margin(MarginLoss<AnyMiner>),
    /// See [`TripletLoss`].
    Triplet(TripletLoss<AnyMiner>),
    /// See [`NPairsLoss`].
    NPairs(NPairsLoss),
    /// See [`ContrastiveLoss`].
    Contrastive(ContrastiveLoss),
    /// See [`MultiSimilarityLoss`].
    MultiSimilarity(MultiSimilarityLoss),
}

impl<B: NetOps> MetricLoss<B> for FixedLoss {
    fn of(&self, embeddings: &Embeddings<B>, seed: u64) -> Option<Tensor<B, 1>> {
        match self {
            Self::Margin(loss) => loss.of(embeddings, seed),
            Self::Triplet(loss) => loss.of(embeddings, seed),
            Self::NPairs(loss) => loss.of(embeddings, seed),
            Self::Contrastive(loss) => loss.of(embeddings, seed),
            Self::MultiSimilarity(loss) => loss.of(embeddings, seed),
        }
    }
}

/// The same as a Burn module without parameters, so that it can stand beside losses that have some.
#[derive(Module, Debug, Clone)]
pub struct Fixed {
    /// The loss.
    #[module(skip)]
    pub loss: FixedLoss,
}
