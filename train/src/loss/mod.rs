//! Metric-learning losses.

mod any;
mod contrastive;
mod embeddings;
mod fixed;
mod kind;
mod margin;
mod memory;
mod multi_similarity;
mod n_pairs;
mod proxy_nca;
mod trained_margin;
mod triplet;

use crate::ops::NetOps;
use burn::tensor::Tensor;

pub use any::{AnyLoss, AnyLossRecord};
pub use contrastive::ContrastiveLoss;
pub use embeddings::Embeddings;
pub use fixed::{Fixed, FixedLoss};
pub use kind::{BadLoss, LossKind, LossList};
pub use margin::MarginLoss;
pub use memory::CrossBatchMemory;
pub use multi_similarity::MultiSimilarityLoss;
pub use n_pairs::NPairsLoss;
pub use proxy_nca::ProxyNcaLoss;
pub use trained_margin::{BetaKind, TrainedMarginLoss};
pub use triplet::TripletLoss;

/// A loss over one batch.
pub trait MetricLoss<B: NetOps> {
    /// Loss (one value) of a batch, compared with itself and with what is remembered; `None` where there is nothing
    /// to learn from (no pair, no negative). `seed` feeds whatever draws.
    fn of(&self, embeddings: &Embeddings<B>, seed: u64) -> Option<Tensor<B, 1>>;

    /// Loss of a batch alone: N×d embeddings of unit length with their N identities.
    ///
    /// # Panics
    /// Where there is not one identity for each embedding.
    fn forward(&self, unit: Tensor<B, 2>, labels: &[u32], seed: u64) -> Option<Tensor<B, 1>> {
        self.of(&Embeddings::of_batch(unit, labels), seed)
    }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
