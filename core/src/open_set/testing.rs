//! Embeddings of the tests.

use crate::normalize::l2_normalize;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// Identities as directions in 16 dimensions, five views each with some jitter.
pub fn set(identities: u32, jitter: f32) -> (Vec<f32>, Vec<u32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let (mut rows, mut labels) = (Vec::new(), Vec::new());
    for identity in 0..identities {
        let centre: Vec<f32> = (0..16).map(|_| rng.random_range(-1.0..1.0)).collect();
        for _ in 0..5 {
            let mut row: Vec<f32> = centre.iter().map(|c| c + rng.random_range(-jitter..jitter)).collect();
            l2_normalize(&mut row);
            rows.extend(row);
            labels.push(identity);
        }
    }
    (rows, labels)
}
