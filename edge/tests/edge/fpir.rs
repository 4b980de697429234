//! Identifying at a false-positive identification rate.

use std::path::{Path, PathBuf};

use dnc_core::decision::DecisionRule;
use dnc_core::manifest::IdentificationThreshold;
use serde_json::json;

use crate::edge;
use crate::support::bundle::{Parts, parts};
use crate::support::pictures::{folder, write};

/// The tiny bundle with thresholds for galleries of 2, 4 and 8 identities of one view, lower rates higher.
fn with_table() -> Parts {
    let mut parts = parts(1);
    let decision = parts.manifest.variants[0].decision.as_mut().unwrap();
    decision.by_gallery = [(2, 0.902, 0.952), (4, 0.904, 0.954), (8, 0.908, 0.958)]
        .into_iter()
        .flat_map(|(n, at_one_in_ten, at_one_in_a_hundred)| [(n, 0.1, at_one_in_ten), (n, 0.01, at_one_in_a_hundred)])
        .map(|(n, target, threshold)| IdentificationThreshold {
            gallery_identities: n,
            views_per_identity: 1,
            target,
            rule: DecisionRule { threshold, margin: 0.0 },
            fpir: target,
            known_accept_rate: 0.5,
            known_probes: 100,
            stranger_probes: 1000,
            draws: 20,
        })
        .collect();
    parts
}

/// A bundle, and a gallery of `identities` with one view each.
fn enrolled(dir: &Path, identities: usize) -> (PathBuf, PathBuf) {
    let (bundle, gallery) = (with_table().folder(&dir.join("bundle")), dir.join("site.gallery"));
    let people = folder(&dir.join("people"), identities, 1);
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--folder", people].done();
    (bundle, gallery)
}

#[test]
fn the_threshold_is_that_of_the_gallerys_size() {
    for (identities, rate, threshold, extrapolated) in
        [(1, "0.1", 0.902, false), (3, "0.1", 0.904, false), (3, "0.01", 0.954, false), (9, "0.01", 0.958, true)]
    {
        let dir = tempfile::tempdir().unwrap();
        let (bundle, gallery) = enrolled(dir.path(), identities);
        let probe = write(dir.path(), 0, 5);
        let run = edge!["identify", "--bundle", bundle, "--gallery", gallery, "--json", "--fpir", rate, probe].done();
        let answer = &run.json()[0];
        let found = (&answer["threshold"], &answer["margin"], &answer["extrapolated"]);
        assert_eq!(found, (&json!(threshold), &json!(0.0), &json!(extrapolated)), "{identities} at {rate}");
        // Without a rate it is the balanced rule, as ever.
        let run = edge!["identify", "--bundle", bundle, "--gallery", gallery, "--json", probe].done();
        assert_eq!(run.json()[0]["threshold"], json!(0.98));
    }
}

#[test]
fn a_rate_that_was_not_measured_is_refused_with_those_that_were() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = enrolled(dir.path(), 2);
    let probe = write(dir.path(), 0, 5);
    let ask = |bundle: &Path, flags: [&str; 2]| {
        edge!["identify", "--bundle", bundle, "--gallery", gallery, flags[0], flags[1], probe]
    };
    ask(&bundle, ["--fpir", "0.001"]).refused(1, &["bundle", "of 0.001", "measured are 0.1, 0.01"]);
    ask(&bundle, ["--fpir", "NaN"]).refused(1, &["of NaN", "0.1, 0.01"]);
    let without = parts(1).folder(&dir.path().join("without"));
    ask(&without, ["--fpir", "0.1"]).refused(1, &["without", "model.f32.onnx", "by_gallery", "leave --fpir out"]);
    edge!["identify", "--bundle", bundle, "--gallery", gallery, "--fpir", "0.1", "--threshold", "0.5", probe]
        .refused(2, &["--fpir", "--threshold"]);
}

#[test]
fn info_lists_the_rates() {
    let dir = tempfile::tempdir().unwrap();
    let text = edge!["info", "--bundle", with_table().folder(dir.path())].done().stdout;
    let line = "--fpir 0.01 up to 8 identities, 8 views in all: threshold 0.958, known accepted 0.500";
    assert!(text.contains(line), "{text}");
    assert_eq!(text.matches("--fpir").count(), 6);
}
