//! Exact top-k search over a contiguous matrix of embeddings.

use crate::distance::dot;

/// One row of a search result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Row of the searched matrix.
    pub row: usize,
    /// Dot product of probe and row.
    pub score: f32,
}

/// The `k` rows of `matrix` (row-major, `dim` values a row) with the highest dot product with `probe`, best
/// first; equal scores in row order. Rows for which `skip` answers true are passed over.
///
/// # Panics
/// Where `probe` has not `dim` values or `matrix` is no whole number of rows.
pub fn top_k(matrix: &[f32], dim: usize, probe: &[f32], k: usize, skip: impl Fn(usize) -> bool) -> Vec<Hit> {
    assert_eq!(probe.len(), dim, "the probe has the gallery's width");
    assert_eq!(matrix.len() % dim, 0, "the matrix has whole rows");
    let mut best: Vec<Hit> = Vec::with_capacity(k + 1);
    for (row, values) in matrix.chunks_exact(dim).enumerate() {
        if k == 0 || skip(row) {
            continue;
        }
        let score = dot(values, probe);
        if best.len() == k && score <= best[k - 1].score {
            continue;
        }
        // Insertion from the end: almost every row stops at the first comparison.
        let at = best.iter().rposition(|hit| hit.score >= score).map_or(0, |p| p + 1);
        best.insert(at, Hit { row, score });
        best.truncate(k);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn equals_a_full_sort() {
        let mut rng = rand::rngs::ChaCha8Rng::seed_from_u64(3);
        for case in 0..50 {
            let (rows, dim, k) = (1 + case * 3, 1 + case % 9, 1 + case % 12);
            // Few distinct values, so that equal scores occur.
            let matrix: Vec<f32> = (0..rows * dim).map(|_| rng.random_range(-2..=2) as f32).collect();
            let probe: Vec<f32> = (0..dim).map(|_| rng.random_range(-2..=2) as f32).collect();
            let mut all: Vec<Hit> = (0..rows)
                .filter(|row| row % 5 != 4)
                .map(|row| Hit { row, score: dot(&matrix[row * dim..][..dim], &probe) })
                .collect();
            all.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.row.cmp(&b.row)));
            all.truncate(k);
            assert_eq!(top_k(&matrix, dim, &probe, k, |row| row % 5 == 4), all, "case {case}");
        }
    }
}
