//! Whether one model retrieves worse than another on the same queries, and how sure that is.
//!
//! Queries of one identity are not independent: they share the object and each is the other's match. So whole
//! identities are drawn with replacement, each with all its queries (cluster bootstrap: Field and Welsh, JRSS B 69(3),
//! 2007), and the interval is read off the sorted results (percentile bootstrap: Efron and Tibshirani, *An
//! Introduction to the Bootstrap*, 1993, chapter 13).

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use serde::{Deserialize, Serialize};

use super::{Labelled, score_by_distance};

#[cfg(test)]
mod tests;

/// Resamples where nothing else is asked for: the ends of a 95 % interval then move by about a hundredth of its width
/// from seed to seed.
pub const RESAMPLES: usize = 10_000;

/// Points of recall@1 that a variant loses against a reference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairedDrop {
    /// 100 × (recall@1 of the reference − recall@1 of the variant); positive is a loss.
    pub drop: f64,
    /// Ends of its 95 % interval, points, the lower one first.
    pub interval: [f64; 2],
}

/// For each row of `set`, whether its nearest neighbour among all other rows has its identity: the mean is
/// [`leave_one_out`](super::leave_one_out)'s recall@1. The identity of each query is its label.
pub fn nearest_hits(set: Labelled<'_>) -> Vec<bool> {
    score_by_distance(set, set, |query, row| query == row).iter().map(|q| q.first == Some(1)).collect()
}

/// Compares the hits of a variant with those of a reference on the same queries; `identities` holds the identity of
/// each query. The same inputs and `seed` give the same interval on every machine.
///
/// Without queries, without resamples, or where no hit differs, drop and interval are 0. With one identity every
/// resample is the set itself: the interval is the drop and tells nothing of its spread. Time is `resamples` ×
/// identities, memory `resamples`.
///
/// # Panics
/// Where the three lists have different lengths.
pub fn paired_drop(
    reference: &[bool],
    variant: &[bool],
    identities: &[u32],
    resamples: usize,
    seed: u64,
) -> PairedDrop {
    assert_eq!(
        (reference.len(), variant.len()),
        (identities.len(), identities.len()),
        "one hit of the reference and one of the variant for each query"
    );
    // An identity counts by its sums alone, whatever is drawn.
    let mut of: BTreeMap<u32, Sums> = BTreeMap::new();
    for ((reference, variant), identity) in reference.iter().zip(variant).zip(identities) {
        let sums = of.entry(*identity).or_default();
        sums.lost += i64::from(*reference) - i64::from(*variant);
        sums.queries += 1;
    }
    let of: Vec<Sums> = of.into_values().collect();
    let drop = points(of.iter().copied());
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut drops: Vec<f64> = if of.is_empty() {
        Vec::new()
    } else {
        (0..resamples).map(|_| points((0..of.len()).map(|_| of[rng.random_range(0..of.len())]))).collect()
    };
    drops.sort_unstable_by(f64::total_cmp);
    let interval = [0.025, 0.975].map(|share| quantile(&drops, share).unwrap_or(drop));
    PairedDrop { drop, interval }
}

/// What the queries of one identity add up to.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// Hits of the reference less hits of the variant.
    lost: i64,
    /// Queries.
    queries: i64,
}

/// Points lost over all of `drawn`; 0 of none.
fn points(drawn: impl Iterator<Item = Sums>) -> f64 {
    let (lost, queries) = drawn.fold((0, 0), |(lost, queries), s| (lost + s.lost, queries + s.queries));
    100.0 * lost as f64 / queries.max(1) as f64
}

/// The value below which `share` of `sorted` lies, linear between two neighbours (Hyndman and Fan's type 7).
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let at = share * sorted.len().checked_sub(1)? as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    Some(low + (high - low) * at.fract())
}
