//! Cross-batch memory (Wang et al., "Cross-Batch Memory for Embedding Learning", CVPR 2020).

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::Embeddings;
use crate::ops::NetOps;

/// The embeddings of each learner's last batches, without gradients, as further positives and negatives of the next.
///
/// It is no part of a checkpoint: it starts empty at every epoch, so that a run that goes on compares with what the
/// uninterrupted one would. The paper adds the loss over the memory to that over the batch; here one loss sees both,
/// and its miner picks from both. A picture that comes again within an epoch meets its earlier self as a positive.
#[derive(Debug)]
pub struct CrossBatchMemory<B: Backend> {
    capacity: usize,
    // The whole embedding has a memory of its own, under `None`.
    banks: BTreeMap<Option<usize>, Bank<B>>,
}

#[derive(Debug)]
struct Bank<B: Backend> {
    unit: Tensor<B, 2>,
    labels: Vec<u32>,
}

impl<B: NetOps> CrossBatchMemory<B> {
    /// An empty memory of `capacity` embeddings for each learner; 0 remembers nothing.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, banks: BTreeMap::new() }
    }

    /// A batch with what is remembered of `learner`'s earlier ones (`None`: the whole embedding's).
    pub fn recall(&self, learner: Option<usize>, batch: Embeddings<B>) -> Embeddings<B> {
        match self.banks.get(&learner) {
            Some(bank) => batch.with_remembered(bank.unit.clone(), &bank.labels),
            None => batch,
        }
    }

    /// Remembers N×d embeddings of `learner`; the oldest beyond the capacity are forgotten.
    pub fn remember(&mut self, learner: Option<usize>, unit: Tensor<B, 2>, labels: &[u32]) {
        if self.capacity == 0 {
            return;
        }
        let (unit, labels) = match self.banks.remove(&learner) {
            Some(bank) => (Tensor::cat(vec![bank.unit, unit.detach()], 0), [&bank.labels, labels].concat()),
            None => (unit.detach(), labels.to_vec()),
        };
        let kept = labels.len().min(self.capacity);
        let first = labels.len() - kept;
        let bank = Bank { unit: unit.narrow(0, first, kept), labels: labels[first..].to_vec() };
        self.banks.insert(learner, bank);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::testing::{B, tensor};

    #[test]
    fn the_last_are_kept_for_each_learner_without_gradient() {
        let mut memory = CrossBatchMemory::<B>::new(3);
        let row = |x: f32| tensor(vec![x, 0.0], 2).require_grad();
        for i in 0..5 {
            memory.remember(Some(1), row(i as f32), &[i]);
        }
        let batch = || row(9.0);
        let recalled = memory.recall(Some(1), Embeddings::of_batch(batch(), &[9]));
        assert_eq!(recalled.anchors(), 1);
        let firsts: Vec<f32> = recalled.rows(&[0, 1, 2, 3]).narrow(1, 0, 1).into_data().into_vec().unwrap();
        assert_eq!(firsts, [9.0, 2.0, 3.0, 4.0]);
        // Another learner, and the whole embedding, have none of it.
        for other in [Some(0), None] {
            let recalled = memory.recall(other, Embeddings::of_batch(batch(), &[9]));
            assert_eq!(recalled.similarities().dims(), [1, 1]);
        }
        let remembered = row(1.0);
        memory.remember(None, remembered.clone(), &[0]);
        let now = batch();
        let sum = memory.recall(None, Embeddings::of_batch(now.clone(), &[9])).rows(&[0, 1]).sum();
        let grads = sum.backward();
        assert!(now.grad(&grads).is_some() && remembered.grad(&grads).is_none());
    }

    #[test]
    fn without_capacity_nothing_is_remembered() {
        let mut memory = CrossBatchMemory::<B>::new(0);
        memory.remember(None, tensor(vec![1.0, 0.0], 2), &[0]);
        let recalled = memory.recall(None, Embeddings::of_batch(tensor(vec![1.0, 0.0], 2), &[9]));
        assert_eq!(recalled.similarities().dims(), [1, 1]);
    }
}
