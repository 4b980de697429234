//! What the ranking of one query is worth: the parts that recall, CMC, mAP, mAP@R and mINP are means of.

use super::Labelled;
use super::scorer::{Euclidean, Scorer, map_queries};

/// One query's ranking. Of a query without a relevant row in its gallery all values are 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueryScores {
    /// Relevant rows, R.
    pub relevant: usize,
    /// Rank of the first relevant row, from 1; `None` where there is none.
    pub first: Option<usize>,
    /// Mean of the precisions at the ranks of the relevant rows, in \[0, 1\].
    pub average_precision: f64,
    /// The same sum over ranks up to R only, divided by R (MAP@R is its mean; Musgrave et al., ECCV 2020,
    /// section 3.2), in \[0, 1\].
    pub precision_at_r: f64,
    /// Inverse negative penalty: R by the rank of the last relevant row (Ye et al., TPAMI 2021, section 4.2),
    /// in \[0, 1\].
    pub inverse_negative_penalty: f64,
}

impl QueryScores {
    /// From the ranks (counted from 1, ascending) of the relevant rows.
    pub fn from_ranks(ranks: &[usize]) -> Self {
        let r = ranks.len();
        let precision = |(i, rank): (usize, &usize)| (i + 1) as f64 / *rank as f64;
        let share = |sum: f64| sum / r.max(1) as f64;
        Self {
            relevant: r,
            first: ranks.first().copied(),
            average_precision: share(ranks.iter().enumerate().map(precision).sum()),
            precision_at_r: share(ranks.iter().enumerate().filter(|(_, rank)| **rank <= r).map(precision).sum()),
            inverse_negative_penalty: ranks.last().map_or(0.0, |last| r as f64 / *last as f64),
        }
    }
}

