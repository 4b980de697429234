//! Contrastive loss (Hadsell et al., "Dimensionality Reduction by Learning an Invariant Mapping", CVPR 2006,
//! equation 4).

use burn::tensor::Tensor;

use super::{Embeddings, MetricLoss};
use crate::ops::NetOps;

/// Mean over all positive pairs of ½·D², plus the mean over the active negative pairs of ½·max(0, m − D)².
///
/// Published as one sum over all pairs; here each side has its own mean, or the many negatives of a batch would
/// drown its few positives, and the many inactive ones would quench the gradient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContrastiveLoss {
    /// Distance m, in \[0, 2\], beyond which negatives are left alone. Published for embeddings of any length; on the
    /// unit sphere unrelated embeddings lie about √2 apart, and 1 is the common choice.
    pub margin: f32,
}

impl Default for ContrastiveLoss {
    fn default() -> Self {
        Self { margin: 1.0 }
    }
}

impl<B: NetOps> MetricLoss<B> for ContrastiveLoss {
    fn of(&self, embeddings: &Embeddings<B>, _seed: u64) -> Option<Tensor<B, 1>> {
        let (same, positives) = embeddings.mask(|a, r| embeddings.is_positive(a, r) == Some(true));
        let (other, negatives) = embeddings.mask(|a, r| embeddings.is_positive(a, r) == Some(false));
        if positives == 0 || negatives == 0 {
            return None;
        }
        // Rounding can take 2 − 2·similarity below 0; 1e-8 under the root keeps its gradient finite.
        let squared = (embeddings.similarities() * -2.0 + 2.0).clamp_min(0.0);
        let pulled = squared.clone() * same.float();
        let pushed = ((squared + 1e-8).sqrt().neg() + self.margin).clamp_min(0.0) * other.float();
        let active = pushed.clone().greater_elem(0.0).int().sum().float().clamp_min(1.0);
        let pushed = (pushed.clone() * pushed).sum() / active;
        Some((pulled.sum() / positives as f32 + pushed) * 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::testing::{self, Rows};

    #[test]
    fn equals_loops_over_pairs_and_finite_differences() {
        let loss = ContrastiveLoss { margin: 1.3 };
        testing::equals_slow(&loss, |rows: &Rows| {
            let (mut pull, mut pulls, mut push, mut pushes, mut negatives) = (0.0, 0, 0.0, 0, 0);
            for a in 0..rows.anchors {
                for r in (0..rows.labels.len()).filter(|r| *r != a) {
                    let d = rows.distance(a, r);
                    if rows.labels[a] == rows.labels[r] {
                        pull += d * d / 2.0;
                        pulls += 1;
                    } else {
                        negatives += 1;
                        let missing = f64::from(1.3f32) - d;
                        if missing > 0.0 {
                            push += missing * missing / 2.0;
                            pushes += 1;
                        }
                    }
                }
            }
            (pulls > 0 && negatives > 0).then(|| pull / f64::from(pulls) + push / f64::from(pushes.max(1)))
        });
        testing::gradients(|| loss);
    }
}
