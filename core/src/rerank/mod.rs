//! k-reciprocal re-ranking (Zhong et al., CVPR 2017), sparse: memory grows with the number of rows, never with
//! its square.
//!
//! The steps are those of the authors' published code, from which the figures of the papers come: distances are
//! squared and divided by the largest of their row; a row counts among its own neighbours; a candidate's set
//! joins where *more* than two thirds of it are shared (the paper writes *at least*).

mod neighbours;
mod sparse;

#[cfg(test)]
mod tests;

use std::ops::Range;

use rayon::prelude::*;

use crate::distance::squared_euclidean;
use crate::metrics::{Euclidean, Scorer};
use neighbours::Neighbours;
use sparse::Sparse;

/// Settings of the re-ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KReciprocal {
    /// Neighbours that must name each other (20 in the paper).
    pub k1: usize,
    /// Nearest rows over whose sets each set is averaged (6 in the paper); 1 averages nothing.
    pub k2: usize,
    /// Weight of the original distance beside the Jaccard distance, in \[0, 1\] (0.3 in the paper).
    pub lambda: f32,
}

impl Default for KReciprocal {
    fn default() -> Self {
        Self { k1: 20, k2: 6, lambda: 0.3 }
    }
}

/// Rows (queries and gallery together) with their weighted k-reciprocal sets.
#[derive(Debug)]
pub struct ReciprocalSets<'a> {
    rows: &'a [f32],
    dim: usize,
    lambda: f32,
    /// Largest squared distance of each row to any other.
    farthest: Vec<f32>,
    /// Weights of the rows in each row's set, V of the paper.
    weights: Sparse,
}

impl KReciprocal {
    /// Finds the sets of all `rows` (row-major, `dim` values each): one pass over all pairs of rows.
    ///
    /// # Panics
    /// Where `dim` is 0 or `rows` is no whole number of rows.
    pub fn sets<'a>(&self, rows: &'a [f32], dim: usize) -> ReciprocalSets<'a> {
        let neighbours = Neighbours::of(rows, dim, (self.k1 + 1).max(self.k2));
        let row = |i: u32| &rows[i as usize * dim..][..dim];
        let one = |i: usize| {
            let set = reciprocal_set(&neighbours, i as u32, self.k1);
            // exp(−d), and the whole set sums to 1.
            let weight = |&j: &u32| {
                let d = squared_euclidean(row(i as u32), row(j)) / neighbours.farthest(i);
                (j, (-d).exp())
            };
            let weighted: Vec<(u32, f32)> = set.iter().map(weight).collect();
            let sum: f32 = weighted.iter().map(|(_, w)| w).sum();
            weighted.into_iter().map(|(j, w)| (j, w / sum)).collect::<Vec<_>>()
        };
        let weights: Vec<_> = (0..neighbours.rows()).into_par_iter().map(one).collect();
        let mut weights = Sparse::from_rows(weights);
        if self.k2 > 1 {
            let averaged = |i: usize| weights.mean_of(neighbours.nearest(i as u32, self.k2));
            weights = Sparse::from_rows((0..neighbours.rows()).into_par_iter().map(averaged).collect());
        }
        ReciprocalSets { rows, dim, lambda: self.lambda, farthest: neighbours.into_farthest(), weights }
    }
}

/// The k-reciprocal neighbours of row `i`, and those of each of them where the two sets are much the same
/// (R* of the paper, equation 5); ascending.
fn reciprocal_set(neighbours: &Neighbours, i: u32, k1: usize) -> Vec<u32> {
    let reciprocal = |i: u32, k: usize| -> Vec<u32> {
        let names_it = |j: &&u32| neighbours.nearest(**j, k + 1).contains(&i);
        neighbours.nearest(i, k + 1).iter().filter(names_it).copied().collect()
    };
    let own = reciprocal(i, k1);
    let mut all = own.clone();
    for &candidate in &own {
        // Python rounds halves to even.
        let theirs = reciprocal(candidate, (k1 as f64 / 2.0).round_ties_even() as usize);
        let shared = theirs.iter().filter(|j| own.contains(j)).count();
        if 3 * shared > 2 * theirs.len() {
            all.extend(theirs);
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

impl ReciprocalSets<'_> {
    /// Scores of the rows `queries` against the rows `gallery`: −((1 − λ)·Jaccard distance + λ·original
    /// distance).
    ///
    /// # Panics
    /// Where an index is no row.
    pub fn scorer(&self, queries: &[u32], gallery: &[u32]) -> Reranked<'_> {
        let pick = |of: &[u32]| -> Vec<f32> {
            of.iter().flat_map(|&i| &self.rows[i as usize * self.dim..][..self.dim]).copied().collect()
        };
        Reranked {
            sets: self,
            query_rows: pick(queries),
            gallery_rows: pick(gallery),
            queries: queries.to_vec(),
            holders: self.weights.transposed(gallery),
        }
    }
}

/// Queries and gallery in the order of the re-ranked distance.
#[derive(Debug)]
pub struct Reranked<'a> {
    sets: &'a ReciprocalSets<'a>,
    query_rows: Vec<f32>,
    gallery_rows: Vec<f32>,
    queries: Vec<u32>,
    /// For each row the gallery positions whose sets hold it, with its weight there.
    holders: Sparse,
}

impl Scorer for Reranked<'_> {
    fn queries(&self) -> usize {
        self.queries.len()
    }

    fn gallery(&self) -> usize {
        self.gallery_rows.len() / self.sets.dim
    }

    fn score(&self, block: Range<usize>, out: &mut [f32]) {
        let (dim, lambda) = (self.sets.dim, self.sets.lambda);
        let rows = &self.query_rows[block.start * dim..block.end * dim];
        Euclidean::new(rows, &self.gallery_rows, dim).score(0..block.len(), out);
        let mut shared = vec![0.0f32; self.gallery()];
        for (at, q) in block.enumerate() {
            // Σ min(V(query), V(row)): only rows whose sets meet the query's are touched.
            shared.fill(0.0);
            for (held, weight) in self.sets.weights.row(self.queries[q] as usize) {
                for (position, theirs) in self.holders.row(held as usize) {
                    shared[position as usize] += weight.min(theirs);
                }
            }
            let query = &rows[at * dim..][..dim];
            let (norm, farthest) = (crate::distance::dot(query, query), self.sets.farthest[self.queries[q] as usize]);
            for (score, shared) in out[at * shared.len()..][..shared.len()].iter_mut().zip(&shared) {
                let original = (norm - *score).max(0.0) / farthest;
                let jaccard = 1.0 - shared / (2.0 - shared);
                *score = -((1.0 - lambda) * jaccard + lambda * original);
            }
        }
    }
}