/// Ranks (from 1) of the relevant rows of one query, nearest first. Equal scores stand in row order; a score
/// that is not a number stands last, so that a broken embedding never ranks high.
fn relevant_ranks(scores: &[f32], is_relevant: impl Fn(usize) -> bool, ignore: impl Fn(usize) -> bool) -> Vec<usize> {
    let key = |row: usize| (if scores[row].is_nan() { f32::NEG_INFINITY } else { scores[row] }, row);
    let order = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    let mut relevant: Vec<(f32, usize)> =
        (0..scores.len()).filter(|&row| is_relevant(row) && !ignore(row)).map(key).collect();
    relevant.sort_unstable_by(order);
    let Some(&(lowest, _)) = relevant.last() else { return Vec::new() };
    // How many other rows stand before each relevant one: each row is filed before the first relevant row
    // that it precedes, so one pass and one running sum give all ranks. Most rows lie behind all of them.
    let mut before = vec![0usize; relevant.len() + 1];
    for (row, score) in scores.iter().enumerate() {
        if *score >= lowest && !is_relevant(row) && !ignore(row) {
            let other = key(row);
            before[relevant.partition_point(|r| order(r, &other).is_lt())] += 1;
        }
    }
    if lowest == f32::NEG_INFINITY {
        // The comparison above passed over rows that are not numbers; they tie with the lowest.
        for row in (0..scores.len()).filter(|&row| scores[row].is_nan() && !is_relevant(row) && !ignore(row)) {
            before[relevant.partition_point(|r| order(r, &key(row)).is_lt())] += 1;
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

/// Ranks the gallery for each query by `scorer`. Rows for which `ignore(query, row)` answers true take no
/// part in that query's ranking nor in its ground truth (the query itself, a view of the same identity by the
/// same camera).
///
/// # Panics
/// Where there is not a label for each query and each gallery row.
pub fn score_queries(
    scorer: &impl Scorer,
    query_labels: &[u32],
    gallery_labels: &[u32],
    ignore: impl Fn(usize, usize) -> bool + Sync,
) -> Vec<QueryScores> {
    let (queries, gallery) = (scorer.queries(), scorer.gallery());
    assert_eq!((query_labels.len(), gallery_labels.len()), (queries, gallery), "a label for each row");
    map_queries(scorer, |q, scores| {
        let is_relevant = |row: usize| gallery_labels[row] == query_labels[q];
        QueryScores::from_ranks(&relevant_ranks(scores, is_relevant, |row| ignore(q, row)))
    })
}

/// [`score_queries`] by Euclidean distance.
///
/// # Panics
/// Where the widths of queries and gallery differ.
pub fn score_by_distance(
    queries: Labelled<'_>,
    gallery: Labelled<'_>,
    ignore: impl Fn(usize, usize) -> bool + Sync,
) -> Vec<QueryScores> {
    assert_eq!(queries.dim, gallery.dim, "queries and gallery have one width");
    let scorer = Euclidean::new(queries.embeddings, gallery.embeddings, queries.dim);
    score_queries(&scorer, queries.labels, gallery.labels, ignore)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::test_support::{random_labels, random_steps};

    /// The definitions, with a full stable sort of each query's gallery and a running count.
    fn slow(q: Labelled<'_>, g: Labelled<'_>, ignore: impl Fn(usize, usize) -> bool) -> Vec<QueryScores> {
        (0..q.labels.len())
            .map(|i| {
                let mut rows: Vec<usize> = (0..g.labels.len()).filter(|row| !ignore(i, *row)).collect();
                let d = |row: usize| crate::distance::squared_euclidean(q.row(i), g.row(row));
                rows.sort_by(|a, b| d(*a).total_cmp(&d(*b)));
                let hits: Vec<bool> = rows.iter().map(|row| g.labels[*row] == q.labels[i]).collect();
                let r = hits.iter().filter(|h| **h).count();
                let (mut seen, mut ap, mut at_r, mut inp) = (0.0, 0.0, 0.0, 0.0);
                for (rank, _) in hits.iter().enumerate().filter(|(_, hit)| **hit) {
                    seen += 1.0;
                    let precision = seen / (rank + 1) as f64 / r as f64;
                    ap += precision;
                    at_r += if rank < r { precision } else { 0.0 };
                    inp = r as f64 / (rank + 1) as f64;
                }
                QueryScores {
                    relevant: r,
                    first: hits.iter().position(|h| *h).map(|rank| rank + 1),
                    average_precision: ap,
                    precision_at_r: at_r,
                    inverse_negative_penalty: inp,
                }
            })
            .collect()
    }

    #[test]
    fn equals_the_definitions_with_ties_and_ignored_rows() {
        let mut ties = 0;
        for case in 0..60 {
            let (queries, gallery, dim) = (1 + case % 7, case * 2, 1 + case % 5);
            // Whole numbers, so that many distances tie and sums are exact in any order.
            let (q, g) = (random_steps(queries, dim, case as u64), random_steps(gallery, dim, 1000 + case as u64));
            let (ql, gl) = (random_labels(queries, 4, case as u64), random_labels(gallery, 4, 7 + case as u64));
            let (q, g) = (Labelled::new(&q, dim, &ql), Labelled::new(&g, dim, &gl));
            let ignore = |query: usize, row: usize| (query + row).is_multiple_of(5);
            let (fast, slow) = (score_by_distance(q, g, ignore), slow(q, g, ignore));
            for (f, s) in fast.iter().zip(&slow) {
                assert_eq!((f.relevant, f.first), (s.relevant, s.first), "case {case}");
                let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
                assert!(close(f.average_precision, s.average_precision), "case {case}: {f:?} {s:?}");
                assert!(close(f.precision_at_r, s.precision_at_r), "case {case}: {f:?} {s:?}");
                assert!(close(f.inverse_negative_penalty, s.inverse_negative_penalty), "case {case}: {f:?} {s:?}");
            }
            ties += slow.iter().filter(|s| s.relevant == 0).count();
        }
        assert!(ties > 0, "some query had no match");
    }

    #[test]
    fn a_worked_example() {
        // Relevant rows at ranks 1, 3 and 6: AP = (1/1 + 2/3 + 3/6)/3; up to R = 3: (1/1 + 2/3)/3; INP = 3/6.
        let s = QueryScores::from_ranks(&[1, 3, 6]);
        assert!((s.average_precision - 13.0 / 18.0).abs() < 1e-12);
        assert!((s.precision_at_r - 5.0 / 9.0).abs() < 1e-12);
        assert_eq!((s.inverse_negative_penalty, s.first, s.relevant), (0.5, Some(1), 3));
        let none = QueryScores::from_ranks(&[]);
        assert_eq!((none.first, none.average_precision, none.inverse_negative_penalty), (None, 0.0, 0.0));
    }

    #[test]
    fn what_is_not_a_number_ranks_last_in_row_order() {
        let nan = f32::NAN;
        let ranks = |scores: &[f32], relevant: &[usize]| relevant_ranks(scores, |r| relevant.contains(&r), |_| false);
        assert_eq!(ranks(&[nan, 0.1, nan, 0.3], &[0]), [3]);
        assert_eq!(ranks(&[nan, 0.1, nan, 0.3], &[2]), [4]);
        assert_eq!(ranks(&[nan, f32::NEG_INFINITY, 0.3], &[2]), [1]);
        assert_eq!(ranks(&[nan, f32::NEG_INFINITY, 0.3], &[1]), [3], "ties with what is not a number");
    }
}
