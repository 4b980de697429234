//! Enrol, identify, list, remove and info, with the real binary.

use std::path::Path;

use dnc_core::manifest::Manifest;
use serde_json::json;

use crate::edge;
use crate::support::bundle::parts;
use crate::support::pictures::{folder, write};

/// Four identities with two views each are enrolled from a folder.
fn enrolled(dir: &Path) -> (std::path::PathBuf, std::path::PathBuf) {
    let (bundle, gallery) = (parts(1).folder(&dir.join("bundle")), dir.join("site.gallery"));
    let people = folder(&dir.join("people"), 4, 2);
    let run = edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--folder", people].done();
    assert!(run.stdout.contains("enrolled 8 views"), "{}", run.stdout);
    (bundle, gallery)
}

#[test]
fn new_views_are_known_and_strangers_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = enrolled(dir.path());
    let (probe, stranger) = (write(dir.path(), 2, 5), write(dir.path(), 77, 0));
    let run = edge!["identify", "--bundle", bundle, "--gallery", gallery, "--json", "--top", "2", probe, stranger];
    let lines = run.done().json();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["decision"], "known");
    assert_eq!(lines[0]["identity"], "id2");
    assert_eq!(lines[0]["picture"], probe.to_str().unwrap());
    assert_eq!(lines[0]["top"].as_array().unwrap().len(), 2);
    assert_eq!(lines[0]["top"][1], lines[0]["runner_up"]);
    assert_eq!(lines[0]["extrapolated"], false);
    assert!(lines[0]["similarity"].as_f64().unwrap() > 0.98 && lines[0].get("truth").is_none());
    assert_eq!(lines[1]["decision"], "unknown");
    assert_eq!((&lines[1]["threshold"], &lines[1]["margin"]), (&json!(0.98), &json!(0.001)));
    let coded = edge![
        "identify",
        "--bundle",
        bundle,
        "--gallery",
        gallery,
        "--scan",
        "int8",
        "--json",
        "--top",
        "2",
        probe,
        stranger
    ];
    assert_eq!(coded.done().json(), lines, "8 views are few enough for all to be scored in f32");
    let text = edge!["identify", "--bundle", bundle, "--gallery", gallery, probe].done().stdout;
    assert!(text.contains(": known id2 ") && text.lines().count() == 1, "{text}");
}

#[test]
fn the_truth_of_a_csv_file_is_printed_and_scored() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = enrolled(dir.path());
    write(dir.path(), 1, 4);
    write(dir.path(), 50, 0);
    let csv = dir.path().join("probes.csv");
    std::fs::write(&csv, "path,identity,split\nid1/v4.png,id1,query\nid50/v0.png,id50,query\nnone.png,x,train\n")
        .unwrap();
    let run =
        edge!["identify", "--bundle", bundle, "--gallery", gallery, "--csv", csv, "--where", "split=query", "--json"];
    let run = run.done();
    let lines = run.json();
    assert_eq!((lines.len(), &lines[0]["truth"], &lines[1]["truth"]), (2, &json!("id1"), &json!("id50")));
    assert!(run.stderr.contains("of 1 picture of enrolled identities: nearest right 1.000"), "{}", run.stderr);
    assert!(run.stderr.contains("of 1 picture of strangers: not accepted 1.000"), "{}", run.stderr);
}

#[test]
fn a_rule_by_hand_replaces_the_bundles() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = enrolled(dir.path());
    let stranger = write(dir.path(), 77, 0);
    let ask = |threshold: &str, margin: &str| {
        let run = edge![
            "identify",
            "--bundle",
            bundle,
            "--gallery",
            gallery,
            "--json",
            "--threshold",
            threshold,
            "--margin",
            margin,
            stranger
        ];
        run.done().json()[0]["decision"].clone()
    };
    assert_eq!(ask("-1", "0"), "known");
    assert_eq!(ask("-1", "1.9"), "unsure");
    assert_eq!(ask("1", "0"), "unknown");
}

#[test]
fn the_same_command_again_enrols_nothing_twice() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = enrolled(dir.path());
    let people = folder(&dir.path().join("people"), 5, 2);
    let run = edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--folder", people, "--json"].done();
    let summary = run.json().pop().unwrap();
    assert_eq!(
        (&summary["event"], &summary["enrolled"], &summary["duplicates"]),
        (&json!("summary"), &json!(2), &json!(8))
    );
    assert_eq!((&summary["identities"], &summary["views"]), (&json!(5), &json!(10)));
    // The same picture as somebody else is refused, and the exit code says so.
    let picture = people.join("id0/v0.png");
    let run = edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--identity", "other", picture];
    run.refused(3, &["v0.png", "as other", "enrolled as id0"]);
}

#[test]
fn list_and_remove_show_and_change_the_gallery() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = enrolled(dir.path());
    let lines = edge!["list", "--gallery", gallery, "--json"].done().json();
    let names: Vec<_> = lines.iter().map(|l| (l["name"].as_str().unwrap(), l["views"].as_u64().unwrap())).collect();
    assert_eq!(names, [("id0", 2), ("id1", 2), ("id2", 2), ("id3", 2)]);
    let removed = edge!["remove", "--gallery", gallery, "--identity", "id2", "--json"].done().json();
    assert_eq!(removed, [json!({"removed": "id2", "views": 2})]);
    let text = edge!["list", "--gallery", gallery].done().stdout;
    assert!(!text.contains("id2") && text.contains("id3"), "{text}");
    let probe = write(dir.path(), 2, 5);
    let answer = edge!["identify", "--bundle", bundle, "--gallery", gallery, "--json", probe].done().json();
    assert_ne!(answer[0]["identity"], "id2");
    // What was removed may come back.
    let again = dir.path().join("people/id2/v0.png");
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--identity", "id2", again].done();
    edge!["remove", "--gallery", gallery, "--identity", "nobody"]
        .refused(1, &["site.gallery", "nobody", "dnc-edge list"]);
}

