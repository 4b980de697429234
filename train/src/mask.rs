//! What a learner has of the embedding: a slice of its own, or a mask over the whole (Sanakoyeu et al.,
//! "Improving Deep Metric Learning by Divide and Conquer", TPAMI 2021).
//!
//! With masks, learner k sees the embedding as `e ∘ max(m_k, 0)`, scaled to unit length, where m_k has a weight for
//! each of the d values. Masks are known to training only: what is evaluated and exported is the embedding without
//! them, one slice of d values.

use std::ops::Range;

use burn::module::{Module, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use dnc_core::EmbeddingLayout;
use serde::{Deserialize, Serialize};

use crate::config::{Config, Setting};
use crate::head::{EmbeddingHead, l2_normalize};
use crate::network::param;
use crate::ops::NetOps;

/// How the embedding is shared out among learners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum MaskKind {
    /// A slice each, scaled to unit length on its own in the output too (CVPR 2019).
    Slices,
    /// A mask each of ones over its slice and zeros elsewhere; the output is scaled to unit length as a whole.
    Fixed,
    /// A learned mask each, all ones at first, pushed apart by the orthogonality penalty.
    Learnable,
}

impl Setting for MaskKind {
    type Flag = Self;
}

/// The masks of a run.
///
/// There are as many as learners at the end, K, from the first epoch on. In a higher level of a hierarchical division
/// a cluster's learner has the mean of its descendants' masks. Learned ones start equal and get equal gradients
/// through that mean, so they stay equal until their clusters part: children start from their parent's mask, as in
/// the published code, which copies it then. (Unlike there, the optimiser's moments are handed down too.)
#[derive(Module, Debug)]
pub struct Masks<B: Backend> {
    /// K×d, a row for each learner.
    learned: Option<Param<Tensor<B, 2>>>,
    /// Slices of the learners, where masks are fixed.
    #[module(skip)]
    fixed: Option<EmbeddingLayout>,
    /// Weight λ of the penalty.
    #[module(skip)]
    orthogonality: f64,
}

impl<B: NetOps> Masks<B> {
    /// The masks that `config` names.
    ///
    /// # Panics
    /// Where [`Config::check`] would refuse the layout of fixed masks.
    pub fn new(config: &Config, device: &B::Device) -> Self {
        let (k, d) = (config.learners, config.dim);
        let learned = || param(vec![1.0; k * d], [k, d], device);
        let fixed = || EmbeddingLayout::new(d, k).expect("a checked configuration");
        Self {
            learned: (config.masks == MaskKind::Learnable).then(learned),
            fixed: (config.masks == MaskKind::Fixed).then(fixed),
            orthogonality: config.orthogonality,
        }
    }

    /// What a loss sees of raw embeddings (N×d), each row of unit length: the share of `learners` where they are
    /// named, else the whole. In the last level a cluster has one learner; before, all its descendants.
    ///
    /// N×d in every level, but for slices (one learner only): there N× the width of the learner's slice.
    pub fn unit(&self, head: &EmbeddingHead<B>, raw: Tensor<B, 2>, learners: Option<Range<usize>>) -> Tensor<B, 2> {
        let [n, d] = raw.dims();
        let mask = match (&self.learned, &self.fixed, learners) {
            (Some(masks), _, Some(of)) => masks.val().narrow(0, of.start, of.len()).mean_dim(0).clamp_min(0.0),
            (None, Some(layout), Some(of)) => {
                let slice = layout.slice(of.start).start..layout.slice(of.end - 1).end;
                let mask: Vec<f32> = (0..d).map(|i| if slice.contains(&i) { 1.0 } else { 0.0 }).collect();
                Tensor::from_data(TensorData::new(mask, [1, d]), &raw.device())
            }
            (_, _, learners) => return head.unit(raw, learners.map(|of| of.start)),
        };
        l2_normalize(raw * mask.expand([n as i64, -1]))
    }

    /// λ times the mean cosine between the masks of two different clusters, where each has `learners_each` learners;
    /// negative weights count as 0. `None` where masks are not learned or there is one cluster only.
    pub fn penalty(&self, learners_each: usize) -> Option<Tensor<B, 1>> {
        let masks = self.learned.as_ref()?.val();
        let [k, d] = masks.dims();
        let n = k / learners_each;
        if n < 2 || self.orthogonality == 0.0 {
            return None;
        }
        let masks = masks.reshape([n, learners_each, d]).mean_dim(1).reshape([n, d]).clamp_min(0.0);
        let unit = l2_normalize(masks);
        // Σ_{i≠j} u_i·u_j = ‖Σ u_i‖² − Σ ‖u_i‖².
        let sum = unit.clone().sum_dim(0);
        let all = (sum.clone() * sum).sum() - (unit.clone() * unit).sum();
        Some(all * (self.orthogonality / (n * (n - 1)) as f64))
    }

