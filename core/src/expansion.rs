//! Query expansion: a query is replaced by a mean of itself and its nearest gallery rows.

use crate::EmbeddingLayout;
use crate::metrics::{DotProducts, map_queries};
use crate::normalize::group_normalize;
use crate::search::{Hit, top_of};

/// Average query expansion (Chum et al., ICCV 2007), or α-weighted (Radenović et al., TPAMI 2019, section 3.4).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueryExpansion {
    /// Gallery rows taken into the mean, beside the query itself.
    pub neighbours: usize,
    /// Each row is weighted by its similarity to the query to this power; 0 gives all the same weight.
    pub alpha: f32,
}

impl QueryExpansion {
    /// The queries expanded: q + Σ max(q·g, 0)^α g over its nearest rows, group-normalised again. Both matrices
    /// are row-major and group-normalised by `layout`. Rows for which `skip(query, row)` answers true are not
    /// taken: name the query's own picture there, and nothing that only the ground truth tells.
    ///
    /// # Panics
    /// Where a matrix is no whole number of rows of `layout`.
    pub fn expand(
        &self,
        queries: &[f32],
        gallery: &[f32],
        layout: &EmbeddingLayout,
        skip: impl Fn(usize, usize) -> bool + Sync,
    ) -> Vec<f32> {
        let dim = layout.dim();
        let expanded = map_queries(&DotProducts::new(queries, gallery, dim), |q, scores| {
            let hits = scores.iter().enumerate().filter(|(row, score)| !score.is_nan() && !skip(q, *row));
            let nearest = top_of(hits.map(|(row, score)| Hit { row, score: *score }), self.neighbours);
            let mut sum = queries[q * dim..][..dim].to_vec();
            for hit in nearest {
                let weight = (hit.score / layout.learners() as f32).max(0.0).powf(self.alpha);
                sum.iter_mut().zip(&gallery[hit.row * dim..]).for_each(|(s, g)| *s += weight * g);
            }
            group_normalize(&mut sum, layout);
            sum
        });
        expanded.concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::test_support::random_rows;

    fn normalized(rows: usize, layout: &EmbeddingLayout, seed: u64) -> Vec<f32> {
        let mut all = random_rows(rows, layout.dim(), seed);
        all.chunks_exact_mut(layout.dim()).for_each(|row| group_normalize(row, layout));
        all
    }

    #[test]
    fn equals_the_formula_over_a_full_sort() {
        let layout = EmbeddingLayout::new(6, 2).unwrap();
        let (queries, gallery) = (normalized(7, &layout, 1), normalized(20, &layout, 2));
        for (neighbours, alpha) in [(1, 0.0), (3, 0.0), (3, 3.0), (40, 1.0)] {
            let skip = |q: usize, row: usize| q == row;
            let found = QueryExpansion { neighbours, alpha }.expand(&queries, &gallery, &layout, skip);
            for (q, query) in queries.chunks_exact(6).enumerate() {
                let mut rows: Vec<(f32, &[f32])> = gallery
                    .chunks_exact(6)
                    .enumerate()
                    .filter(|(row, _)| *row != q)
                    .map(|(_, g)| (query.iter().zip(g).map(|(x, y)| x * y).sum::<f32>() / 2.0, g))
                    .collect();
                rows.sort_by(|a, b| b.0.total_cmp(&a.0));
                let mut expected = query.to_vec();
                for (similarity, g) in rows.iter().take(neighbours) {
                    let weight = if alpha == 0.0 { 1.0 } else { similarity.max(0.0).powf(alpha) };
                    expected.iter_mut().zip(*g).for_each(|(s, g)| *s += weight * g);
                }
                group_normalize(&mut expected, &layout);
                let close = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-5;
                assert!(expected.iter().zip(&found[q * 6..]).all(close), "{neighbours} {alpha} query {q}");
            }
        }
    }

    #[test]
    fn without_neighbours_a_query_stays_as_it_is() {
        let layout = EmbeddingLayout::new(4, 1).unwrap();
        let queries = normalized(3, &layout, 4);
        for gallery in [Vec::new(), normalized(5, &layout, 5)] {
            let found = QueryExpansion { neighbours: 0, alpha: 0.0 }.expand(&queries, &gallery, &layout, |_, _| false);
            assert!(queries.iter().zip(&found).all(|(a, b)| (a - b).abs() < 1e-6));
        }
    }
}
