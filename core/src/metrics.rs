//! Retrieval metrics over embeddings and labels, a query at a time: memory grows with the gallery, never
//! with queries × gallery.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::distance::dot;

/// Rows of equal width, one embedding each, with the identity of each row.
#[derive(Debug, Clone, Copy)]
pub struct Labelled<'a> {
    /// Row-major embeddings, `labels.len()` × `dim`.
    pub embeddings: &'a [f32],
    /// Values of one embedding.
    pub dim: usize,
    /// Identity of each row.
    pub labels: &'a [u32],
}

impl<'a> Labelled<'a> {
    /// Pairs embeddings with labels.
    ///
    /// # Panics
    /// Where the matrix does not have a row for each label.
    pub fn new(embeddings: &'a [f32], dim: usize, labels: &'a [u32]) -> Self {
        assert_eq!(embeddings.len(), dim * labels.len(), "one row of {dim} values for each label");
        Self { embeddings, dim, labels }
    }

    /// Embedding of row `i`.
    pub fn row(&self, i: usize) -> &'a [f32] {
        &self.embeddings[i * self.dim..][..self.dim]
    }
}

/// Scores of a retrieval run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetrievalScores {
    /// Queries scored.
    pub queries: usize,
    /// Queries with at least one relevant row in the gallery. The others count as misses in `recall` and are
    /// left out of the two means.
    pub queries_with_match: usize,
    /// Share of queries with a relevant row among the k nearest, by k, in \[0, 1\].
    pub recall: BTreeMap<usize, f64>,
    /// Mean average precision over all relevant rows, in \[0, 1\].
    pub map: f64,
    /// Mean average precision at R, the number of relevant rows (Musgrave et al., ECCV 2020), in \[0, 1\].
    pub map_at_r: f64,
}

/// Ranks (from 1) of the relevant rows of one query, nearest first.
fn relevant_ranks(
    query: &[f32],
    label: u32,
    gallery: &Labelled<'_>,
    squared_norms: &[f32],
    ignore: impl Fn(usize) -> bool,
) -> Vec<usize> {
    // 2q·g − ‖g‖² orders as −‖q − g‖² does.
    let score = |row: usize| 2.0 * dot(query, gallery.row(row)) - squared_norms[row];
    let mut relevant: Vec<(f32, usize)> = (0..gallery.labels.len())
        .filter(|&row| gallery.labels[row] == label && !ignore(row))
        .map(|row| (score(row), row))
        .collect();
    // Nearest first; equal scores in row order, and NaN last so that a broken embedding never ranks high.
    let order = |a: &(f32, usize), b: &(f32, usize)| {
        let key = |s: f32| if s.is_nan() { f32::NEG_INFINITY } else { s };
        key(b.0).total_cmp(&key(a.0)).then(a.1.cmp(&b.1))
    };
    relevant.sort_unstable_by(order);
    // How many other rows stand before each relevant one: each row is filed before the first relevant row
    // that it precedes, so one pass and one running sum give all ranks.
    let mut before = vec![0usize; relevant.len() + 1];
    if !relevant.is_empty() {
        for row in 0..gallery.labels.len() {
            if gallery.labels[row] != label && !ignore(row) {
                let other = (score(row), row);
                before[relevant.partition_point(|r| order(r, &other).is_lt())] += 1;
            }
        }
    }
    let mut ahead = 0;
    before[..relevant.len()]
        .iter()
        .enumerate()
        .map(|(i, n)| {
            ahead += n;
            ahead + i + 1
        })
        .collect()
}

