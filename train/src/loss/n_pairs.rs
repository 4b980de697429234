//! N-pairs loss (Sohn, "Improved Deep Metric Learning with Multi-class N-pair Loss Objective", NIPS 2016, equation 7).

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::embeddings::indices;
use super::{Embeddings, MetricLoss};
use crate::ops::{NetOps, product};

/// Mean over the anchors of `ln(1 + Σ_c exp(s·(u·v_c − u·v_p)))`: v_p is the drawn positive of the anchor's class,
/// v_c those of the other classes of the batch.
///
/// One row of each class is drawn as the others' positive, and the class's other rows are anchors: with two pictures
/// of each class this is Sohn's N-pair batch. A class with one picture gives a negative and no anchor.
///
/// Sohn's embeddings are free in length, and an L2 term keeps them short. Here all have unit length (what is
/// evaluated, and what the device compares, is the angle): the squared length s is a constant, and the L2 term, being
/// constant too, is left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NPairsLoss {
    /// Squared length s that the embeddings are taken to have, above 0. At 16 a batch of 20 classes can reach a loss
    /// near 0; at 1 it could not fall below 2.0.
    pub scale: f32,
}

impl Default for NPairsLoss {
    fn default() -> Self {
        Self { scale: 16.0 }
    }
}

/// Rows that are drawn as positives, one for each class, and for every other row its place among them.
struct Draw {
    positives: Vec<usize>,
    anchors: Vec<usize>,
    targets: Vec<usize>,
}

impl Draw {
    fn new(labels: &[u32], seed: u64) -> Self {
        let mut classes: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (row, label) in labels.iter().enumerate() {
            classes.entry(*label).or_default().push(row);
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = Self { positives: Vec::new(), anchors: Vec::new(), targets: Vec::new() };
        for (class, mut rows) in classes.into_values().enumerate() {
            draw.positives.push(rows.remove(rng.random_range(0..rows.len())));
            draw.targets.extend(rows.iter().map(|_| class));
            draw.anchors.extend(rows);
        }
        draw
    }
}

impl<B: NetOps> MetricLoss<B> for NPairsLoss {
    fn of(&self, embeddings: &Embeddings<B>, seed: u64) -> Option<Tensor<B, 1>> {
        let draw = Draw::new(embeddings.batch_labels(), seed);
        if draw.anchors.is_empty() || draw.positives.len() < 2 {
            return None;
        }
        let positives = embeddings.rows(&draw.positives);
        let logits = product(embeddings.rows(&draw.anchors), positives.transpose()) * self.scale;
        let targets = indices(draw.targets.into_iter(), &logits.device()).unsqueeze_dim::<2>(1);
        Some(log_softmax(logits, 1).gather(1, targets).mean().neg())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::testing::{self, Rows};

    #[test]
    fn equals_loops_and_finite_differences() {
        let loss = NPairsLoss { scale: 8.0 };
        testing::equals_slow(&loss, |rows: &Rows| {
            let labels = &rows.labels[..rows.anchors];
            let draw = Draw::new(labels, testing::SEED);
            let mut losses = Vec::new();
            for anchor in (0..labels.len()).filter(|a| !draw.positives.contains(a)) {
                let own = draw.positives.iter().find(|p| labels[**p] == labels[anchor]).unwrap();
                let others = draw.positives.iter().filter(|p| labels[**p] != labels[anchor]);
                let s = |p: usize| 8.0 * rows.similarity(anchor, p);
                losses.push((1.0 + others.map(|p| (s(*p) - s(*own)).exp()).sum::<f64>()).ln());
            }
            let enough = !losses.is_empty() && draw.positives.len() > 1;
            enough.then(|| losses.iter().sum::<f64>() / losses.len() as f64)
        });
        testing::gradients(|| loss);
    }

    #[test]
    fn every_class_gives_one_positive_and_the_seed_decides_which() {
        let labels = [5, 5, 5, 7, 9, 9];
        let draw = Draw::new(&labels, 1);
        let classes: Vec<u32> = draw.positives.iter().map(|p| labels[*p]).collect();
        assert_eq!(classes, [5, 7, 9]);
        assert_eq!(draw.targets, [0, 0, 2]);
        assert!((0..20).any(|seed| Draw::new(&labels, seed).positives != draw.positives));
    }
}