    /// Whether `record` is of the same masks, so that it can be loaded.
    pub fn fits(&self, record: &MasksRecord<B>) -> bool {
        self.learned.is_some() == record.learned.is_some()
    }

    /// What each learner multiplies the embedding's values by, K rows of d: of learned masks what is not negative.
    /// `None` where learners have slices.
    pub fn weights(&self) -> Option<Vec<Vec<f32>>> {
        if let Some(layout) = &self.fixed {
            let ones = |slice: Range<usize>| (0..layout.dim()).map(|i| f32::from(slice.contains(&i))).collect();
            return Some(layout.slices().map(ones).collect());
        }
        let masks = self.learned()?.clamp_min(0.0);
        let [_, d] = masks.dims();
        let values: Vec<f32> = masks.into_data().convert::<f32>().into_vec().expect("converted to f32 above");
        Some(values.chunks_exact(d).map(<[f32]>::to_vec).collect())
    }

    /// The learned masks, K×d; `None` where they are not learned.
    pub fn learned(&self) -> Option<Tensor<B, 2>> {
        Some(self.learned.as_ref()?.val())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::testing::B;

    fn config(masks: MaskKind, learners: usize, dim: usize) -> Config {
        Config { masks, learners, dim, orthogonality: 0.5, ..Config::default() }
    }

    /// Learned masks of given values.
    fn learned(values: &[f32], learners: usize) -> Masks<B> {
        let dim = values.len() / learners;
        let masks = Masks::<B>::new(&config(MaskKind::Learnable, learners, dim), &Default::default());
        Masks { learned: Some(param(values.to_vec(), [learners, dim], &Default::default())), ..masks }
    }

    fn head(dim: usize, slices: usize) -> EmbeddingHead<B> {
        EmbeddingHead::new(3, EmbeddingLayout::new(dim, slices).unwrap(), 1, &Default::default())
    }

    /// Numbers of both signs that are not near 0, where max(m, 0) has a corner.
    fn waves(n: usize, step: f32) -> Vec<f32> {
        let away = |v: f32| v + 0.2f32.copysign(v);
        (0..n).map(|i| away((i as f32 * step + 0.5).sin())).collect()
    }

    fn rows(values: Vec<f32>, dim: usize) -> Tensor<B, 2> {
        let n = values.len() / dim;
        Tensor::from_data(TensorData::new(values, [n, dim]), &Default::default())
    }

    fn values<const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
        tensor.into_data().into_vec().unwrap()
    }

