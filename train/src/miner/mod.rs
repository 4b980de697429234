//! Choosing triplets from a batch.

mod distance_cutoff;

pub use distance_cutoff::DistanceCutoff;

/// Anchor, positive and negative of each triplet, as rows of the batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Triplets {
    /// Row of each anchor.
    pub anchors: Vec<usize>,
    /// Row of the same identity.
    pub positives: Vec<usize>,
    /// Row of another identity.
    pub negatives: Vec<usize>,
}

impl Triplets {
    /// Number of triplets.
    pub fn len(&self) -> usize {
        self.anchors.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }
}

/// A way to choose triplets.
pub trait Miner: Send + Sync {
    /// Triplets of a batch: `unit` holds its embeddings row by row, `dim` values each, of unit length;
    /// `labels` their identities. `seed` feeds miners that draw.
    fn mine(&self, unit: &[f32], dim: usize, labels: &[u32], seed: u64) -> Triplets;
}