/// Scores `queries` against `gallery` by Euclidean distance. Rows for which `ignore(query, row)` answers
/// true take no part in that query's ranking nor in its ground truth (the query itself, a view of the same
/// identity by the same camera).
///
/// # Panics
/// Where the widths of queries and gallery differ.
pub fn retrieval(
    queries: Labelled<'_>,
    gallery: Labelled<'_>,
    ks: &[usize],
    ignore: impl Fn(usize, usize) -> bool + Sync,
) -> RetrievalScores {
    assert_eq!(queries.dim, gallery.dim, "queries and gallery have one width");
    let squared_norms: Vec<f32> = gallery.embeddings.chunks_exact(gallery.dim).map(|g| dot(g, g)).collect();
    struct PerQuery {
        first: Option<usize>,
        average_precision: f64,
        at_r: f64,
    }
    let per_query: Vec<PerQuery> = (0..queries.labels.len())
        .into_par_iter()
        .map(|q| {
            let ranks =
                relevant_ranks(queries.row(q), queries.labels[q], &gallery, &squared_norms, |row| ignore(q, row));
            let precision = |(i, rank): (usize, &usize)| (i + 1) as f64 / *rank as f64;
            let r = ranks.len();
            PerQuery {
                first: ranks.first().copied(),
                average_precision: ranks.iter().enumerate().map(precision).sum::<f64>() / r.max(1) as f64,
                at_r: ranks.iter().enumerate().filter(|(_, rank)| **rank <= r).map(precision).sum::<f64>()
                    / r.max(1) as f64,
            }
        })
        .collect();
    let n = per_query.len();
    let matched = per_query.iter().filter(|q| q.first.is_some()).count();
    let mean = |sum: f64| if matched == 0 { 0.0 } else { sum / matched as f64 };
    RetrievalScores {
        queries: n,
        queries_with_match: matched,
        recall: ks
            .iter()
            .map(|&k| {
                let hits = per_query.iter().filter(|q| q.first.is_some_and(|rank| rank <= k)).count();
                (k, if n == 0 { 0.0 } else { hits as f64 / n as f64 })
            })
            .collect(),
        map: mean(per_query.iter().map(|q| q.average_precision).sum()),
        map_at_r: mean(per_query.iter().map(|q| q.at_r).sum()),
    }
}

/// Every row is a query against all others.
pub fn leave_one_out(set: Labelled<'_>, ks: &[usize]) -> RetrievalScores {
    retrieval(set, set, ks, |query, row| query == row)
}

/// Normalised mutual information of two groupings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nmi {
    /// Divided by the arithmetic mean of the two entropies (scikit-learn's default).
    pub arithmetic: f64,
    /// Divided by their geometric mean.
    pub geometric: f64,
}

/// Normalised mutual information of two groupings of the same rows, in \[0, 1\]; 1 where both put all rows
/// in one group.
///
/// # Panics
/// Where the lengths differ.
pub fn nmi(a: &[u32], b: &[u32]) -> Nmi {
    assert_eq!(a.len(), b.len(), "two groupings of the same rows");
    let n = a.len() as f64;
    // Ordered maps: the sums then have one order, and the same input gives the same bits.
    let mut joint: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    let (mut of_a, mut of_b): (BTreeMap<u32, f64>, BTreeMap<u32, f64>) = Default::default();
    for (&x, &y) in a.iter().zip(b) {
        *joint.entry((x, y)).or_default() += 1.0;
        *of_a.entry(x).or_default() += 1.0;
        *of_b.entry(y).or_default() += 1.0;
    }
    let entropy = |counts: &BTreeMap<u32, f64>| counts.values().map(|c| -(c / n) * (c / n).ln()).sum::<f64>();
    let (ha, hb) = (entropy(&of_a), entropy(&of_b));
    let mutual: f64 = joint.iter().map(|((x, y), c)| c / n * (n * c / (of_a[x] * of_b[y])).ln()).sum();
    let by = |scale: f64| {
        if ha == 0.0 && hb == 0.0 {
            1.0
        } else if scale == 0.0 {
            0.0
        } else {
            (mutual / scale).clamp(0.0, 1.0)
        }
    };
    Nmi { arithmetic: by((ha + hb) / 2.0), geometric: by((ha * hb).sqrt()) }
}

