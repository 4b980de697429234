//! The nearest rows of every row.

use crate::metrics::scorer::squared_norms;
use crate::metrics::{Euclidean, map_queries};
use crate::search::{Hit, top_of};

/// The k nearest rows of every row, itself first, and how far the farthest is.
#[derive(Debug)]
pub struct Neighbours {
    /// rows × k, nearest first; equal distances in row order.
    nearest: Vec<u32>,
    k: usize,
    farthest: Vec<f32>,
}

impl Neighbours {
    /// By Euclidean distance; fewer than `k` where there are fewer rows.
    pub fn of(rows: &[f32], dim: usize, k: usize) -> Self {
        let norms = squared_norms(rows, dim);
        let k = k.min(norms.len());
        let found = map_queries(&Euclidean::new(rows, rows, dim), |i, scores| {
            // Its own distance is 0, which rounding must not change.
            let own = |(row, score): (usize, &f32)| Hit { row, score: if row == i { f32::INFINITY } else { *score } };
            let nearest: Vec<u32> =
                top_of(scores.iter().enumerate().map(own), k).iter().map(|hit| hit.row as u32).collect();
            let lowest = scores.iter().copied().fold(norms[i], f32::min);
            // All rows equal: any divisor keeps their distance 0.
            let farthest = norms[i] - lowest;
            (nearest, if farthest > 0.0 { farthest } else { 1.0 })
        });
        let (nearest, farthest): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        Self { nearest: nearest.concat(), k, farthest }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.farthest.len()
    }

    /// The `n` nearest of row `i`; as many as there are where they are fewer.
    pub fn nearest(&self, i: u32, n: usize) -> &[u32] {
        &self.nearest[i as usize * self.k..][..n.min(self.k)]
    }

    /// Largest squared distance of row `i` to any other, above 0.
    pub fn farthest(&self, i: usize) -> f32 {
        self.farthest[i]
    }

    /// All of them.
    pub fn into_farthest(self) -> Vec<f32> {
        self.farthest
    }
}
