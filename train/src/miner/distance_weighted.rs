//! Distance-weighted sampling (Wu et al., "Sampling Matters in Deep Embedding Learning", ICCV 2017, section 4.2).

use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::distances::{Candidates, candidates};
use super::{Distances, Miner, Triplets};

/// Every anchor–positive pair draws one of the anchor's negatives with a weight that makes every distance equally
/// likely, were the embeddings spread evenly over the sphere.
///
/// There distances have the density q(D) ∝ D^(d−2) · (1 − D²/4)^((d−3)/2), d the width of what the loss sees (a
/// learner's slice is narrower than the embedding); a negative's weight is 1/q(max(D, cutoff)), and 0 from
/// `far_cutoff` on, as in the published code. Where all of an anchor's negatives lie beyond, all are equally likely.
/// Draws are with replacement.
///
/// Weights are scaled by the largest of each anchor. (The published code scales by the largest of the batch, in
/// f32: at d = 128 an anchor far from all others may have its weights rounded to 0 and then draws evenly.)
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DistanceWeighted {
    /// Nearer negatives weigh as if at this distance, in \[0, 2\]: their gradients are noisy; 0.5 published.
    pub cutoff: f32,
    /// Negatives from this distance on are not drawn, in \[0, 2\]: the margin loss with β + α = 1.4 has no gradient
    /// there; 1.4 published.
    pub far_cutoff: f32,
}

impl Default for DistanceWeighted {
    fn default() -> Self {
        Self { cutoff: 0.5, far_cutoff: 1.4 }
    }
}

impl DistanceWeighted {
    /// ln of 1/q at distance `d`, up to a constant.
    fn log_weight(&self, d: f32, dim: usize) -> f64 {
        let (d, dim) = (f64::from(d.max(self.cutoff)), dim as f64);
        // A distance of 2, or one rounded to 0, must not give an infinite weight.
        (2.0 - dim) * d.max(1e-4).ln() - (dim - 3.0) / 2.0 * (1.0 - d * d / 4.0).max(1e-8).ln()
    }

    /// Weight of each negative, the largest 1; all 0 where all lie beyond the far cutoff.
    fn weights(&self, distances: &[f32], dim: usize) -> Vec<f64> {
        let logs = distances
            .iter()
            .map(|d| if d.max(self.cutoff) < self.far_cutoff { self.log_weight(*d, dim) } else { f64::NEG_INFINITY });
        let logs: Vec<f64> = logs.collect();
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        logs.into_iter().map(|l| if l == f64::NEG_INFINITY { 0.0 } else { (l - largest).exp() }).collect()
    }
}

impl Miner for DistanceWeighted {
    fn choose(&self, distances: &Distances, labels: &[u32], seed: u64) -> Triplets {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut found = Triplets::default();
        for Candidates { anchor, positives, negatives } in candidates(distances.anchors(), labels) {
            let near: Vec<f32> = negatives.iter().map(|i| distances.of(anchor)[*i]).collect();
            let weighted = WeightedIndex::new(self.weights(&near, distances.dim())).ok();
            for positive in positives {
                let drawn = match &weighted {
                    Some(weighted) => weighted.sample(&mut rng),
                    None => rng.random_range(0..negatives.len()),
                };
                found.push(anchor, positive, negatives[drawn]);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::miner::testing::{check_triplets, random_batches};

    #[test]
    fn every_pair_gets_a_negative_and_the_seed_decides() {
        for (unit, dim, labels) in random_batches() {
            let t = DistanceWeighted::default().mine(&unit, dim, &labels, 3);
            check_triplets(&t, &labels);
            assert_eq!(t, DistanceWeighted::default().mine(&unit, dim, &labels, 3));
        }
        let (unit, dim, labels) = random_batches().pop().unwrap();
        let drawn = |seed| DistanceWeighted::default().mine(&unit, dim, &labels, seed);
        assert_ne!(drawn(1), drawn(2));
    }

    /// One anchor–positive pair against negatives at known angles on a circle of the first two of `dim` axes.
    fn frequencies(miner: DistanceWeighted, dim: usize, distances: &[f32]) -> Vec<f64> {
        let mut unit = Vec::new();
        for d in [0.0, 0.0].iter().chain(distances) {
            let angle = 2.0 * (d / 2.0f32).asin();
            let mut row = vec![0.0; dim];
            (row[0], row[1]) = (angle.cos(), angle.sin());
            unit.extend(row);
        }
        let labels: Vec<u32> = [0, 0].into_iter().chain(1..=distances.len() as u32).collect();
        let mut counts = vec![0.0; distances.len()];
        let n = 4000;
        for seed in 0..n {
            counts[miner.mine(&unit, dim, &labels, seed).negatives[0] - 2] += 1.0 / n as f64;
        }
        counts
    }

    #[test]
    fn draws_follow_one_over_the_density_between_the_cutoffs() {
        // 0.3 weighs as 0.5; 1.5 lies beyond the far cutoff.
        let distances = [0.3, 0.5, 0.8, 1.1, 1.3, 1.5];
        let dim = 5;
        let q = |d: f64| d.powi(3) * (1.0 - d * d / 4.0);
        let weights: Vec<f64> = [0.5, 0.5, 0.8, 1.1, 1.3].iter().map(|d| 1.0 / q(*d)).chain([0.0]).collect();
        let sum: f64 = weights.iter().sum();
        let found = frequencies(DistanceWeighted::default(), dim, &distances);
        for (f, w) in found.iter().zip(&weights) {
            let p = w / sum;
            // Four standard deviations of a count.
            assert!((f - p).abs() <= 4.0 * (p * (1.0 - p) / 4000.0).sqrt(), "{found:?}, weights {weights:?}");
        }
    }

    #[test]
    fn wide_embeddings_neither_overflow_nor_lose_the_far_ones() {
        let found = frequencies(DistanceWeighted::default(), 512, &[1.39, 1.395]);
        assert!(found.iter().all(|f| *f > 0.2), "{found:?}");
        let beyond = frequencies(DistanceWeighted::default(), 128, &[1.6, 1.9]);
        assert!(beyond.iter().all(|f| (f - 0.5).abs() < 0.05), "all beyond: equally likely, {beyond:?}");
        let opposite = frequencies(DistanceWeighted { cutoff: 0.0, far_cutoff: 3.0 }, 128, &[2.0, 0.0]);
        assert!((opposite.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{opposite:?}");
    }
}
