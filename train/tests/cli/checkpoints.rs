//! Which checkpoints stay, and which one is taken.

use crate::support::{Site, history, names};

/// mAP on the validation part of the checkpoint chosen.
fn map(site: &Site, checkpoint: &str) -> f64 {
    let flags = ["--part", "validation", "--json", "--checkpoint", checkpoint];
    site.evaluate("run", &flags).done().json()["scores"]["map"].as_f64().unwrap()
}

#[test]
fn every_checkpoint_kept_is_the_one_that_was_scored() {
    let site = Site::new();
    site.run("run", &["--epochs", "6", "--keep-every", "2", "--validation-share", "0.5"]).done();
    let scores: Vec<f64> =
        history(&site.path("run")).epochs.iter().map(|e| e.validation.as_ref().unwrap().map).collect();
    let distinct: std::collections::BTreeSet<u64> = scores.iter().map(|s| s.to_bits()).collect();
    assert!(distinct.len() > 2, "equal scores tell no checkpoints apart: {scores:?}");
    for epochs in [2, 4, 6] {
        assert_eq!(map(&site, &epochs.to_string()), scores[epochs - 1]);
    }
    assert_eq!(map(&site, "last"), scores[5]);
    let best = scores.iter().copied().fold(0.0, f64::max);
    assert_eq!(map(&site, "best"), best);
    // What is not the last needs nothing to go on from.
    let files = ["SHA256SUMS", "history.json", "model.mpk", "state.json"];
    assert_eq!(names(&site.path("run/epoch-0002")), files);
    let first_best = scores.iter().position(|s| *s == best).unwrap() + 1;
    let kept = names(&site.path("run")).into_iter().filter(|n| n.starts_with("epoch-"));
    let expected: std::collections::BTreeSet<String> =
        [2, 4, 6, first_best].iter().map(|epochs| format!("epoch-{epochs:04}")).collect();
    assert_eq!(kept.collect::<std::collections::BTreeSet<_>>(), expected);
}

#[test]
fn a_checkpoint_that_is_not_kept_is_told_with_those_that_are() {
    let site = Site::new();
    site.run("run", &["--keep-every", "2", "--evaluate-every", "0", "--validation-share", "0"]).done();
    let refused = |checkpoint: &str, code, words: &[&str]| {
        site.evaluate("run", &["--checkpoint", checkpoint]).refused(code, words);
    };
    refused("3", 1, &["after epoch 3 are not kept", "kept: 2, 4", "--keep-every"]);
    refused("best", 1, &["no best checkpoint", "no validation was made", "--checkpoint last"]);
    refused("first", 2, &["first", "last, best, or a number of epochs"]);
}

#[test]
fn the_score_that_decides_can_be_chosen_but_not_changed() {
    let site = Site::new();
    site.run("run", &["--best-by", "recall1"]).done();
    site.run("run", &["--best-by", "map"]).refused(1, &["best_by = \"recall1\"", "now \"map\"", "another --out"]);
    let recall = |e: &dnc_train::history::EpochRecord| e.validation.as_ref().unwrap().recall[&1];
    let best = history(&site.path("run")).epochs.iter().map(recall).fold(0.0, f64::max);
    let flags = ["--part", "validation", "--json", "--checkpoint", "best"];
    let found = site.evaluate("run", &flags).done().json();
    assert_eq!(found["scores"]["recall"]["1"].as_f64(), Some(best));
}

#[test]
fn a_checkpoint_without_sums_still_loads() {
    let site = Site::new();
    site.run("run", &[]).done();
    std::fs::remove_file(site.path("run/epoch-0004/SHA256SUMS")).unwrap();
    site.evaluate("run", &[]).done();
    site.run("run", &["--epochs", "5"]).done();
    site.run("whole", &["--epochs", "5"]).done();
    crate::support::assert_same_run(&site.path("run"), &site.path("whole"));
}
