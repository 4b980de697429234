//! What is minimised: the loss of each learner and of the whole embedding, with whatever losses learn themselves.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use crate::config::Config;
use crate::head::EmbeddingHead;
use crate::loss::{MarginLoss, MetricLoss};

/// The losses of a run. Only training knows it: neither evaluation nor export needs it.
#[derive(Module, Debug)]
pub struct Objective<B: Backend> {
    learned: Vec<Param<Tensor<B, 2>>>,
    #[module(skip)]
    loss: MarginLoss,
}

impl<B: Backend> Objective<B> {
    /// The losses that `config` names, for `classes` training identities.
    pub fn new(config: &Config, _classes: usize, _device: &B::Device) -> Self {
        Self { learned: Vec::new(), loss: config.loss() }
    }

    /// Loss of a batch of N×features pooled features with their N classes (0 to `classes` − 1): that of
    /// `learner`'s part of the embedding alone where one is named, else of the whole. `None` where the batch
    /// holds nothing to learn from. `seed` feeds miners that draw.
    pub fn loss(
        &self,
        head: &EmbeddingHead<B>,
        features: Tensor<B, 2>,
        classes: &[u32],
        learner: Option<usize>,
        seed: u64,
    ) -> Option<Tensor<B, 1>> {
        let unit = head.unit(head.forward(features), learner);
        self.loss.forward(unit, classes, seed)
    }
}
