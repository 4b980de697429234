use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::*;
use crate::metrics::leave_one_out;
use crate::metrics::test_support::{random_labels, random_rows};

/// Hits of two models that agree but for some queries, and the identity of each.
fn hits(identities: u32, seed: u64) -> (Vec<bool>, Vec<bool>, Vec<u32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let of: Vec<u32> = (0..identities).flat_map(|id| vec![id; rng.random_range(1..6)]).collect();
    let reference: Vec<bool> = of.iter().map(|_| rng.random_bool(0.7)).collect();
    let variant = reference.iter().map(|hit| if rng.random_bool(0.1) { !hit } else { *hit }).collect();
    (reference, variant, of)
}

#[test]
fn hits_are_recall_at_1() {
    for case in 0..20 {
        let rows = case as usize * 3;
        let (values, labels) = (random_rows(rows, 3, case), random_labels(rows, 6, case));
        let set = Labelled::new(&values, 3, &labels);
        let hits = nearest_hits(set);
        let mean = hits.iter().filter(|h| **h).count() as f64 / rows.max(1) as f64;
        assert_eq!((hits.len(), mean), (rows, leave_one_out(set, &[1]).recall[&1]), "case {case}");
    }
}

#[test]
fn equals_drawing_all_queries_of_each_identity() {
    for case in 0..6 {
        let (reference, variant, of) = hits(12, case);
        let found = paired_drop(&reference, &variant, &of, 500, case);
        // The definition: the drawn identities' queries are written down and both recalls are taken of them.
        let recall = |hits: &[bool], queries: &[usize]| {
            queries.iter().filter(|q| hits[**q]).count() as f64 / queries.len() as f64
        };
        let mut rng = ChaCha8Rng::seed_from_u64(case);
        let mut drops: Vec<f64> = (0..500)
            .map(|_| {
                let mut queries = Vec::new();
                for _ in 0..12 {
                    let drawn = rng.random_range(0..12usize) as u32;
                    queries.extend((0..of.len()).filter(|q| of[*q] == drawn));
                }
                100.0 * (recall(&reference, &queries) - recall(&variant, &queries))
            })
            .collect();
        drops.sort_by(f64::total_cmp);
        // 2.5 % of the way from the first to the last of 500: 12.475 steps.
        let low = drops[12] + 0.475 * (drops[13] - drops[12]);
        let high = drops[486] + 0.525 * (drops[487] - drops[486]);
        let all: Vec<usize> = (0..of.len()).collect();
        let drop = 100.0 * (recall(&reference, &all) - recall(&variant, &all));
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "case {case}: {a} against {b}");
        close(found.drop, drop);
        close(found.interval[0], low);
        close(found.interval[1], high);
    }
}

#[test]
fn the_interval_has_the_width_that_theory_gives() {
    // 20 of 400 independent queries lost: 5 points, standard error 100 √(0.05 × 0.95 / 400) = 1.09.
    let of: Vec<u32> = (0..400).collect();
    let variant: Vec<bool> = (0..400).map(|i| i >= 20).collect();
    let found = paired_drop(&[true; 400], &variant, &of, RESAMPLES, 1);
    assert_eq!(found.drop, 5.0);
    let error = 100.0 * (0.05f64 * 0.95 / 400.0).sqrt();
    let width = (found.interval[1] - found.interval[0]) / (2.0 * 1.96 * error);
    assert!((0.93..1.07).contains(&width), "{found:?}: {width} of the normal interval");
    // The same queries four times over are no more evidence: the interval is as wide, not half as wide.
    let four = |values: &[bool]| values.iter().flat_map(|v| [*v; 4]).collect::<Vec<_>>();
    let of_four: Vec<u32> = of.iter().flat_map(|id| [*id; 4]).collect();
    assert_eq!(paired_drop(&four(&[true; 400]), &four(&variant), &of_four, RESAMPLES, 1), found);
}

#[test]
fn most_intervals_hold_the_true_drop() {
    // Each query is lost with probability 0.08 and won with 0.05: a true drop of 3 points.
    let mut held = 0;
    for case in 0..200 {
        let mut rng = ChaCha8Rng::seed_from_u64(1000 + case);
        let of: Vec<u32> = (0..600).map(|i| i / 3).collect();
        let change: Vec<f64> = of.iter().map(|_| rng.random()).collect();
        let reference: Vec<bool> = change.iter().map(|c| !(0.08..0.13).contains(c)).collect();
        let variant: Vec<bool> = change.iter().map(|c| *c >= 0.08).collect();
        let found = paired_drop(&reference, &variant, &of, 400, case);
        held += usize::from(found.interval[0] <= 3.0 && 3.0 <= found.interval[1]);
    }
    assert!((180..=198).contains(&held), "{held} of 200 intervals of 95 %");
}

#[test]
fn edge_cases_have_intervals() {
    let nothing = PairedDrop { drop: 0.0, interval: [0.0; 2] };
    assert_eq!(paired_drop(&[], &[], &[], 100, 1), nothing);
    let (reference, _, of) = hits(9, 1);
    assert_eq!(paired_drop(&reference, &reference, &of, 100, 1), nothing, "all equal");
    let one = paired_drop(&[true, true, false], &[false, true, false], &[7, 7, 7], 100, 1);
    assert_eq!((one.drop, one.interval), (100.0 / 3.0, [100.0 / 3.0; 2]), "one identity");
    let better = paired_drop(&[false, false], &[true, true], &[1, 2], 100, 1);
    assert_eq!((better.drop, better.interval), (-100.0, [-100.0; 2]));
    assert_eq!(paired_drop(&[true], &[false], &[1], 0, 1).interval, [100.0; 2], "no resamples");
}

#[test]
fn views_that_fail_together_widen_the_interval() {
    // 50 identities of eight views; all views of every fifth identity are lost.
    let identities: Vec<u32> = (0..400).map(|i| i / 8).collect();
    let before = vec![true; 400];
    let after: Vec<bool> = identities.iter().map(|id| id % 5 != 0).collect();
    let together = paired_drop(&before, &after, &identities, 4000, 1);
    let apart = paired_drop(&before, &after, &(0..400).collect::<Vec<_>>(), 4000, 1);
    let width = |d: &PairedDrop| d.interval[1] - d.interval[0];
    assert_eq!(together.drop, apart.drop);
    // The standard error grows with the root of the views: √8.
    let ratio = width(&together) / width(&apart);
    assert!((ratio - 8f64.sqrt()).abs() < 0.4, "{ratio}");
    // ± 1.96 · √(p(1 − p)/n) of 20 % of 50 identities.
    let normal = 2.0 * 1.96 * 100.0 * (0.2f64 * 0.8 / 50.0).sqrt();
    assert!((width(&together) - normal).abs() < 0.15 * normal, "{together:?} {normal}");
}
