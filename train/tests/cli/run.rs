//! The line that works: train, evaluate, baselines.

use dnc_train::schedule::Phase::{Conquer, Join, Learn};

use crate::support::{PICTURES, Site, TEST_IDENTITIES, VIEWS, history, names, train};

#[test]
fn a_run_leaves_history_settings_and_a_checkpoint() {
    let site = Site::new();
    let said = site.run("run", &[]).done().stderr;
    assert!(said.contains("dnc-train evaluate --run") && said.contains("dnc-export --run"), "{said}");
    let run = site.path("run");
    let files = ["SHA256SUMS", "history.json", "model.mpk", "objective.mpk", "optimizer.mpk", "state.json"];
    assert_eq!(names(&run.join("epoch-0004")), files);
    let history = history(&run);
    let phases: Vec<_> = history.epochs.iter().map(|e| e.phase).collect();
    assert_eq!(phases, [Learn, Join, Join, Conquer]);
    for e in &history.epochs {
        assert!(!e.losses.is_empty() && e.losses.iter().all(|l| l.is_finite() && *l >= 0.0), "{e:?}");
        assert!(e.validation.is_some(), "{e:?}");
        // Two of the sixteen identities are held out.
        let divided = e.clusters.as_ref().map(|sizes| sizes.iter().sum::<usize>());
        assert_eq!(divided, (e.phase != Conquer).then_some(PICTURES - 2 * VIEWS), "{e:?}");
    }
}

#[test]
fn scores_are_told_for_people_and_for_programs() {
    let site = Site::new();
    site.run("run", &[]).done();
    let text = site.evaluate("run", &[]).done().stdout;
    assert!(text.contains("R@1") && text.contains("mAP") && text.contains("trained embedding"), "{text}");
    let json = site.evaluate("run", &["--json"]).done().json();
    assert_eq!((json["part"].as_str(), json["skipped"].as_u64()), (Some("test"), Some(0)));
    assert_eq!(json["scores"]["queries"].as_u64(), Some((TEST_IDENTITIES * VIEWS) as u64));
    for value in [&json["scores"]["map"], &json["scores"]["recall"]["1"]] {
        let value = value.as_f64().unwrap();
        assert!(value > 0.0 && value <= 1.0, "{json}");
    }
    // The score after the last epoch is the score of the checkpoint.
    let validation = site.evaluate("run", &["--json", "--part", "validation"]).done().json();
    let last = history(&site.path("run")).epochs.pop().unwrap().validation.unwrap();
    assert_eq!(validation["scores"]["map"].as_f64(), Some(last.map));
}

#[test]
fn baselines_are_scored_on_the_same_pictures() {
    let site = Site::new();
    site.run("run", &[]).done();
    let score = |flags: &[&str]| {
        let json = site.evaluate("run", &[flags, &["--json"]].concat()).done().json();
        assert_eq!(json["scores"]["queries"].as_u64(), Some((TEST_IDENTITIES * VIEWS) as u64));
        (json["model"].as_str().unwrap().to_owned(), json["scores"]["map"].as_f64().unwrap())
    };
    let trained = score(&[]).1;
    for (baseline, model) in
        [("untrained", "untrained embedding"), ("features", "untrained features"), ("histogram", "colour histogram")]
    {
        let (name, map) = score(&["--baseline", baseline]);
        assert!(name.starts_with(model), "{name}");
        assert!(map > 0.0 && map <= 1.0 && map != trained, "{baseline}: {map}, trained {trained}");
    }
    // A baseline needs no run, but pictures.
    let data = site.arg("vehicles");
    assert!(train(&["evaluate", "--baseline", "histogram", "--data", &data]).done().stdout.contains("mAP"));
    train(&["evaluate", "--baseline", "histogram"]).refused(1, &["no pictures named", "--data PATH"]);
    train(&["evaluate"]).refused(2, &["--run"]);
}

#[test]
fn a_run_that_is_not_there_is_named_with_the_command_that_makes_it() {
    let site = Site::new();
    site.evaluate("nowhere", &[]).refused(1, &["nowhere", "no checkpoint", "dnc-train run --out"]);
}
