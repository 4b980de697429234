//! Random inputs of the tests.

use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

/// Rows of values in [-1, 1].
pub fn random_rows(rows: usize, dim: usize, seed: u64) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..rows * dim).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Rows of few whole numbers: many rows tie, and their sums are exact in any order.
pub fn random_steps(rows: usize, dim: usize, seed: u64) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..rows * dim).map(|_| rng.random_range(-2..=2) as f32).collect()
}

/// Labels below `identities`.
pub fn random_labels(rows: usize, identities: u32, seed: u64) -> Vec<u32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..rows).map(|_| rng.random_range(0..identities)).collect()
}
