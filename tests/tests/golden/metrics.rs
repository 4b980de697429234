//! recall.json, nmi.json.

use std::collections::BTreeMap;

use dnc_core::metrics::{Labelled, leave_one_out, nmi};
use serde::Deserialize;

use crate::cases;

#[derive(Deserialize)]
struct Recall {
    dim: usize,
    labels: Vec<u32>,
    embeddings: Vec<f32>,
    recall: BTreeMap<usize, f64>,
    map: f64,
    map_at_r: f64,
}

#[test]
fn golden_recall() {
    for (i, case) in cases::<Recall>("recall.json").into_iter().enumerate() {
        let ks: Vec<usize> = case.recall.keys().copied().collect();
        let found = leave_one_out(Labelled::new(&case.embeddings, case.dim, &case.labels), &ks);
        for (k, expected) in &case.recall {
            assert!((found.recall[k] - expected).abs() < 1e-9, "case {i}, recall@{k}: {}, {expected}", found.recall[k]);
        }
        assert!((found.map - case.map).abs() < 1e-6, "case {i}, mAP: {}, {}", found.map, case.map);
        let at_r = found.map_at_r;
        assert!((at_r - case.map_at_r).abs() < 1e-6, "case {i}, MAP@R: {at_r}, {}", case.map_at_r);
    }
}

#[derive(Deserialize)]
struct Nmi {
    labels: Vec<u32>,
    clusters: Vec<u32>,
    nmi_arithmetic: f64,
    nmi_geometric: f64,
}

#[test]
fn golden_nmi() {
    for (i, case) in cases::<Nmi>("nmi.json").into_iter().enumerate() {
        let found = nmi(&case.labels, &case.clusters);
        assert!((found.arithmetic - case.nmi_arithmetic).abs() < 1e-9, "case {i}: {found:?}");
        assert!((found.geometric - case.nmi_geometric).abs() < 1e-9, "case {i}: {found:?}");
    }
}
