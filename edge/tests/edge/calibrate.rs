//! `dnc-edge calibrate`: thresholds from the site's own views.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::edge;
use crate::support::bundle::parts;
use crate::support::pictures::{folder, write};

/// A bundle, and a gallery of `identities` with `views` views each.
fn site(dir: &Path, identities: usize, views: usize) -> (PathBuf, PathBuf) {
    let (bundle, gallery) = (parts(1).folder(&dir.join("bundle")), dir.join("site.gallery"));
    let people = folder(&dir.join("people"), identities, views);
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--folder", people].done();
    (bundle, gallery)
}

#[test]
fn the_sites_own_thresholds_are_measured_and_used() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = site(dir.path(), 12, 4);
    let out = dir.path().join("site.calibration.json");
    let said = edge!["calibrate", "--bundle", bundle, "--gallery", gallery, "--out", out].done();
    for word in ["48 views of 12 identities", "this site", "the bundle's", "0.980"] {
        assert!(said.stdout.contains(word), "{word} in {}", said.stdout);
    }
    let file: Value = serde_json::from_str(&std::fs::read_to_string(&out).unwrap()).unwrap();
    let decision = &file["decision"];
    assert_eq!((&decision["gallery_identities"], &decision["views_per_identity"]), (&6.into(), &3.into()));
    assert_eq!(decision["rates"]["strangers"], 20 * 6 * 4);
    let threshold = &decision["rule"]["threshold"];
    assert_ne!(threshold, &Value::from(0.98), "the site's, not the bundle's");
    let probe = write(dir.path(), 3, 9);
    let with =
        edge!["identify", "--bundle", bundle, "--gallery", gallery, "--json", "--calibration", out, probe].done();
    assert_eq!(&with.json()[0]["threshold"], threshold);
    // Twelve enrolled are more than the six that were measured.
    assert_eq!(with.json()[0]["extrapolated"], true);
    let without = edge!["identify", "--bundle", bundle, "--gallery", gallery, "--json", probe].done();
    assert!((without.json()[0]["threshold"].as_f64().unwrap() - 0.98).abs() < 1e-6);
    // The same seed measures the same.
    let again = edge!["calibrate", "--bundle", bundle, "--gallery", gallery, "--json"].done();
    assert_eq!(&again.json()[0]["decision"], decision);
}

#[test]
fn strangers_let_the_whole_gallery_be_measured_at_a_rate() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = site(dir.path(), 6, 3);
    let passers_by = folder(&dir.path().join("passers-by"), 110, 1);
    // The first six are the enrolled ones.
    (0..6).for_each(|i| std::fs::remove_dir_all(passers_by.join(format!("id{i}"))).unwrap());
    let out = dir.path().join("site.calibration.json");
    edge!["calibrate", "--bundle", bundle, "--gallery", gallery, "--strangers", passers_by, "--out", out].done();
    let file: Value = serde_json::from_str(&std::fs::read_to_string(&out).unwrap()).unwrap();
    let rows = file["decision"]["by_gallery"].as_array().unwrap();
    let whole = rows.iter().find(|r| r["gallery_identities"] == 6 && r["target"] == 0.1).unwrap();
    assert_eq!(whole["stranger_probes"], 104);
    assert!(whole["fpir"].as_f64().unwrap() <= 0.1);
    let probe = write(dir.path(), 3, 9);
    let found = edge![
        "identify",
        "--bundle",
        bundle,
        "--gallery",
        gallery,
        "--json",
        "--calibration",
        out,
        "--fpir",
        "0.1",
        probe
    ];
    let best = rows.iter().filter(|r| r["gallery_identities"] == 6 && r["target"] == 0.1);
    let thresholds: Vec<&Value> = best.map(|r| &r["rule"]["threshold"]).collect();
    assert!(thresholds.contains(&&found.done().json()[0]["threshold"]));
}

#[test]
fn what_cannot_be_measured_or_used_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = site(dir.path(), 3, 2);
    let out = dir.path().join("c.json");
    edge!["calibrate", "--bundle", bundle, "--gallery", gallery, "--out", out].refused(1, &["3 identities", "four"]);
    assert!(!out.exists());
    let more = folder(&dir.path().join("more"), 8, 2);
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--folder", more];
    let calibrate = edge!["calibrate", "--bundle", bundle, "--gallery", gallery, "--out", out].done();
    assert!(calibrate.stderr.contains("--strangers"), "{}", calibrate.stderr);
    edge!["calibrate", "--bundle", bundle, "--gallery", gallery, "--out", dir.path().join("no/c.json")]
        .refused(1, &["no/c.json", "cannot be written"]);
    // Another model's thresholds.
    let (other, theirs) = (parts(2).folder(&dir.path().join("other")), dir.path().join("other.gallery"));
    edge!["enroll", "--bundle", other, "--gallery", theirs, "--folder", more].done();
    let probe = write(dir.path(), 1, 9);
    edge!["identify", "--bundle", other, "--gallery", theirs, "--calibration", out, probe]
        .refused(1, &["c.json", "space"]);
    // No rate was told with so few.
    edge!["identify", "--bundle", bundle, "--gallery", gallery, "--calibration", out, "--fpir", "0.1", probe]
        .refused(1, &["false-positive identification rate"]);
    let whole = std::fs::read_to_string(&out).unwrap();
    for (change, words) in [
        (whole.replace("\"format\": 1", "\"format\": 2"), ["c.json", "format 2"]),
        (whole[..whole.len() / 2].to_owned(), ["c.json", "calibrate"]),
        (whole.replacen("\"threshold\": ", "\"threshold\": 5", 1), ["c.json", "threshold 5"]),
    ] {
        std::fs::write(&out, change).unwrap();
        edge!["identify", "--bundle", bundle, "--gallery", gallery, "--calibration", out, probe].refused(1, &words);
    }
}
