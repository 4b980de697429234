//! cluster_reassignment.json, singletons_dropped.json.

use dnc_train::divide::{drop_singletons, match_clusters, membership_cost};
use serde::Deserialize;

use crate::cases;

#[derive(Deserialize)]
struct Reassignment {
    clusters: usize,
    previous: Vec<u32>,
    current: Vec<u32>,
    reassigned: Vec<u32>,
    cost: Vec<Vec<f64>>,
}

#[test]
fn golden_cluster_reassignment() {
    for (i, case) in cases::<Reassignment>("cluster_reassignment.json").into_iter().enumerate() {
        let cost = membership_cost(&case.previous, &case.current, case.clusters);
        let cost: Vec<Vec<f64>> = cost.iter().map(|row| row.iter().map(|c| *c as f64).collect()).collect();
        assert_eq!(cost, case.cost, "case {i}: cost");
        let found = match_clusters(&case.previous, &case.current, case.clusters);
        assert_eq!(found, case.reassigned, "case {i}: reassigned");
    }
}

#[derive(Deserialize)]
struct Singletons {
    labels: Vec<u32>,
    clusters: Vec<u32>,
    filtered: Vec<i64>,
}

#[test]
fn golden_singletons_dropped() {
    for (i, case) in cases::<Singletons>("singletons_dropped.json").into_iter().enumerate() {
        let found = drop_singletons(&case.labels, &case.clusters);
        let found: Vec<i64> = found.iter().map(|c| c.map_or(-1, i64::from)).collect();
        assert_eq!(found, case.filtered, "case {i}");
        assert!(found.contains(&-1), "case {i} drops nobody");
    }
}
