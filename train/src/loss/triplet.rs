//! Triplet loss (Schroff et al., "FaceNet", CVPR 2015, equation 3).

use burn::tensor::Tensor;

use super::{Embeddings, MetricLoss};
use crate::miner::{Miner, SemiHard};
use crate::ops::NetOps;

/// Mean over the triplets of `max(0, D²_ap − D²_an + α)`: squared distances, as published.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TripletLoss<M = SemiHard> {
    /// Margin α between the squared distances, which lie in \[0, 4\]; 0.2 as published.
    pub margin: f32,
    /// Chooses the triplets.
    pub miner: M,
}

impl Default for TripletLoss {
    fn default() -> Self {
        Self { margin: 0.2, miner: SemiHard }
    }
}

impl<B: NetOps, M: Miner> MetricLoss<B> for TripletLoss<M> {
    fn of(&self, embeddings: &Embeddings<B>, seed: u64) -> Option<Tensor<B, 1>> {
        let triplets = embeddings.mine(&self.miner, seed);
        if triplets.is_empty() {
            return None;
        }
        let [positive, negative] = embeddings.squared_distances(&triplets);
        Some((positive - negative + self.margin).clamp_min(0.0).mean())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::testing::{self, Rows};
    use crate::miner::{DistanceCutoff, DistanceWeighted, Hard};

    fn check<M: Miner + Copy>(miner: M) {
        let loss = TripletLoss { margin: 0.3, miner };
        testing::equals_slow(&loss, |rows: &Rows| {
            let t = rows.mine(&miner);
            let term = |i: usize| {
                let (a, p, n) = (t.anchors[i], t.positives[i], t.negatives[i]);
                (rows.distance(a, p).powi(2) - rows.distance(a, n).powi(2) + f64::from(0.3f32)).max(0.0)
            };
            (!t.is_empty()).then(|| (0..t.len()).map(term).sum::<f64>() / t.len() as f64)
        });
        testing::gradients(|| loss);
    }

    #[test]
    fn equals_loops_and_finite_differences_with_every_miner() {
        check(SemiHard);
        check(Hard);
        check(DistanceCutoff::default());
        check(DistanceWeighted::default());
    }
}
