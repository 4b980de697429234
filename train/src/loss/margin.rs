//! Margin loss (Wu et al., "Sampling Matters in Deep Embedding Learning", ICCV 2017, equation 5).

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

use super::MetricLoss;
use crate::miner::{DistanceCutoff, Miner};

/// Mean over the active terms of `max(0, D_ap − β + α)` and `max(0, β − D_an + α)`; a triplet whose two sides
/// are both active counts twice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarginLoss {
    /// Boundary between positive and negative distances, in \[0, 2\]; 1.2 in the published code, which never
    /// trains it.
    pub beta: f32,
    /// Width α of the margin on either side of β; 0.2 in the published code.
    pub margin: f32,
    /// Chooses the triplets.
    pub miner: DistanceCutoff,
}

impl Default for MarginLoss {
    fn default() -> Self {
        Self { beta: 1.2, margin: 0.2, miner: DistanceCutoff::default() }
    }
}

impl<B: Backend> MetricLoss<B> for MarginLoss {
    fn forward(&self, unit: Tensor<B, 2>, labels: &[u32], seed: u64) -> Option<Tensor<B, 1>> {
        let [rows, dim] = unit.dims();
        assert_eq!(rows, labels.len(), "one identity for each embedding");
        let values: Vec<f32> = unit.clone().into_data().convert::<f32>().into_vec().ok()?;
        let triplets = self.miner.mine(&values, dim, labels, seed);
        if triplets.is_empty() {
            return None;
        }
        let device = unit.device();
        let select = |rows: &[usize]| {
            let rows: Vec<i32> = rows.iter().map(|r| *r as i32).collect();
            let n = rows.len();
            unit.clone().select(0, Tensor::<B, 1, Int>::from_data(TensorData::new(rows, [n]), &device))
        };
        let anchors = select(&triplets.anchors);
        // 1e-8 under the root, as published: finite gradients where two embeddings are equal.
        let distance = |other: Tensor<B, 2>| {
            let d = anchors.clone() - other;
            ((d.clone() * d).sum_dim(1) + 1e-8).sqrt()
        };
        let positive = (distance(select(&triplets.positives)) - (self.beta - self.margin)).clamp_min(0.0);
        let negative = (distance(select(&triplets.negatives)).neg() + (self.beta + self.margin)).clamp_min(0.0);
        let active = positive.clone().greater_elem(0.0).int().sum() + negative.clone().greater_elem(0.0).int().sum();
        // With nothing active the sum is 0 and stays 0.
        Some((positive + negative).sum() / active.float().clamp_min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Autodiff;
    use burn_flex::Flex;
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

    use crate::head::l2_normalize;

    type B = Autodiff<Flex>;

    fn slow(unit: &[f32], dim: usize, labels: &[u32], loss: &MarginLoss) -> f64 {
        let t = loss.miner.mine(unit, dim, labels, 0);
        let d = |a: usize, b: usize| {
            let sum: f64 = (0..dim).map(|i| f64::from(unit[a * dim + i] - unit[b * dim + i]).powi(2)).sum();
            (sum + 1e-8).sqrt()
        };
        let (mut sum, mut active) = (0.0, 0);
        for i in 0..t.len() {
            let terms = [
                d(t.anchors[i], t.positives[i]) - f64::from(loss.beta) + f64::from(loss.margin),
                f64::from(loss.beta) - d(t.anchors[i], t.negatives[i]) + f64::from(loss.margin),
            ];
            for term in terms.into_iter().filter(|term| *term > 0.0) {
                sum += term;
                active += 1;
            }
        }
        sum / f64::from(active.max(1))
    }

    #[test]
    fn equals_loops_over_triplets_on_random_batches() {
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        for case in 0..25 {
            let (rows, dim) = (6 + case, 2 + case % 9);
            let labels: Vec<u32> = (0..rows).map(|_| rng.random_range(0..4)).collect();
            let raw: Vec<f32> = (0..rows * dim).map(|_| rng.random_range(-1.0..1.0)).collect();
            let raw = Tensor::<B, 2>::from_data(TensorData::new(raw, [rows, dim]), &Default::default());
            let unit = l2_normalize(raw);
            let values: Vec<f32> = unit.clone().into_data().into_vec().unwrap();
            let loss = MarginLoss::default();
            let ours: f32 = loss.forward(unit, &labels, 0).unwrap().into_scalar();
            let slow = slow(&values, dim, &labels, &loss);
            assert!((f64::from(ours) - slow).abs() < 1e-5, "case {case}: {ours} against {slow}");
        }
    }

    #[test]
    fn gradients_equal_finite_differences() {
        let labels = [0, 0, 1, 1, 2, 2];
        let raw: Vec<f32> = (0..24).map(|i| (i as f32 * 1.7).sin()).collect();
        let loss = |raw: Vec<f32>| {
            let x = Tensor::<B, 2>::from_data(TensorData::new(raw, [6, 4]), &Default::default()).require_grad();
            (MarginLoss::default().forward(l2_normalize(x.clone()), &labels, 0).unwrap(), x)
        };
        let (value, x) = loss(raw.clone());
        let grad: Vec<f32> = x.grad(&value.backward()).unwrap().into_data().into_vec().unwrap();
        for i in 0..raw.len() {
            let shifted = |by: f32| {
                let mut raw = raw.clone();
                raw[i] += by;
                let value: f32 = loss(raw).0.into_scalar();
                value
            };
            let slope = (shifted(1e-3) - shifted(-1e-3)) / 2e-3;
            assert!((slope - grad[i]).abs() < 2e-3, "value {i}: {slope} against {}", grad[i]);
        }
    }

    #[test]
    fn equal_embeddings_give_finite_gradients_and_lone_classes_no_loss() {
        let x = Tensor::<B, 2>::ones([4, 3], &Default::default()).require_grad();
        let loss = MarginLoss::default().forward(l2_normalize(x.clone()), &[0, 0, 1, 1], 0).unwrap();
        let grad: Vec<f32> = x.grad(&loss.backward()).unwrap().into_data().into_vec().unwrap();
        assert!(grad.iter().all(|g| g.is_finite()), "{grad:?}");
        assert!(MarginLoss::default().forward(l2_normalize(x), &[0, 1, 2, 3], 0).is_none());
    }
}
