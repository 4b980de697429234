//! Choosing triplets from a batch.

mod choice;
mod distance_cutoff;
mod distance_weighted;
mod distances;
mod hard;
mod semi_hard;
mod triplets;

pub use choice::{AnyMiner, MinerKind};
pub use distance_cutoff::DistanceCutoff;
pub use distance_weighted::DistanceWeighted;
pub use distances::Distances;
pub use hard::Hard;
pub use semi_hard::SemiHard;
pub use triplets::Triplets;

/// A way to choose triplets.
pub trait Miner: Send + Sync {
    /// Triplets of the anchors of `distances`, any of its rows as positives and negatives; `labels` are the rows'
    /// identities. An anchor without a positive or without a negative gets none. `seed` feeds miners that draw:
    /// the same seed gives the same triplets.
    fn choose(&self, distances: &Distances, labels: &[u32], seed: u64) -> Triplets;

    /// Triplets of a batch: `unit` holds its embeddings row by row, `dim` values each, of unit length; every row is
    /// an anchor.
    ///
    /// # Panics
    /// Where `unit` is not `dim` values for each label.
    fn mine(&self, unit: &[f32], dim: usize, labels: &[u32], seed: u64) -> Triplets {
        self.choose(&Distances::between(unit, dim, labels.len()), labels, seed)
    }
}

#[cfg(test)]
mod testing;