    fn near(a: &[f32], b: &[f32]) {
        assert_eq!(a.len(), b.len());
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6), "{a:?}\n{b:?}");
    }

    fn unit_by_loops(raw: &[f32], mask: &[f32]) -> Vec<f32> {
        raw.chunks(mask.len())
            .flat_map(|row| {
                let masked: Vec<f32> = row.iter().zip(mask).map(|(e, m)| e * m.max(0.0)).collect();
                let norm = masked.iter().map(|v| v * v).sum::<f32>().sqrt();
                masked.into_iter().map(move |v| v / norm)
            })
            .collect()
    }

    fn penalty_by_loops(masks: &[Vec<f32>]) -> f32 {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a.max(0.0) * b.max(0.0)).sum::<f32>();
        let (mut sum, mut pairs) = (0.0, 0);
        for (i, a) in masks.iter().enumerate() {
            for b in masks.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, b)| b) {
                sum += dot(a, b) / (dot(a, a).sqrt() * dot(b, b).sqrt());
                pairs += 1;
            }
        }
        0.5 * sum / pairs as f32
    }

    #[test]
    fn a_learned_mask_weighs_the_whole_embedding() {
        let (weights, raw) = (waves(4 * 6, 1.3), waves(5 * 6, 0.7));
        let masks = learned(&weights, 4);
        for k in 0..4 {
            let ours = masks.unit(&head(6, 1), rows(raw.clone(), 6), Some(k..k + 1));
            near(&values(ours), &unit_by_loops(&raw, &weights[k * 6..][..6]));
        }
        let whole = masks.unit(&head(6, 1), rows(raw.clone(), 6), None);
        near(&values(whole), &unit_by_loops(&raw, &[1.0; 6]));
    }

    #[test]
    fn fixed_masks_share_the_embedding_out_and_parents_have_all_of_their_children() {
        let raw = waves(5 * 8, 0.7);
        let masks = Masks::<B>::new(&config(MaskKind::Fixed, 4, 8), &Default::default());
        for (learners, owned) in [(0..1, 0..2), (3..4, 6..8), (0..2, 0..4), (2..4, 4..8), (0..4, 0..8)] {
            let mask: Vec<f32> = (0..8).map(|i| if owned.contains(&i) { 1.0 } else { 0.0 }).collect();
            let ours = masks.unit(&head(8, 1), rows(raw.clone(), 8), Some(learners));
            near(&values(ours), &unit_by_loops(&raw, &mask));
        }
        assert!(masks.learned().is_none() && masks.penalty(1).is_none());
        assert_eq!(masks.num_params(), 0);
    }

    #[test]
    fn slices_are_the_heads_own() {
        let masks = Masks::<B>::new(&config(MaskKind::Slices, 4, 8), &Default::default());
        let (head, raw) = (head(8, 4), rows(waves(5 * 8, 0.7), 8));
        for learner in [None, Some(0), Some(3)] {
            let ours = masks.unit(&head, raw.clone(), learner.map(|k| k..k + 1));
            assert_eq!(values(ours), values(head.unit(raw.clone(), learner)));
        }
        assert!(masks.penalty(1).is_none());
    }

    #[test]
    fn the_penalty_is_the_mean_cosine_of_all_pairs() {
        let weights = waves(4 * 6, 1.3);
        let row = |k: usize| weights[k * 6..][..6].to_vec();
        let four: Vec<Vec<f32>> = (0..4).map(row).collect();
        let mean = |a: usize, b: usize| row(a).iter().zip(row(b)).map(|(a, b)| (a + b) / 2.0).collect::<Vec<_>>();
        let masks = learned(&weights, 4);
        near(&values(masks.penalty(1).unwrap()), &[penalty_by_loops(&four)]);
        near(&values(masks.penalty(2).unwrap()), &[penalty_by_loops(&[mean(0, 1), mean(2, 3)])]);
        assert!(masks.penalty(4).is_none(), "one cluster has nothing to be orthogonal to");
        // Equal masks have cosine 1, disjoint ones 0.
        near(&values(learned(&[1.0; 8], 2).penalty(1).unwrap()), &[0.5]);
        near(&values(learned(&[1.0, 0.0, -1.0, 2.0], 2).penalty(1).unwrap()), &[0.0]);
    }

    #[test]
    fn gradients_equal_finite_differences() {
        let (weights, raw) = (waves(4 * 6, 1.3), waves(3 * 6, 0.7));
        // Any function of the unit embeddings that tells their values apart.
        let probe = || rows(waves(3 * 6, 2.1), 6);
        for learners in [1..2, 2..4] {
            let loss = |weights: &[f32]| {
                let masks = learned(weights, 4);
                let unit = masks.unit(&head(6, 1), rows(raw.clone(), 6), Some(learners.clone()));
                ((unit * probe()).sum() + masks.penalty(learners.len()).unwrap(), masks.learned().unwrap())
            };
            let (value, masks) = loss(&weights);
            let grad: Vec<f32> = masks.grad(&value.backward()).unwrap().into_data().into_vec().unwrap();
            for i in 0..weights.len() {
                let shifted = |by: f32| {
                    let mut weights = weights.clone();
                    weights[i] += by;
                    values(loss(&weights).0)[0]
                };
                let slope = (shifted(1e-2) - shifted(-1e-2)) / 2e-2;
                assert!((slope - grad[i]).abs() < 1e-3, "{learners:?}, weight {i}: {slope} against {}", grad[i]);
            }
        }
    }

    #[test]
    fn a_mask_of_no_positive_weight_gives_finite_gradients() {
        let masks = learned(&[-1.0, -1.0, 1.0, 1.0], 2);
        let unit = masks.unit(&head(2, 1), rows(vec![1.0, 2.0], 2), Some(0..1));
        let value = unit.sum() + masks.penalty(1).unwrap();
        let grad: Vec<f32> = masks.learned().unwrap().grad(&value.backward()).unwrap().into_data().into_vec().unwrap();
        assert!(grad.iter().all(|g| g.is_finite()), "{grad:?}");
    }
}
