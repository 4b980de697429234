//! Scores of queries against a whole gallery, a block of queries at a time: memory grows with the gallery,
//! never with queries × gallery.

use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2, linalg::general_mat_mul};
use rayon::prelude::*;

use crate::distance::dot;

/// Score rows that one thread holds, in values: 32 MiB.
const HELD: usize = 8 << 20;
/// Queries of a block at most: enough to keep the matrix product busy with arithmetic, not with memory.
const MOST: usize = 128;

/// What orders a gallery for each query. A higher score is nearer.
pub trait Scorer: Sync {
    /// Number of queries.
    fn queries(&self) -> usize;

    /// Number of gallery rows.
    fn gallery(&self) -> usize;

    /// Writes the scores of the queries `block` into `out`: for each query one value for every gallery row.
    ///
    /// # Panics
    /// Where `block` is out of range or `out` is not block × gallery values long.
    fn score(&self, block: Range<usize>, out: &mut [f32]);
}

/// Dot products of queries and gallery rows.
#[derive(Debug, Clone, Copy)]
pub struct DotProducts<'a> {
    queries: &'a [f32],
    gallery: &'a [f32],
    dim: usize,
}

impl<'a> DotProducts<'a> {
    /// Of two row-major matrices of rows of `dim` values.
    ///
    /// # Panics
    /// Where `dim` is 0 or a matrix is no whole number of rows.
    pub fn new(queries: &'a [f32], gallery: &'a [f32], dim: usize) -> Self {
        assert!(dim > 0, "rows without values cannot be compared");
        assert!(queries.len().is_multiple_of(dim) && gallery.len().is_multiple_of(dim), "whole rows of {dim} values");
        Self { queries, gallery, dim }
    }
}

impl Scorer for DotProducts<'_> {
    fn queries(&self) -> usize {
        self.queries.len() / self.dim
    }

    fn gallery(&self) -> usize {
        self.gallery.len() / self.dim
    }

    // Each value is summed in an order that depends on `dim` alone, so equal rows have equal scores wherever
    // they stand: ties stay ties.
    fn score(&self, block: Range<usize>, out: &mut [f32]) {
        let rows = &self.queries[block.start * self.dim..block.end * self.dim];
        let view = |values, rows| ArrayView2::from_shape((rows, self.dim), values).expect("whole rows");
        let mut out = ArrayViewMut2::from_shape((block.len(), self.gallery()), out).expect("a value for each pair");
        general_mat_mul(1.0, &view(rows, block.len()), &view(self.gallery, self.gallery()).t(), 0.0, &mut out);
    }
}

/// Order by Euclidean distance: 2q·g − ‖g‖², which is −‖q − g‖² but for a term that is the same for the whole
/// gallery.
#[derive(Debug, Clone)]
pub struct Euclidean<'a> {
    products: DotProducts<'a>,
    squared_norms: Vec<f32>,
}

impl<'a> Euclidean<'a> {
    /// Of two row-major matrices of rows of `dim` values.
    ///
    /// # Panics
    /// As [`DotProducts::new`].
    pub fn new(queries: &'a [f32], gallery: &'a [f32], dim: usize) -> Self {
        let products = DotProducts::new(queries, gallery, dim);
        Self { products, squared_norms: squared_norms(gallery, dim) }
    }
}

impl Scorer for Euclidean<'_> {
    fn queries(&self) -> usize {
        self.products.queries()
    }

    fn gallery(&self) -> usize {
        self.products.gallery()
    }

    fn score(&self, block: Range<usize>, out: &mut [f32]) {
        self.products.score(block, out);
        for row in out.chunks_exact_mut(self.squared_norms.len().max(1)) {
            for (score, norm) in row.iter_mut().zip(&self.squared_norms) {
                *score = 2.0 * *score - norm;
            }
        }
    }
}

/// ‖row‖² of every row.
pub(crate) fn squared_norms(rows: &[f32], dim: usize) -> Vec<f32> {
    rows.par_chunks_exact(dim).map(|row| dot(row, row)).collect()
}

/// Blocks of queries that keep the scores of a block small and give every thread some.
fn blocks<S: Scorer>(scorer: &S) -> impl IndexedParallelIterator<Item = Range<usize>> + use<S> {
    let n = scorer.queries();
    let shared = n.div_ceil(4 * rayon::current_num_threads());
    let rows = (HELD / scorer.gallery().max(1)).clamp(1, MOST).min(shared.max(1));
    (0..n.div_ceil(rows)).into_par_iter().map(move |b| b * rows..((b + 1) * rows).min(n))
}

/// `f(query, scores of all gallery rows)` for each query, in order.
pub fn map_queries<T: Send>(scorer: &impl Scorer, f: impl Fn(usize, &[f32]) -> T + Sync) -> Vec<T> {
    let width = scorer.gallery();
    let nested: Vec<Vec<T>> = blocks(scorer)
        .map_init(Vec::new, |scores, block| {
            scores.resize(block.len() * width, 0.0);
            scorer.score(block.clone(), scores);
            block.clone().map(|q| f(q, &scores[(q - block.start) * width..][..width])).collect()
        })
        .collect();
    nested.into_iter().flatten().collect()
}

/// Counts over all queries: `count(accumulator, query, scores of all gallery rows)`, accumulators put together
/// by `merge` in no fixed order.
pub(crate) fn fold_queries<T: Send>(
    scorer: &impl Scorer,
    new: impl Fn() -> T + Sync + Send,
    count: impl Fn(&mut T, usize, &[f32]) + Sync,
    merge: impl Fn(T, T) -> T + Sync + Send,
) -> T {
    let width = scorer.gallery();
    blocks(scorer)
        .fold(
            || (new(), Vec::new()),
            |(mut counts, mut scores), block| {
                scores.resize(block.len() * width, 0.0);
                scorer.score(block.clone(), &mut scores);
                for q in block.clone() {
                    count(&mut counts, q, &scores[(q - block.start) * width..][..width]);
                }
                (counts, scores)
            },
        )
        .map(|(counts, _)| counts)
        .reduce(&new, merge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::test_support::random_rows;

    #[test]
    fn every_query_gets_the_scores_of_every_row_in_order() {
        for (queries, gallery, dim) in [(1, 1, 1), (300, 7, 5), (13, 150, 33), (5, 0, 4), (0, 5, 4)] {
            let (q, g) = (random_rows(queries, dim, 1), random_rows(gallery, dim, 2));
            let found = map_queries(&Euclidean::new(&q, &g, dim), |query, row| (query, row.to_vec()));
            assert_eq!(found.len(), queries);
            for (i, (query, row)) in found.into_iter().enumerate() {
                assert_eq!((query, row.len()), (i, gallery));
                for (j, score) in row.into_iter().enumerate() {
                    let (a, b) = (&q[i * dim..][..dim], &g[j * dim..][..dim]);
                    let slow: f32 = a.iter().zip(b).map(|(x, y)| 2.0 * x * y - y * y).sum();
                    assert!((score - slow).abs() < 1e-4, "{queries} × {gallery} × {dim}: {score}, {slow}");
                }
            }
        }
    }

    #[test]
    fn equal_rows_tie_wherever_they_stand() {
        let row = random_rows(1, 517, 3);
        let gallery: Vec<f32> = std::iter::repeat_n(&row, 45).flatten().copied().collect();
        let queries = random_rows(130, 517, 4);
        for row in map_queries(&DotProducts::new(&queries, &gallery, 517), |_, row| row.to_vec()) {
            assert!(row.iter().all(|score| *score == row[0]));
        }
    }
}
