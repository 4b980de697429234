//! Margin loss (Wu et al., "Sampling Matters in Deep Embedding Learning", ICCV 2017, equation 5).

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::{Embeddings, MetricLoss};
use crate::miner::{DistanceCutoff, Miner};
use crate::ops::NetOps;

/// Mean over the active terms of `max(0, D_ap − β + α)` and `max(0, β − D_an + α)`; a triplet whose two sides
/// are both active counts twice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarginLoss<M = DistanceCutoff> {
    /// Boundary between positive and negative distances, in \[0, 2\]; 1.2 in the published code, which never
    /// trains it.
    pub beta: f32,
    /// Width α of the margin on either side of β; 0.2 in the published code.
    pub margin: f32,
    /// Chooses the triplets.
    pub miner: M,
}

impl Default for MarginLoss {
    fn default() -> Self {
        Self { beta: 1.2, margin: 0.2, miner: DistanceCutoff::default() }
    }
}

impl<B: NetOps, M: Miner> MetricLoss<B> for MarginLoss<M> {
    fn of(&self, embeddings: &Embeddings<B>, seed: u64) -> Option<Tensor<B, 1>> {
        let triplets = embeddings.mine(&self.miner, seed);
        if triplets.is_empty() {
            return None;
        }
        let [positive, negative] = embeddings.squared_distances(&triplets).map(root);
        let positive = (positive - (self.beta - self.margin)).clamp_min(0.0);
        let negative = (negative.neg() + (self.beta + self.margin)).clamp_min(0.0);
        let active = active(&positive, &negative);
        // With nothing active the sum is 0 and stays 0.
        Some((positive + negative).sum() / active)
    }
}

/// D of D². 1e-8 under the root, as published: finite gradients where two embeddings are equal.
pub(super) fn root<B: Backend>(squared: Tensor<B, 2>) -> Tensor<B, 2> {
    (squared + 1e-8).sqrt()
}

/// Number of terms above 0, at least 1.
pub(super) fn active<B: Backend>(positive: &Tensor<B, 2>, negative: &Tensor<B, 2>) -> Tensor<B, 1> {
    let active = positive.clone().greater_elem(0.0).int().sum() + negative.clone().greater_elem(0.0).int().sum();
    active.float().clamp_min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::testing::{self, Rows};
    use crate::miner::{DistanceWeighted, Hard};

    fn check<M: Miner + Copy>(miner: M) {
        let loss = MarginLoss { beta: 1.2, margin: 0.2, miner };
        testing::equals_slow(&loss, |rows: &Rows| {
            let t = rows.mine(&miner);
            let terms = (0..t.len()).flat_map(|i| {
                let (a, p, n) = (t.anchors[i], t.positives[i], t.negatives[i]);
                [rows.distance(a, p) - 1.0, 1.4 - rows.distance(a, n)]
            });
            let active: Vec<f64> = terms.filter(|term| *term > 0.0).collect();
            (!t.is_empty()).then(|| active.iter().sum::<f64>() / active.len().max(1) as f64)
        });
        testing::gradients(|| loss);
    }

    #[test]
    fn equals_loops_over_triplets_and_finite_differences_with_every_miner() {
        check(DistanceCutoff::default());
        check(DistanceWeighted::default());
        check(Hard);
    }
}
