//! What `dnc-train evaluate` measures, and how: protocols, re-ranking, formats.

use serde_json::Value;

use crate::support::{Output, Site, TEST_IDENTITIES, VIEWS, train};

/// Scores the colour histogram, which needs no training.
fn histogram(site: &Site, flags: &[&str]) -> Output {
    train(&[&["evaluate", "--baseline", "histogram", "--data", &site.arg("vehicles")], flags].concat())
}

fn score(json: &Value, path: &str) -> f64 {
    json.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {path} in {json}"))
}

#[test]
fn all_metrics_are_told_at_once() {
    let site = Site::new();
    let json = histogram(&site, &["--json"]).done().json();
    assert_eq!(json["protocol"].as_str(), Some("leave-one-out"));
    for path in ["/minp", "/scores/map", "/scores/map_at_r", "/nmi/arithmetic", "/nmi/geometric"] {
        assert!((0.0..=1.0).contains(&score(&json, path)), "{path}");
    }
    let cmc: Vec<f64> = json["cmc"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    assert!(cmc.len() == 50 && cmc.is_sorted(), "{cmc:?}");
    assert_eq!((cmc[0], cmc[7]), (score(&json, "/scores/recall/1"), score(&json, "/scores/recall/8")));
    assert_eq!(score(&json, "/nmi/clusters"), TEST_IDENTITIES as f64);
    // 8 identities of 6 views: 120 pairs of one, 1,008 of two, which support a rate of 0.1 and none smaller.
    assert_eq!((score(&json, "/verification/genuine"), score(&json, "/verification/impostor")), (120.0, 1008.0));
    assert_eq!(json["verification"]["points"].as_array().unwrap().len(), 1);
    assert!(score(&json, "/verification/points/0/far") <= 0.1);
    assert_eq!(score(&json, "/open_set/gallery_identities"), TEST_IDENTITIES as f64 / 2.0);
    let few = histogram(&site, &["--json", "--metrics", "retrieval", "--recall-at", "1,5"]).done().json();
    assert!(["nmi", "verification", "open_set", "per_learner", "std"].iter().all(|field| few.get(field).is_none()));
    assert_eq!(few["scores"]["recall"].as_object().unwrap().keys().collect::<Vec<_>>(), ["1", "5"]);
}

#[test]
fn protocols_are_chosen_by_name() {
    let site = Site::new();
    let of = |flags: &[&str]| histogram(&site, &[flags, &["--json"]].concat()).done().json();
    let plain = of(&[]);
    // The renderer names cameras: a view by the query's own camera no longer counts.
    let aware = of(&["--protocol", "camera-aware"]);
    assert_eq!(aware["protocol"].as_str(), Some("camera-aware"));
    assert_ne!(score(&aware, "/scores/map"), score(&plain, "/scores/map"));
    let drawn = of(&["--protocol", "gallery-draws"]);
    assert_eq!(score(&drawn, "/draws"), 10.0);
    assert_eq!(score(&drawn, "/scores/queries"), (TEST_IDENTITIES * (VIEWS - 1)) as f64);
    assert!(score(&drawn, "/std/map") > 0.0 && score(&drawn, "/std/recall/1") > 0.0);
    // One relevant picture: average precision and inverse negative penalty are the same number.
    assert!((score(&drawn, "/scores/map") - score(&drawn, "/minp")).abs() < 1e-12);
    let other = of(&["--protocol", "gallery-draws", "--draw-seed", "2"]);
    assert_ne!(score(&drawn, "/scores/map"), score(&other, "/scores/map"));
    let one = of(&["--protocol", "gallery-draws", "--draws", "1"]);
    assert!(one.get("std").is_none() && score(&one, "/draws") == 1.0);

    histogram(&site, &["--protocol", "query-gallery"]).refused(1, &["none of 48 pictures", "leave-one-out"]);
    histogram(&site, &["--protocol", "holdout"]).refused(2, &["holdout", "gallery-draws"]);
    std::fs::remove_file(site.path("vehicles/attribute/img2cam.txt")).unwrap();
    histogram(&site, &["--protocol", "camera-aware"]).refused(1, &["48 of 48 pictures have no camera"]);
}

#[test]
fn rankings_can_be_changed() {
    let site = Site::new();
    let of = |flags: &[&str]| histogram(&site, &[flags, &["--json"]].concat()).done().json();
    let map = |json: &Value| score(json, "/scores/map");
    let plain = of(&[]);
    let reranked = of(&["--rerank"]);
    assert_eq!(reranked["ranking"].as_str(), Some("k-reciprocal, k1 20, k2 6, lambda 0.3"));
    assert_ne!(map(&reranked), map(&plain));
    // The original distance alone is the plain ranking.
    assert!((map(&of(&["--rerank", "--rerank-lambda", "1"])) - map(&plain)).abs() < 1e-3);
    let expanded = of(&["--expand-query", "3", "--expand-alpha", "2"]);
    assert_ne!(map(&expanded), map(&plain));
    assert_eq!(expanded["nmi"], plain["nmi"], "by the embeddings as they are");
    for (flags, word) in [
        (&["--rerank", "--expand-query", "3"][..], "--expand-query"),
        (&["--rerank-k1", "5"], "--rerank"),
        (&["--rerank", "--rerank-lambda", "1.5"], "0 to 1"),
        (&["--expand-query", "0"], "--expand-query"),
        (&["--metrics", "accuracy"], "open-set"),
        (&["--json", "--csv"], "--csv"),
    ] {
        histogram(&site, flags).refused(2, &[word]);
    }
}

#[test]
fn each_learner_can_be_scored_alone() {
    let site = Site::new();
    let network = ["--backbone", "small", "--width", "0.25", "--size", "32", "--dim", "16", "--learners", "3"];
    let data = site.arg("vehicles");
    let flags = [&["evaluate", "--baseline", "untrained", "--data", &data, "--per-learner"], &network[..]].concat();
    let json = train(&[&flags[..], &["--json"]].concat()).done().json();
    let learners = json["per_learner"].as_array().unwrap();
    let dims: Vec<u64> = learners.iter().map(|l| l["dim"].as_u64().unwrap()).collect();
    assert_eq!(dims, [6, 6, 4]);
    assert!(learners.iter().all(|l| (0.0..=1.0).contains(&l["map"].as_f64().unwrap())));
    assert!(train(&flags).done().stdout.contains("learner 2 mAP"));
}

#[test]
fn a_row_of_csv_says_what_the_table_says() {
    let site = Site::new();
    let flags = ["--protocol", "gallery-draws", "--draws", "3"];
    let csv = histogram(&site, &[&flags[..], &["--csv"]].concat()).done().stdout;
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!((lines.len(), lines[0].len()), (2, lines[1].len()), "{csv}");
    let cell = |name: &str| lines[1][lines[0].iter().position(|h| *h == name).unwrap()];
    let text = histogram(&site, &flags).done().stdout;
    for name in ["R@1", "mAP", "mINP", "CMC@5"] {
        let line = text.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[1..], [cell(name), "±", cell(&format!("{name} std")), "%"], "{line}");
    }
    assert!(text.contains("mean ± std of 3 draws"), "{text}");
}
