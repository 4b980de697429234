//! Multi-similarity loss (Wang et al., "Multi-Similarity Loss with General Pair Weighting for Deep Metric Learning",
//! CVPR 2019, equations 11 to 15), its own pair mining included.

use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Tensor};

use super::embeddings::to_host;
use super::{Embeddings, MetricLoss};
use crate::ops::NetOps;

/// Mean over the anchors of `1/α · ln(1 + Σ_p exp(−α(S_ap − λ))) + 1/β · ln(1 + Σ_n exp(β(S_an − λ)))`, S the
/// similarity in \[−1, 1\], over the mined pairs alone: a negative more similar than the least similar positive less
/// ε, a positive less similar than the most similar negative plus ε. Anchors without such pairs count as 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MultiSimilarityLoss {
    /// Sharpness of the positives' weights, above 0; 2 as published.
    pub alpha: f32,
    /// Sharpness of the negatives' weights, above 0; 50 as published.
    pub beta: f32,
    /// Similarity that positives are pulled above and negatives pushed below, in \[−1, 1\]; 0.5 in the published code
    /// (the paper's text says 1, where no positive ever rests).
    pub lambda: f32,
    /// Mining margin ε, 0 or more; 0.1 as published.
    pub epsilon: f32,
}

impl Default for MultiSimilarityLoss {
    fn default() -> Self {
        Self { alpha: 2.0, beta: 50.0, lambda: 0.5, epsilon: 0.1 }
    }
}

/// ln(1 + Σ exp(x)) of each row over the entries of `mask`, N×1. The largest exponent is taken out of the sum: β = 50
/// and more must not overflow.
fn log_one_plus_sum_exp<B: Backend>(x: Tensor<B, 2>, mask: Tensor<B, 2, Bool>) -> Tensor<B, 2> {
    let x = x.mask_fill(mask.bool_not(), -1e9);
    let largest = x.clone().detach().max_dim(1).clamp_min(0.0);
    (largest.clone().neg().exp() + (x - largest.clone()).exp().sum_dim(1)).log() + largest
}

impl<B: NetOps> MetricLoss<B> for MultiSimilarityLoss {
    fn of(&self, embeddings: &Embeddings<B>, _seed: u64) -> Option<Tensor<B, 1>> {
        let similarities = embeddings.similarities();
        let [n, rows] = similarities.dims();
        let host = to_host(similarities.clone());
        let s = |a: usize, r: usize| host[a * rows + r];
        // Bounds that the mined pairs of each anchor must cross; infinite without a pair of the other kind, which
        // then bars every pair.
        let bounds: Vec<(f32, f32)> = (0..n)
            .map(|a| {
                let of = |positive| (0..rows).filter(move |&r| embeddings.is_positive(a, r) == Some(positive));
                let weakest = of(true).map(|r| s(a, r)).fold(f32::INFINITY, f32::min);
                let strongest = of(false).map(|r| s(a, r)).fold(f32::NEG_INFINITY, f32::max);
                (weakest - self.epsilon, strongest + self.epsilon)
            })
            .collect();
        if !bounds.iter().any(|(weakest, strongest)| weakest.is_finite() && strongest.is_finite()) {
            return None;
        }
        let (positives, _) =
            embeddings.mask(|a, r| embeddings.is_positive(a, r) == Some(true) && s(a, r) < bounds[a].1);
        let (negatives, _) =
            embeddings.mask(|a, r| embeddings.is_positive(a, r) == Some(false) && s(a, r) > bounds[a].0);
        let centred = similarities - self.lambda;
        let pull = log_one_plus_sum_exp(centred.clone() * -self.alpha, positives) / self.alpha;
        let push = log_one_plus_sum_exp(centred * self.beta, negatives) / self.beta;
        Some((pull + push).mean())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::testing::{self, Rows};

    fn slow(loss: &MultiSimilarityLoss, rows: &Rows) -> Option<f64> {
        let [alpha, beta, lambda, epsilon] = [loss.alpha, loss.beta, loss.lambda, loss.epsilon].map(f64::from);
        let (mut sum, mut any) = (0.0, false);
        for a in 0..rows.anchors {
            let all: Vec<(bool, f64)> = (0..rows.labels.len())
                .filter(|r| *r != a)
                .map(|r| (rows.labels[r] == rows.labels[a], rows.similarity(a, r)))
                .collect();
            let positives: Vec<f64> = all.iter().filter(|p| p.0).map(|p| p.1).collect();
            let negatives: Vec<f64> = all.iter().filter(|p| !p.0).map(|p| p.1).collect();
            if positives.is_empty() || negatives.is_empty() {
                continue;
            }
            any = true;
            let weakest = positives.iter().copied().fold(f64::INFINITY, f64::min);
            let strongest = negatives.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let pull = positives.iter().filter(|s| **s - epsilon < strongest);
            let push = negatives.iter().filter(|s| **s + epsilon > weakest);
            sum += (1.0 + pull.map(|s| (-alpha * (s - lambda)).exp()).sum::<f64>()).ln() / alpha;
            sum += (1.0 + push.map(|s| (beta * (s - lambda)).exp()).sum::<f64>()).ln() / beta;
        }
        any.then(|| sum / rows.anchors as f64)
    }

    #[test]
    fn equals_loops_over_mined_pairs_and_finite_differences() {
        for loss in [
            MultiSimilarityLoss::default(),
            MultiSimilarityLoss { epsilon: 0.0, lambda: 1.0, ..Default::default() },
            // exp(300) does not fit an f32.
            MultiSimilarityLoss { beta: 300.0, lambda: -0.2, ..Default::default() },
        ] {
            testing::equals_slow(&loss, |rows| slow(&loss, rows));
        }
        testing::gradients(|| MultiSimilarityLoss { beta: 10.0, ..Default::default() });
    }
}
