//! What a loss compares.

use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Int, Tensor, TensorData};

use crate::miner::{Distances, Miner, Triplets};
use crate::ops::{NetOps, product};

/// Embeddings of unit length with their identities. The first rows are the batch's: the anchors. What is remembered
/// of earlier batches follows: it is only ever compared with, and has no gradient.
#[derive(Debug, Clone)]
pub struct Embeddings<B: Backend> {
    unit: Tensor<B, 2>,
    labels: Vec<u32>,
    anchors: usize,
}

impl<B: NetOps> Embeddings<B> {
    /// A batch alone, N×d.
    ///
    /// # Panics
    /// Where there is not one identity for each embedding.
    pub fn of_batch(unit: Tensor<B, 2>, labels: &[u32]) -> Self {
        let [rows, _] = unit.dims();
        assert_eq!(rows, labels.len(), "one identity for each embedding");
        Self { unit, labels: labels.to_vec(), anchors: rows }
    }

    /// The same with M×d remembered embeddings behind.
    ///
    /// # Panics
    /// Where there is not one identity for each remembered embedding, or they have another width.
    pub fn with_remembered(self, unit: Tensor<B, 2>, labels: &[u32]) -> Self {
        assert_eq!(unit.dims()[0], labels.len(), "one identity for each remembered embedding");
        Self {
            unit: Tensor::cat(vec![self.unit, unit.detach()], 0),
            labels: [&self.labels, labels].concat(),
            anchors: self.anchors,
        }
    }

    /// Number of anchors, N.
    pub fn anchors(&self) -> usize {
        self.anchors
    }

    /// Identities of the batch.
    pub fn batch_labels(&self) -> &[u32] {
        &self.labels[..self.anchors]
    }

    /// Embeddings of the batch, N×d.
    pub fn batch(&self) -> Tensor<B, 2> {
        self.unit.clone().narrow(0, 0, self.anchors)
    }

    /// Some rows, in the order given.
    pub fn rows(&self, rows: &[usize]) -> Tensor<B, 2> {
        self.unit.clone().select(0, indices(rows.iter().copied(), &self.unit.device()))
    }

    /// Triplets that `miner` chooses.
    pub fn mine(&self, miner: &impl Miner, seed: u64) -> Triplets {
        let [_, dim] = self.unit.dims();
        let distances = Distances::between(&to_host(self.unit.clone()), dim, self.anchors);
        miner.choose(&distances, &self.labels, seed)
    }

    /// D² of each triplet's anchor to its positive, and to its negative, T×1 each.
    pub fn squared_distances(&self, triplets: &Triplets) -> [Tensor<B, 2>; 2] {
        let anchors = self.rows(&triplets.anchors);
        [&triplets.positives, &triplets.negatives].map(|others| {
            let d = anchors.clone() - self.rows(others);
            (d.clone() * d).sum_dim(1)
        })
    }

    /// Similarity of every anchor to every row, N×(N+M), in \[−1, 1\].
    pub fn similarities(&self) -> Tensor<B, 2> {
        product(self.batch(), self.unit.clone().transpose())
    }

    /// Whether row `row` is a positive of `anchor`; `None` for the anchor itself.
    pub fn is_positive(&self, anchor: usize, row: usize) -> Option<bool> {
        (anchor != row).then(|| self.labels[anchor] == self.labels[row])
    }

    /// A mask, N×(N+M), of the pairs of anchor and row that `wanted` picks, and their number.
    pub fn mask(&self, mut wanted: impl FnMut(usize, usize) -> bool) -> (Tensor<B, 2, Bool>, usize) {
        let (n, rows) = (self.anchors, self.labels.len());
        let mask: Vec<bool> = (0..n * rows).map(|i| wanted(i / rows, i % rows)).collect();
        let count = mask.iter().filter(|m| **m).count();
        (Tensor::from_data(TensorData::new(mask, [n, rows]), &self.unit.device()), count)
    }
}

/// Indices as a tensor.
pub(super) fn indices<B: Backend>(rows: impl Iterator<Item = usize>, device: &B::Device) -> Tensor<B, 1, Int> {
    let rows: Vec<i32> = rows.map(|r| r as i32).collect();
    let n = rows.len();
    Tensor::from_data(TensorData::new(rows, [n]), device)
}

/// Values of a tensor, row by row, where decisions are taken.
pub(super) fn to_host<B: Backend>(values: Tensor<B, 2>) -> Vec<f32> {
    values.into_data().convert::<f32>().into_vec().expect("converted to f32 just now")
}
