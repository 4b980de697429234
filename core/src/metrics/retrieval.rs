//! Recall@k, mean average precision, CMC and mINP: means over queries.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Labelled;
use super::query::{QueryScores, score_by_distance};

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

/// Share of queries with a relevant row among the k nearest; 0 without queries.
fn recall_at(queries: &[QueryScores], k: usize) -> f64 {
    let hits = queries.iter().filter(|q| q.first.is_some_and(|rank| rank <= k)).count();
    if queries.is_empty() { 0.0 } else { hits as f64 / queries.len() as f64 }
}

/// Mean over the queries that have a match; 0 where none has.
fn mean_with_match(queries: &[QueryScores], value: impl Fn(&QueryScores) -> f64) -> f64 {
    let (sum, n) = queries.iter().filter(|q| q.relevant > 0).fold((0.0, 0usize), |(sum, n), q| (sum + value(q), n + 1));
    if n == 0 { 0.0 } else { sum / n as f64 }
}

impl RetrievalScores {
    /// Means over `queries`, recall at each of `ks`.
    pub fn of(queries: &[QueryScores], ks: &[usize]) -> Self {
        Self {
            queries: queries.len(),
            queries_with_match: queries.iter().filter(|q| q.relevant > 0).count(),
            recall: ks.iter().map(|&k| (k, recall_at(queries, k))).collect(),
            map: mean_with_match(queries, |q| q.average_precision),
            map_at_r: mean_with_match(queries, |q| q.precision_at_r),
        }
    }
}

/// Cumulative matching characteristic: share of queries whose first relevant row stands at rank 1, at most 2, …
/// at most `ranks`, in \[0, 1\]. A query without a match is a miss at every rank, as in recall.
pub fn cmc(queries: &[QueryScores], ranks: usize) -> Vec<f64> {
    (1..=ranks).map(|rank| recall_at(queries, rank)).collect()
}

/// Mean inverse negative penalty (Ye et al., TPAMI 2021), in \[0, 1\]: how early the *hardest* match is found.
/// Over the queries that have a match.
pub fn minp(queries: &[QueryScores]) -> f64 {
    mean_with_match(queries, |q| q.inverse_negative_penalty)
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
    RetrievalScores::of(&score_by_distance(queries, gallery, ignore), ks)
}

/// Every row is a query against all others.
pub fn leave_one_out(set: Labelled<'_>, ks: &[usize]) -> RetrievalScores {
    retrieval(set, set, ks, |query, row| query == row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_leave_out_queries_without_a_match_and_recall_does_not() {
        let queries = [&[1, 4][..], &[2], &[]].map(QueryScores::from_ranks);
        let scores = RetrievalScores::of(&queries, &[1, 2]);
        assert_eq!((scores.queries, scores.queries_with_match), (3, 2));
        assert_eq!((scores.recall[&1], scores.recall[&2]), (1.0 / 3.0, 2.0 / 3.0));
        assert_eq!((scores.map, scores.map_at_r), ((0.75 + 0.5) / 2.0, (0.5 + 0.0) / 2.0));
        assert_eq!(minp(&queries), (2.0 / 4.0 + 1.0 / 2.0) / 2.0);
        assert_eq!(cmc(&queries, 3), [1.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0]);
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
    fn edge_cases_have_scores() {
        let e = [0.0, f32::NAN, 3.0, 0.2];
        let broken = leave_one_out(Labelled::new(&e, 1, &[1, 2, 1, 2]), &[1]);
        assert!(broken.map.is_finite());
        let none = leave_one_out(Labelled::new(&[], 1, &[]), &[1]);
        assert_eq!((none.queries, none.map, none.recall[&1]), (0, 0.0, 0.0));
        let one_identity = leave_one_out(Labelled::new(&[0.0, 1.0, 2.0], 1, &[4, 4, 4]), &[1]);
        assert_eq!((one_identity.map, one_identity.recall[&1]), (1.0, 1.0));
        let empty_gallery = retrieval(Labelled::new(&[0.5], 1, &[1]), Labelled::new(&[], 1, &[]), &[1], |_, _| false);
        assert_eq!((empty_gallery.queries, empty_gallery.queries_with_match, empty_gallery.recall[&1]), (1, 0, 0.0));
    }
}
