//! What is minimised: the loss of each learner and of the whole embedding, with whatever losses learn themselves.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::backend::Backend;
use burn::tensor::{ElementConversion, Tensor};

use crate::config::Config;
use crate::head::EmbeddingHead;
use crate::loss::{
    AnyLoss, BetaKind, ContrastiveLoss, CrossBatchMemory, Embeddings, FixedLoss, LossKind, MarginLoss, MetricLoss,
    MultiSimilarityLoss, NPairsLoss, ProxyNcaLoss, TrainedMarginLoss, TripletLoss,
};
use crate::mask::Masks;
use crate::miner::{AnyMiner, DistanceCutoff, DistanceWeighted, Hard, MinerKind, SemiHard};
use crate::ops::NetOps;

/// The losses of a run. Only training knows it: neither evaluation nor export needs it.
///
/// Learners share nothing that their losses learn, and the whole embedding starts its own when it begins to learn.
#[derive(Module, Debug)]
pub struct Objective<B: Backend> {
    learners: Vec<AnyLoss<B>>,
    whole: AnyLoss<B>,
    /// What each learner has of the embedding.
    pub masks: Masks<B>,
}

impl<B: NetOps> Objective<B> {
    /// The losses that `config` names, for `classes` training identities.
    ///
    /// # Panics
    /// Where the configuration was not checked and the embedding cannot be cut.
    pub fn new(config: &Config, classes: usize, device: &B::Device) -> Self {
        let dim_of = |k| config.learner_dim(k).expect("a checked configuration");
        let loss = |kind, dim, number| new_loss(kind, config, dim, classes, config.seed ^ number, device);
        Self {
            learners: (0..config.learners).map(|k| loss(config.loss.of(k), dim_of(k), k as u64 + 1)).collect(),
            whole: loss(config.whole_loss.unwrap_or(config.loss.of(0)), config.dim, 0),
            masks: Masks::new(config, device),
        }
    }

    /// Loss of a batch of N×features pooled features with their N classes (0 to `classes` − 1): that of the share
    /// that `learners` have of the embedding alone, with the masks' penalty, where they are named (see
    /// [`Masks::unit`]), else of the whole. Several are named where a cluster of a hierarchy stands for learners that
    /// have not parted yet: the first one's loss is theirs. `None` where the batch holds nothing to learn from, not a
    /// number where an embedding is none. What `memory` knows of earlier batches is compared with, and the batch
    /// remembered. `seed` feeds miners that draw.
    pub fn loss(
        &self,
        head: &EmbeddingHead<B>,
        features: Tensor<B, 2>,
        classes: &[u32],
        learners: Option<Range<usize>>,
        memory: &mut CrossBatchMemory<B>,
        seed: u64,
    ) -> Option<Tensor<B, 1>> {
        let learner = learners.as_ref().map(|of| of.start);
        let penalty = learners.as_ref().and_then(|of| self.masks.penalty(of.len()));
        let unit = self.masks.unit(head, head.forward(features), learners);
        // Clamps and masks would make a loss of 0 of what is not a number, and the run go on with it.
        let sum = unit.clone().sum();
        if sum.clone().into_scalar().elem::<f32>().is_nan() {
            return Some(sum);
        }
        let embeddings = memory.recall(learner, Embeddings::of_batch(unit.clone(), classes));
        memory.remember(learner, unit, classes);
        let loss = self.of(learner).of(&embeddings, seed)?;
        Some(match penalty {
            Some(penalty) => loss + penalty,
            None => loss,
        })
    }

    /// Whether `record` is of the same losses, so that it can be loaded.
    pub fn fits(&self, record: &ObjectiveRecord<B>) -> bool {
        self.learners.len() == record.learners.len()
            && self.learners.iter().zip(&record.learners).all(|(loss, record)| loss.fits(record))
            && self.whole.fits(&record.whole)
            && self.masks.fits(&record.masks)
    }

    /// The loss of `learner`, or of the whole embedding.
    pub fn of(&self, learner: Option<usize>) -> &AnyLoss<B> {
        learner.map_or(&self.whole, |k| &self.learners[k])
    }
}

/// The loss `kind` with its settings, over embeddings of `dim` values.
fn new_loss<B: NetOps>(
    kind: LossKind,
    config: &Config,
    dim: usize,
    classes: usize,
    seed: u64,
    device: &B::Device,
) -> AnyLoss<B> {
    let miner = |default| new_miner(config.miner.unwrap_or(default), config);
    match kind {
        LossKind::Margin => {
            let miner = miner(MinerKind::DistanceCutoff);
            let loss = MarginLoss { beta: config.beta, margin: config.margin, miner };
            let trained = |betas| AnyLoss::TrainedMargin(TrainedMarginLoss::new(loss, betas, config.beta_nu, device));
            match config.train_beta {
                BetaKind::Fixed => FixedLoss::Margin(loss).into(),
                BetaKind::Shared => trained(1),
                BetaKind::PerClass => trained(classes),
            }
        }
        LossKind::Triplet => {
            FixedLoss::Triplet(TripletLoss { margin: config.triplet_margin, miner: miner(MinerKind::SemiHard) }).into()
        }
        LossKind::NPairs => FixedLoss::NPairs(NPairsLoss { scale: config.n_pairs_scale }).into(),
        LossKind::Contrastive => FixedLoss::Contrastive(ContrastiveLoss { margin: config.contrastive_margin }).into(),
        LossKind::MultiSimilarity => FixedLoss::MultiSimilarity(MultiSimilarityLoss {
            alpha: config.ms_alpha,
            beta: config.ms_beta,
            lambda: config.ms_lambda,
            epsilon: config.ms_epsilon,
        })
        .into(),
        LossKind::ProxyNca => {
            let (temperature, rate) = (config.proxy_temperature, config.proxy_rate);
            AnyLoss::ProxyNca(ProxyNcaLoss::new(classes, dim, temperature, rate, seed, device))
        }
    }
}

fn new_miner(kind: MinerKind, config: &Config) -> AnyMiner {
    let (cutoff, far_cutoff) = (config.cutoff, config.far_cutoff);
    match kind {
        MinerKind::DistanceCutoff => AnyMiner::DistanceCutoff(DistanceCutoff { cutoff }),
        MinerKind::DistanceWeighted => AnyMiner::DistanceWeighted(DistanceWeighted { cutoff, far_cutoff }),
        MinerKind::SemiHard => AnyMiner::SemiHard(SemiHard),
        MinerKind::Hard => AnyMiner::Hard(Hard),
    }
}

#[cfg(test)]
mod tests;
