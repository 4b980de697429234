//! Margin loss with a trained boundary (Wu et al., "Sampling Matters in Deep Embedding Learning", ICCV 2017,
//! section 4.3).

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

use super::embeddings::indices;
use super::margin::{active, root};
use super::{Embeddings, MarginLoss, MetricLoss};
use crate::miner::AnyMiner;
use crate::network::param;
use crate::ops::NetOps;

/// What of the margin loss's boundary β is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum BetaKind {
    /// Nothing, as in the published CVPR 2019 code
    Fixed,
    /// One β
    Shared,
    /// A β for each training identity
    PerClass,
}

/// The terms of [`MarginLoss`] with a β that is trained, one for all or one for each class (the anchor's counts),
/// plus ν · Σ β of the anchors, all divided by the number of active terms, as in the published code.
///
/// β is kept as its offset from where it starts: weight decay then pulls a β without data back to its start, where
/// Adam would take it to 0.
#[derive(Module, Debug)]
pub struct TrainedMarginLoss<B: Backend> {
    /// β less its start, one value or one for each class.
    pub offset: Param<Tensor<B, 1>>,
    #[module(skip)]
    start: MarginLoss<AnyMiner>,
    #[module(skip)]
    nu: f32,
}

impl<B: NetOps> TrainedMarginLoss<B> {
    /// β starts at that of `start`; `classes` is the number of classes, or 1 for one β; `nu` (0 or more) weighs the
    /// pull on β towards 0.
    pub fn new(start: MarginLoss<AnyMiner>, classes: usize, nu: f32, device: &B::Device) -> Self {
        Self { offset: param(vec![0.0; classes], [classes], device), start, nu }
    }

    /// β now: one value or one for each class.
    pub fn beta(&self) -> Tensor<B, 1> {
        self.offset.val() + self.start.beta
    }
}

impl<B: NetOps> MetricLoss<B> for TrainedMarginLoss<B> {
    fn of(&self, embeddings: &Embeddings<B>, seed: u64) -> Option<Tensor<B, 1>> {
        let triplets = embeddings.mine(&self.start.miner, seed);
        if triplets.is_empty() {
            return None;
        }
        let beta = self.beta();
        let [classes] = beta.dims();
        let of_anchor = triplets.anchors.iter().map(|a| match classes {
            1 => 0,
            _ => embeddings.batch_labels()[*a] as usize,
        });
        let beta = beta.clone().select(0, indices(of_anchor, &beta.device())).unsqueeze_dim::<2>(1);
        let [positive, negative] = embeddings.squared_distances(&triplets).map(root);
        let positive = (positive - beta.clone() + self.start.margin).clamp_min(0.0);
        let negative = (beta.clone() - negative + self.start.margin).clamp_min(0.0);
        let active = active(&positive, &negative);
        Some(((positive + negative).sum() + beta.sum() * self.nu) / active)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::testing::{self, B, Cases, Rows};
    use crate::miner::{DistanceWeighted, SemiHard};

    /// β as set here, ν = 0.01.
    fn loss(betas: &[f32]) -> TrainedMarginLoss<B> {
        let start = MarginLoss { beta: 1.0, margin: 0.2, miner: AnyMiner::SemiHard(SemiHard) };
        let loss = TrainedMarginLoss::new(start, betas.len(), 0.01, &Default::default());
        let offsets = betas.iter().map(|b| b - 1.0).collect();
        TrainedMarginLoss { offset: param(offsets, [betas.len()], &Default::default()), ..loss }
    }

    fn slow(rows: &Rows, betas: &[f32]) -> Option<f64> {
        let t = rows.mine(&SemiHard);
        let (mut sum, mut active) = (0.0, 0.0f64);
        for i in 0..t.len() {
            let class = if betas.len() == 1 { 0 } else { rows.labels[t.anchors[i]] as usize };
            let beta = f64::from(betas[class]);
            sum += 0.01 * beta;
            for term in [
                rows.distance(t.anchors[i], t.positives[i]) - beta + 0.2,
                beta - rows.distance(t.anchors[i], t.negatives[i]) + 0.2,
            ] {
                sum += term.max(0.0);
                active += f64::from(u8::from(term > 0.0));
            }
        }
        (!t.is_empty()).then(|| sum / active.max(1.0))
    }

    #[test]
    fn equals_loops_with_one_beta_and_one_for_each_class() {
        let per_class: Vec<f32> = (0..20).map(|c| 0.8 + 0.05 * c as f32).collect();
        for betas in [&[1.1][..], &per_class] {
            testing::equals_slow(&loss(betas), |rows| slow(rows, betas));
        }
    }

    #[test]
    fn gradients_equal_finite_differences_in_embeddings_and_betas() {
        testing::gradients(|| loss(&[1.1]));
        for classes in [1, 6] {
            let betas: Vec<f32> = (0..classes).map(|c| 0.9 + 0.1 * c as f32).collect();
            let cases = Cases::gradients();
            testing::parameter_gradients(&cases, &betas, |betas| {
                let loss = loss(betas);
                let offset = loss.offset.val();
                (loss, offset)
            });
        }
    }

    #[test]
    fn untrained_it_is_the_margin_loss() {
        let miner = AnyMiner::DistanceWeighted(DistanceWeighted::default());
        let start = MarginLoss { beta: 1.2, margin: 0.2, miner };
        let trained = TrainedMarginLoss::<B>::new(start, 1, 0.0, &Default::default());
        for rows in Cases::random().all() {
            let [a, b] = [&start as &dyn MetricLoss<B>, &trained].map(|l| l.of(&rows.embeddings(), 5));
            let [a, b] = [a, b].map(|l| l.map_or(-1.0, |l| l.into_scalar()));
            assert!((a - b).abs() < 1e-6, "{a} against {b}");
        }
    }
}
