//! All that a ranking is reported by, and its spread over repeated draws.

use super::query::QueryScores;
use super::retrieval::{RetrievalScores, cmc, minp};

/// Scores of one run of queries against a gallery.
#[derive(Debug, Clone, PartialEq)]
pub struct RankingScores {
    /// Recall@k, mAP and mAP@R.
    pub retrieval: RetrievalScores,
    /// Mean inverse negative penalty, in \[0, 1\].
    pub minp: f64,
    /// Cumulative matching characteristic at ranks 1, 2, …, in \[0, 1\].
    pub cmc: Vec<f64>,
}

impl RankingScores {
    /// Means over `queries`: recall at each of `ks`, CMC up to rank `ranks`.
    pub fn of(queries: &[QueryScores], ks: &[usize], ranks: usize) -> Self {
        Self { retrieval: RetrievalScores::of(queries, ks), minp: minp(queries), cmc: cmc(queries, ranks) }
    }

    /// Mean of each score over `draws`.
    ///
    /// # Panics
    /// Where there is no draw, or two have other ks or ranks.
    pub fn mean(draws: &[Self]) -> Self {
        Self::combined(draws, |values| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// Standard deviation of each score over `draws` (divided by their number less one); 0 of a single one.
    ///
    /// # Panics
    /// As [`mean`](Self::mean).
    pub fn deviation(draws: &[Self]) -> Self {
        Self::combined(draws, |values| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
            (squares / (values.len() - 1).max(1) as f64).sqrt()
        })
    }

    fn combined(draws: &[Self], f: impl Fn(&[f64]) -> f64) -> Self {
        let over = |value: &dyn Fn(&Self) -> f64| f(&draws.iter().map(value).collect::<Vec<_>>());
        let first = &draws[0];
        Self {
            retrieval: RetrievalScores {
                queries: first.retrieval.queries,
                queries_with_match: first.retrieval.queries_with_match,
                recall: first.retrieval.recall.keys().map(|k| (*k, over(&|d| d.retrieval.recall[k]))).collect(),
                map: over(&|d| d.retrieval.map),
                map_at_r: over(&|d| d.retrieval.map_at_r),
            },
            minp: over(&|d| d.minp),
            cmc: (0..first.cmc.len()).map(|rank| over(&|d| d.cmc[rank])).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_deviation_of_every_score() {
        let draw = |ranks: &[usize]| RankingScores::of(&[QueryScores::from_ranks(ranks)], &[1, 2], 3);
        let draws = [draw(&[1]), draw(&[2]), draw(&[4])];
        let (mean, deviation) = (RankingScores::mean(&draws), RankingScores::deviation(&draws));
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a}, {b}");
        close(mean.retrieval.map, (1.0 + 0.5 + 0.25) / 3.0);
        close(mean.minp, mean.retrieval.map);
        assert_eq!(mean.cmc, [1.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0]);
        close(mean.retrieval.recall[&2], 2.0 / 3.0);
        // 1, 0, 0: squares 4/9 + 1/9 + 1/9, by 2.
        close(deviation.retrieval.recall[&1], (1.0f64 / 3.0).sqrt());
        close(RankingScores::deviation(&draws[..1]).retrieval.map, 0.0);
    }
}
