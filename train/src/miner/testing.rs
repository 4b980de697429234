//! What the tests of the miners share.

use std::collections::BTreeSet;

use dnc_core::distance::squared_euclidean;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::Triplets;

/// Embeddings of unit length, their width, and identities of unequal size, lone ones among them.
pub fn random_batches() -> Vec<(Vec<f32>, usize, Vec<u32>)> {
    let mut rng = ChaCha8Rng::seed_from_u64(17);
    let mut batch = |case: usize| {
        let (rows, dim) = (5 + case, 2 + case % 7);
        let mut unit: Vec<f32> = (0..rows * dim).map(|_| rng.random_range(-1.0..1.0)).collect();
        for row in unit.chunks_exact_mut(dim) {
            let norm = row.iter().map(|x| x * x).sum::<f32>().sqrt();
            row.iter_mut().for_each(|x| *x /= norm);
        }
        let labels = (0..rows).map(|_| rng.random_range(0..1 + rows as u32 / 3)).collect();
        (unit, dim, labels)
    };
    (0..30).map(&mut batch).collect()
}

pub fn distance(unit: &[f32], dim: usize, a: usize, b: usize) -> f32 {
    squared_euclidean(&unit[a * dim..][..dim], &unit[b * dim..][..dim]).sqrt()
}

/// Every anchor–positive pair of an anchor with a negative is there once, with a negative of its own anchor.
#[track_caller]
pub fn check_triplets(t: &Triplets, labels: &[u32]) {
    let n = labels.len();
    let pairs: BTreeSet<(usize, usize)> = (0..n)
        .filter(|&a| labels.iter().any(|l| *l != labels[a]))
        .flat_map(|a| (0..n).filter(move |&p| p != a && labels[p] == labels[a]).map(move |p| (a, p)))
        .collect();
    assert_eq!(t.len(), pairs.len());
    let found: BTreeSet<(usize, usize)> = t.anchors.iter().copied().zip(t.positives.iter().copied()).collect();
    assert_eq!(found, pairs);
    for (a, negative) in t.anchors.iter().zip(&t.negatives) {
        assert_ne!(labels[*a], labels[*negative], "a positive as negative of {a}");
    }
}
