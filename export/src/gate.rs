//! The accuracy gate: what a variant loses against f32, on the same queries and with the same runtime.

use dnc_core::manifest::AgainstF32;
use dnc_core::metrics::{Labelled, RESAMPLES, leave_one_out, nearest_hits, paired_drop};

use crate::verify::mean_cosine;

/// Queries below which recall@1 is too coarse to be gated: half a point of 1,000 is five queries.
pub const FEWEST_QUERIES: usize = 1000;

/// Seed of the interval's resamples.
const SEED: u64 = 1;

/// What is allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Largest drop of recall@1, in points.
    pub max_drop: f64,
    /// Smallest mean cosine to the f32 embeddings.
    pub min_cosine: f64,
}

/// Compares a variant's embeddings of queries, each against all others, with the f32 variant's.
///
/// # Panics
/// Where the matrices have different sizes.
pub fn compare(
    f32_rows: &[f32],
    rows: &[f32],
    dim: usize,
    labels: &[u32],
    runtime: &str,
    limits: Limits,
) -> AgainstF32 {
    assert_eq!(f32_rows.len(), rows.len(), "embeddings of the same pictures");
    let (before, after) = (Labelled::new(f32_rows, dim, labels), Labelled::new(rows, dim, labels));
    let drop = paired_drop(&nearest_hits(before), &nearest_hits(after), labels, RESAMPLES, SEED);
    let [before, after] = [before, after].map(|set| leave_one_out(set, &[1]));
    let cosine = mean_cosine(f32_rows, rows, dim);
    AgainstF32 {
        runtime: runtime.to_owned(),
        queries: labels.len(),
        recall_at_1: after.recall[&1],
        f32_recall_at_1: before.recall[&1],
        map: after.map,
        f32_map: before.map,
        drop: drop.drop,
        interval: drop.interval,
        resamples: RESAMPLES,
        seed: SEED,
        mean_cosine: cosine,
        max_drop: limits.max_drop,
        min_cosine: limits.min_cosine,
        passed: drop.drop <= limits.max_drop && cosine >= limits.min_cosine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { max_drop: 0.5, min_cosine: 0.99 };

    #[test]
    fn the_same_rows_pass_and_scrambled_ones_do_not() {
        // Three identities of two views each, far apart.
        let rows: Vec<f32> = (0..6).flat_map(|i| [(i / 2) as f32, 1.0 + i as f32 * 0.01]).collect();
        let labels = [0, 0, 1, 1, 2, 2];
        let same = compare(&rows, &rows, 2, &labels, "tract", LIMITS);
        assert!(same.passed && same.drop == 0.0 && same.recall_at_1 == 1.0 && same.queries == 6, "{same:?}");
        assert!((same.mean_cosine - 1.0).abs() < 1e-6);
        // Two views of other identities change places: four of six queries fail.
        let mut swapped = rows.clone();
        (0..2).for_each(|value| swapped.swap(2 + value, 4 + value));
        let worse = compare(&rows, &swapped, 2, &labels, "tract", LIMITS);
        assert!(!worse.passed && worse.drop > 50.0 && worse.f32_recall_at_1 == 1.0, "{worse:?}");
        assert!(worse.interval[0] <= worse.drop && worse.drop <= worse.interval[1]);
    }

    #[test]
    fn turned_embeddings_fail_by_their_cosine() {
        let rows = [1.0, 0.0, 1.0, 0.1, 0.0, 1.0, 0.1, 1.0];
        let turned = [0.0, 1.0, -0.1, 1.0, -1.0, 0.0, -1.0, 0.1];
        let found = compare(&rows, &turned, 2, &[0, 0, 1, 1], "tract", LIMITS);
        assert_eq!(found.drop, 0.0, "who is nearest to whom is the same");
        assert!(!found.passed && found.mean_cosine.abs() < 1e-6, "{found:?}");
    }
}
