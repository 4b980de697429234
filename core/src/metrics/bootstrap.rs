//! How sure a difference between two models is that answered the same queries.

use std::collections::BTreeMap;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// Drop of recall@1 from one model to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedDrop {
    /// Recall@1 that the second model loses, in points (hundredths); negative where it gains.
    pub drop: f64,
    /// 95 % interval of it, in points, lower end first.
    pub interval: [f64; 2],
}

/// Resamples that are usual for an interval (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter
/// 13).
pub const RESAMPLES: usize = 10_000;

/// Drop of recall@1 between two models, with the percentile bootstrap's interval.
///
/// `hits` has a pair for each query: whether the nearest row of the first and of the second model shares the query's
/// identity; `identities` has each query's. Pairs stay together, and whole identities are drawn, not queries: views of
/// one identity are right or wrong together, and an interval that took them for independent would be too narrow (cluster
/// bootstrap; Field and Welsh, JRSS B 2007). Without queries all values are 0.
///
/// # Panics
/// Where there is not an identity for each pair.
pub fn paired_drop(hits: &[(bool, bool)], identities: &[u32], resamples: usize, seed: u64) -> PairedDrop {
    assert_eq!(hits.len(), identities.len(), "an identity for each query");
    if hits.is_empty() {
        return PairedDrop { drop: 0.0, interval: [0.0; 2] };
    }
    // Of each identity: hits lost, and queries.
    let mut of_identity: BTreeMap<u32, (i64, i64)> = BTreeMap::new();
    for ((before, after), identity) in hits.iter().zip(identities) {
        let (lost, queries) = of_identity.entry(*identity).or_default();
        *lost += i64::from(*before) - i64::from(*after);
        *queries += 1;
    }
    let sums: Vec<(i64, i64)> = of_identity.into_values().collect();
    let points = |lost: i64, queries: i64| 100.0 * lost as f64 / queries as f64;
    let total = |drawn: &mut dyn Iterator<Item = (i64, i64)>| {
        let (lost, queries) = drawn.fold((0, 0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
        points(lost, queries)
    };
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut drops: Vec<f64> =
        (0..resamples).map(|_| total(&mut (0..sums.len()).map(|_| sums[rng.random_range(0..sums.len())]))).collect();
    drops.sort_by(f64::total_cmp);
    let drop = total(&mut sums.iter().copied());
    let at = |share: f64| drops.get(((drops.len() as f64 * share) as usize).min(drops.len().saturating_sub(1)));
    PairedDrop { drop, interval: [0.025, 0.975].map(|share| at(share).copied().unwrap_or(drop)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drop_is_the_difference_of_the_recalls() {
        let hits = [(true, false), (true, true), (false, true), (true, false), (false, false)];
        let drop = paired_drop(&hits, &[1, 2, 3, 4, 5], 2000, 1);
        assert!((drop.drop - 20.0).abs() < 1e-12, "3 of 5 to 2 of 5");
        assert!(drop.interval[0] < 0.0 && drop.interval[1] > 40.0, "{drop:?}");
        assert_eq!(drop, paired_drop(&hits, &[1, 2, 3, 4, 5], 2000, 1), "the seed alone decides");
    }

    #[test]
    fn equal_answers_leave_nothing_open() {
        let same = [(true, true), (false, false), (true, true)];
        assert_eq!(paired_drop(&same, &[1, 1, 2], 500, 1), PairedDrop { drop: 0.0, interval: [0.0; 2] });
        assert_eq!(paired_drop(&[], &[], 500, 1).interval, [0.0; 2]);
        let one = paired_drop(&[(true, false), (true, true)], &[7, 7], 500, 1);
        assert_eq!(one.interval, [50.0, 50.0], "one identity says nothing of others");
    }

    #[test]
    fn views_that_fail_together_widen_the_interval() {
        // 50 identities of eight views; all views of every fifth identity are lost.
        let identities: Vec<u32> = (0..400).map(|i| i / 8).collect();
        let hits: Vec<_> = identities.iter().map(|id| (true, id % 5 != 0)).collect();
        let together = paired_drop(&hits, &identities, 4000, 1);
        let apart = paired_drop(&hits, &(0..400).collect::<Vec<_>>(), 4000, 1);
        let width = |d: &PairedDrop| d.interval[1] - d.interval[0];
        assert_eq!(together.drop, apart.drop);
        // The standard error grows with the root of the views: √8.
        let ratio = width(&together) / width(&apart);
        assert!((ratio - 8f64.sqrt()).abs() < 0.4, "{ratio}");
        // ± 1.96 · √(p(1 − p)/n) of 20 % of 50 identities.
        let normal = 2.0 * 1.96 * 100.0 * (0.2f64 * 0.8 / 50.0).sqrt();
        assert!((width(&together) - normal).abs() < 0.15 * normal, "{together:?} {normal}");
    }
}