/// Number of rows of each label.
pub fn label_counts(labels: &[u32]) -> HashMap<u32, usize> {
    let mut counts = HashMap::new();
    for label in labels {
        *counts.entry(*label).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    /// The definition, with a full sort for each query.
    fn slow(set: Labelled<'_>, ks: &[usize]) -> RetrievalScores {
        let n = set.labels.len();
        let (mut map, mut map_at_r, mut matched) = (0.0, 0.0, 0);
        let mut recall: BTreeMap<usize, f64> = ks.iter().map(|k| (*k, 0.0)).collect();
        for q in 0..n {
            let mut rest: Vec<usize> = (0..n).filter(|r| *r != q).collect();
            let d = |r: usize| crate::distance::squared_euclidean(set.row(q), set.row(r));
            rest.sort_by(|a, b| d(*a).total_cmp(&d(*b)));
            let hits: Vec<bool> = rest.iter().map(|r| set.labels[*r] == set.labels[q]).collect();
            let r = hits.iter().filter(|h| **h).count();
            for k in ks {
                if hits.iter().take(*k).any(|h| *h) {
                    *recall.get_mut(k).unwrap() += 1.0 / n as f64;
                }
            }
            if r == 0 {
                continue;
            }
            matched += 1;
            let mut seen = 0.0;
            for (i, hit) in hits.iter().enumerate() {
                if *hit {
                    seen += 1.0;
                    map += seen / (i + 1) as f64 / r as f64;
                    if i < r {
                        map_at_r += seen / (i + 1) as f64 / r as f64;
                    }
                }
            }
        }
        let (map, map_at_r) = (map / matched as f64, map_at_r / matched as f64);
        RetrievalScores { queries: n, queries_with_match: matched, recall, map, map_at_r }
    }

    #[test]
    fn equals_the_definition_on_random_sets() {
        let mut rng = rand::rngs::ChaCha8Rng::seed_from_u64(5);
        for case in 0..30 {
            let (n, dim) = (4 + case * 3, 2 + case % 7);
            let embeddings: Vec<f32> = (0..n * dim).map(|_| rng.random_range(-1.0..1.0)).collect();
            let labels: Vec<u32> = (0..n).map(|_| rng.random_range(0..(n as u32 / 3 + 1))).collect();
            let set = Labelled::new(&embeddings, dim, &labels);
            let (fast, slow) = (leave_one_out(set, &[1, 2, 5]), slow(set, &[1, 2, 5]));
            assert_eq!(fast.queries_with_match, slow.queries_with_match, "case {case}");
            assert!((fast.map - slow.map).abs() < 1e-9, "case {case}");
            assert!((fast.map_at_r - slow.map_at_r).abs() < 1e-9, "case {case}");
            for (k, v) in &slow.recall {
                assert!((fast.recall[k] - v).abs() < 1e-9, "case {case} recall@{k}");
            }
        }
    }

    #[test]
    fn ignored_rows_leave_ranking_and_truth() {
        // The query's own camera holds its nearest match; without it the stranger comes first.
        let gallery = [0.0, 0.1, 0.5];
        let query = [0.0];
        let q = Labelled::new(&query, 1, &[7]);
        let g = Labelled::new(&gallery, 1, &[7, 8, 7]);
        assert_eq!(retrieval(q, g, &[1], |_, _| false).recall[&1], 1.0);
        let scores = retrieval(q, g, &[1, 2], |_, row| row == 0);
        assert_eq!((scores.recall[&1], scores.recall[&2], scores.map), (0.0, 1.0, 0.5));
    }

    #[test]
    fn a_broken_embedding_ranks_last_and_an_empty_set_scores_zero() {
        let e = [0.0, f32::NAN, 3.0, 0.2];
        let scores = leave_one_out(Labelled::new(&e, 1, &[1, 2, 1, 2]), &[1]);
        assert!(scores.map.is_finite());
        let none = leave_one_out(Labelled::new(&[], 1, &[]), &[1]);
        assert_eq!((none.queries, none.map, none.recall[&1]), (0, 0.0, 0.0));
    }

    #[test]
    fn nmi_of_equal_and_independent_groupings() {
        let a = [0, 0, 1, 1];
        assert!((nmi(&a, &[5, 5, 3, 3]).arithmetic - 1.0).abs() < 1e-12);
        assert!(nmi(&a, &[0, 1, 0, 1]).geometric.abs() < 1e-12);
        assert_eq!(nmi(&[1, 1], &[2, 2]).arithmetic, 1.0);
        assert_eq!(nmi(&[1, 1], &[1, 2]).geometric, 0.0);
    }
}
