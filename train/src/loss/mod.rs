//! Metric-learning losses.

mod margin;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

pub use margin::MarginLoss;

/// A loss over one batch.
pub trait MetricLoss<B: Backend> {
    /// Loss of N×d embeddings of unit length with their N identities; `None` where the batch holds nothing to
    /// learn from (no pair, no negative). `seed` feeds miners that draw.
    fn forward(&self, unit: Tensor<B, 2>, labels: &[u32], seed: u64) -> Option<Tensor<B, 1>>;
}
