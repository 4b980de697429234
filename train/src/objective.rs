//! What is minimised: the loss of each learner and of the whole embedding, with whatever losses learn themselves.

use std::ops::Range;

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use crate::config::Config;
use crate::head::EmbeddingHead;
use crate::loss::{MarginLoss, MetricLoss};
use crate::mask::Masks;

/// The losses of a run. Only training knows it: neither evaluation nor export needs it.
#[derive(Module, Debug)]
pub struct Objective<B: Backend> {
    learned: Vec<Param<Tensor<B, 2>>>,
    /// What each learner has of the embedding.
    pub masks: Masks<B>,
    #[module(skip)]
    loss: MarginLoss,
}

impl<B: Backend> Objective<B> {
    /// The losses that `config` names, for `classes` training identities.
    pub fn new(config: &Config, _classes: usize, device: &B::Device) -> Self {
        Self { learned: Vec::new(), masks: Masks::new(config, device), loss: config.loss() }
    }

    /// Loss of a batch of N×features pooled features with their N classes (0 to `classes` − 1): that of
    /// the share that `learners` have of the embedding alone, with the masks' penalty, where they are named (see
    /// [`Masks::unit`]), else of the whole. `None` where the batch holds nothing to learn from. `seed` feeds miners
    /// that draw.
    pub fn loss(
        &self,
        head: &EmbeddingHead<B>,
        features: Tensor<B, 2>,
        classes: &[u32],
        learners: Option<Range<usize>>,
        seed: u64,
    ) -> Option<Tensor<B, 1>> {
        let penalty = learners.as_ref().and_then(|of| self.masks.penalty(of.len()));
        let unit = self.masks.unit(head, head.forward(features), learners);
        let loss = self.loss.forward(unit, classes, seed)?;
        Some(match penalty {
            Some(penalty) => loss + penalty,
            None => loss,
        })
    }
}