#[test]
fn names_are_put_right_and_the_gallery_verified() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = enrolled(dir.path());
    let who = |view: usize| {
        let probe = write(dir.path(), view, 5);
        let answer = edge!["identify", "--bundle", bundle, "--gallery", gallery, "--json", probe].done().json();
        answer[0]["identity"].clone()
    };
    let renamed =
        edge!["gallery", "rename", "--gallery", gallery, "--identity", "id2", "--to", "van 17, blue", "--json"];
    assert_eq!(renamed.done().json(), [json!({"renamed": "id2", "to": "van 17, blue"})]);
    assert_eq!((who(2), who(3)), (json!("van 17, blue"), json!("id3")));
    let merged = edge!["gallery", "merge", "--gallery", gallery, "--from", "id3", "--into", "van 17, blue", "--json"];
    assert_eq!(merged.done().json(), [json!({"merged": "id3", "into": "van 17, blue", "views": 2})]);
    assert_eq!((who(2), who(3)), (json!("van 17, blue"), json!("van 17, blue")));
    let text = edge!["list", "--gallery", gallery].done().stdout;
    assert!(!text.contains("id3") && text.contains("van 17, blue") && text.lines().count() == 4, "{text}");
    let verified = edge!["gallery", "verify", "--gallery", gallery, "--json"].done().json();
    assert_eq!(verified, [json!({"identities": 3, "views": 8, "faults": []})]);
    // The freed name may be given again, and what was moved is still the picture that it was.
    let again = dir.path().join("people/id3/v0.png");
    let run = edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--identity", "id3", again];
    run.refused(3, &["the same picture is enrolled as van 17, blue"]);

    edge!["gallery", "rename", "--gallery", gallery, "--identity", "id0", "--to", "id1"]
        .refused(1, &["id1", "is there already", "dnc-edge gallery merge"]);
    edge!["gallery", "rename", "--gallery", gallery, "--identity", "id0", "--to", " "].refused(1, &["identity name"]);
    edge!["gallery", "rename", "--gallery", gallery, "--identity", "nobody", "--to", "x"]
        .refused(1, &["nobody", "dnc-edge list"]);
    edge!["gallery", "merge", "--gallery", gallery, "--from", "id0", "--into", "nobody"].refused(1, &["nobody"]);
    edge!["gallery", "merge", "--gallery", gallery, "--from", "id0", "--into", "id0"].refused(1, &["into itself"]);
    assert_eq!(edge!["list", "--gallery", gallery].done().stdout, text, "refused commands change nothing");
}

#[test]
fn info_shows_bundle_and_gallery() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = enrolled(dir.path());
    let info = edge!["info", "--bundle", bundle, "--gallery", gallery, "--json"].done().json().remove(0);
    let manifest: Manifest = serde_json::from_value(info["manifest"].clone()).unwrap();
    assert_eq!(manifest, parts(1).manifest);
    assert_eq!((&info["runtime"], &info["variant"]), (&json!("tract"), &json!("model.f32.onnx")));
    let g = &info["gallery"];
    assert_eq!((&g["identities"], &g["views"], &g["same_space"]), (&json!(4), &json!(8), &json!(true)));
    let other = parts(2).packed(&dir.path().join("other.dnc"));
    let text = edge!["info", "--bundle", other, "--gallery", gallery].done().stdout;
    assert!(text.contains("ANOTHER model") && text.contains(&parts(1).manifest.space_id), "{text}");
    assert!(text.contains("16 values in 2 slices") && text.contains("threshold 0.980"), "{text}");
}

#[test]
fn int8_codes_alone_give_the_same_answers_in_less_space() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, exact) = enrolled(dir.path());
    let (people, small) = (dir.path().join("people"), dir.path().join("small.gallery"));
    edge!["enroll", "--bundle", bundle, "--gallery", small, "--folder", people, "--int8-only"].done();
    let probe = write(dir.path(), 3, 7);
    let ask = |gallery: &Path| {
        let line = edge!["identify", "--bundle", bundle, "--gallery", gallery, "--json", probe].done().json().remove(0);
        (line["identity"].clone(), line["similarity"].as_f64().unwrap())
    };
    let ((identity, similarity), (identity8, similarity8)) = (ask(&exact), ask(&small));
    assert_eq!(identity, identity8);
    assert!((similarity - similarity8).abs() < 0.01, "{similarity} against {similarity8}");
    assert_ne!(similarity, similarity8, "the int8 gallery has no f32 values to fall back on");
}

#[test]
fn a_larger_gallery_than_measured_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = (parts(1).packed(&dir.path().join("m.dnc")), dir.path().join("g"));
    let people = folder(&dir.path().join("people"), 11, 1);
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--folder", people].done();
    let probe = write(dir.path(), 2, 5);
    let answer = edge!["identify", "--bundle", bundle, "--gallery", gallery, "--json", probe].done().json();
    assert_eq!(answer[0]["extrapolated"], true);
    let text = edge!["identify", "--bundle", bundle, "--gallery", gallery, probe].done().stdout;
    assert!(text.contains("extrapolated"), "{text}");
}
