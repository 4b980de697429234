//! The quick start as a user runs it, held to what README promises of it.

use std::process::Command;

use serde_json::Value;

#[test]
fn the_whole_line_learns_and_recognises() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("quickstart");
    let run = Command::new(env!("CARGO_BIN_EXE_quickstart")).arg("--out").arg(&out).output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{stdout}\n{stderr}");
    println!("{stdout}");

    let results: Value = serde_json::from_slice(&std::fs::read(out.join("results.json")).unwrap()).unwrap();
    let number = |path: &str| results.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {path}"));
    let trained = number("/recall_at_1/trained");
    for other in ["untrained", "histogram"] {
        let other_recall = number(&format!("/recall_at_1/{other}"));
        assert!(trained >= other_recall + 0.20, "recall@1 {trained} is not 20 points above {other}'s {other_recall}");
        assert!(number("/map/trained") > number(&format!("/map/{other}")), "mAP is not above {other}'s");
    }
    let histogram = number("/recall_at_1/histogram");
    assert!((0.10..=0.60).contains(&histogram), "the set is too hard or too easy for a histogram: {histogram}");
    let balanced = (number("/known_accept_rate") + number("/stranger_reject_rate")) / 2.0;
    assert!(balanced >= 0.75, "known accepted and strangers rejected: {balanced} on average");
    let device = number("/device_recall_at_1");
    assert!((device - trained).abs() < 0.005, "the bundle scores {device}, the training network {trained}");

    let report = std::fs::read_to_string(out.join("report.html")).unwrap();
    for part in ["data:image/", "<svg", "What it finds", "Known vehicles and strangers"] {
        assert!(report.contains(part), "no {part} in report.html");
    }
    assert!(dnc_edge::Bundle::open(&out.join("bundle")).is_ok(), "the bundle is kept as a folder");
}
