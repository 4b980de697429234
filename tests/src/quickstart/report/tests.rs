//! A report of made-up figures: what must be in it, and that nothing in it can break out of its place.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use dnc_core::manifest::Manifest;
use dnc_core::metrics::RetrievalScores;
use dnc_datasets::render::{RenderConfig, draw_vehicle};
use dnc_train::history::EpochRecord;
use dnc_train::schedule::Phase;

use super::*;
use crate::quickstart::ranking::{Found, Shown};
use crate::quickstart::results::tests::made_up;

/// Numbers that look random and are the same every time, in \[0, 1).
fn noise(i: usize) -> f64 {
    ((i as f64 * 12.9898).sin() * 43_758.545).rem_euclid(1.0)
}

pub fn made_up_history() -> History {
    let epochs = (0..16).map(|epoch| {
        let at = |i: usize| 0.42 * (-0.16 * (epoch as f64 + i as f64 / 20.0)).exp() + 0.05;
        let losses: Vec<f32> = (0..20).map(|i| (at(i) * (0.8 + 0.4 * noise(epoch * 20 + i))) as f32).collect();
        let recall = 0.93 - 0.7 * (-0.25 * epoch as f64).exp();
        let divided = epoch % 2 == 0 && epoch < 14;
        EpochRecord {
            epoch,
            phase: if epoch < 6 {
                Phase::Learn
            } else if epoch < 14 {
                Phase::Join
            } else {
                Phase::Conquer
            },
            loss: losses.iter().map(|l| f64::from(*l)).sum::<f64>() / 20.0,
            losses,
            pictures: 1_700,
            seconds: 9.5,
            stalled: 0.01,
            clusters: divided.then(|| {
                let cut: Vec<usize> = (0..3).map(|k| 300 + (260.0 * noise(epoch * 7 + k)) as usize).collect();
                let rest = 1_700 - cut.iter().sum::<usize>();
                cut.into_iter().chain([rest]).collect()
            }),
            sat_out: divided.then_some(4),
            rates: None,
            gradient_norm: None,
            skipped_steps: 0,
            validation: (epoch % 2 == 1).then(|| RetrievalScores {
                queries: 300,
                queries_with_match: 300,
                recall: BTreeMap::from([(1, recall)]),
                map: recall * 0.78,
                map_at_r: recall * 0.6,
            }),
        }
    });
    History { epochs: epochs.collect(), ..History::default() }
}

pub fn made_up_trials() -> Vec<Trial> {
    let bell = |i: usize| (0..6).map(|k| noise(i * 6 + k)).sum::<f64>() / 6.0 - 0.5;
    let known = (0..150).map(|i| {
        let best = (0.78 + 0.9 * bell(i)) as f32;
        Trial { enrolled: true, correct: best > 0.58, best, runner_up: Some(best - 0.1 - 0.2 * noise(i) as f32) }
    });
    let strangers = (150..450).map(|i| {
        let best = (0.5 + 0.7 * bell(i)) as f32;
        Trial { enrolled: false, correct: false, best, runner_up: Some(best - 0.1 * noise(i) as f32) }
    });
    known.chain(strangers).collect()
}

fn manifest() -> Manifest {
    let text = r#"{"format":{"major":1,"minor":0},"space_id":"s",
        "input":{"name":"picture","shape":[3,64,64],"preprocess":null},
        "output":{"name":"embedding","dim":64,"learners":4},"variants":[],
        "training":{"set":"vehicles","backbone":"mobilenet_v2 width 0.5 <&>","learners":4,"epochs":16,"seed":1,
        "tool":"dnc-train 0.1.0"}}"#;
    let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
    value["input"]["preprocess"] = serde_json::to_value(dnc_core::preprocess::Preprocess::imagenet(64)).unwrap();
    serde_json::from_value(value).unwrap()
}

/// Ten queries of drawn vehicles; every third match is another vehicle.
fn lists(folder: &Path) -> Vec<RankList> {
    let config = RenderConfig::default();
    let shown = |identity: usize, view: usize| {
        let path = folder.join(format!("{identity}-{view}.png"));
        draw_vehicle(&config, identity, view % 4, view).save(&path).unwrap();
        Shown { path, identity: format!("{identity}"), camera: Some(format!("{}", view % 4)) }
    };
    let list = |query: usize| RankList {
        query: shown(query, 0),
        average_precision: 0.8 - 0.07 * query as f64,
        worst: query >= 7,
        found: (1..=6)
            .map(|view| {
                let right = !(view + query).is_multiple_of(3);
                let shown = shown(if right { query } else { query + 20 }, view);
                Found { shown, similarity: 0.97 - 0.05 * view as f32, right }
            })
            .collect(),
    };
    (0..10).map(list).collect()
}

fn made_up_page(change: impl FnOnce(&mut Vec<RankList>)) -> String {
    let dir = tempfile::tempdir().unwrap();
    let mut lists = lists(dir.path());
    change(&mut lists);
    let stage = |key, title, seconds, command: &str| Stage { key, title, command: command.to_owned(), seconds };
    let stages = [
        stage(
            "render",
            "1. render vehicles",
            9.1,
            "target/release/dnc-train render --out target/quickstart/vehicles --seed 1",
        ),
        stage(
            "train",
            "2. train",
            171.5,
            "target/release/dnc-train run --out '</pre><script>alert(1)</script>' --size 64",
        ),
        stage("export", "4. export and verify", 6.0, "target/release/dnc-export --run target/quickstart/run"),
    ];
    let rule = DecisionRule { threshold: 0.6134, margin: 0.02 };
    page(&Report {
        results: &made_up(),
        stages: &stages,
        manifest: &manifest(),
        history: &made_up_history(),
        lists: &lists,
        trials: &made_up_trials(),
        rule: &rule,
    })
    .unwrap()
}

#[test]
fn every_section_is_there_and_nothing_comes_from_elsewhere() {
    let page = made_up_page(|_| ());
    // To be looked at: DNC_REPORT=/tmp/report.html cargo test --release -p dnc-tests every_section
    if let Some(path) = std::env::var_os("DNC_REPORT") {
        std::fs::write(path, &page).unwrap();
    }
    for id in ["results", "rank-lists", "training", "open-set", "costs", "commands"] {
        assert_eq!(page.matches(&format!("<section id=\"{id}\"")).count(), 1, "{id}");
    }
    assert_eq!(page.matches("<svg").count(), 4);
    assert!(page.contains("0.872") && page.contains("84.7 %") && page.contains("threshold 0.613"));
    assert!(page.contains("prefers-color-scheme:dark") && page.contains("name=\"viewport\""));
    let elsewhere = page.replace("http://www.w3.org/2000/svg", "");
    assert!(["http:", "https:", "url(", "@import", "<link", "src=\"/"].iter().all(|word| !elsewhere.contains(word)));
}

#[test]
fn every_picture_decodes_and_right_and_wrong_differ_by_more_than_colour() {
    let page = made_up_page(|_| ());
    let pictures: Vec<&str> = page.split("base64,").skip(1).map(|p| p.split('"').next().unwrap()).collect();
    assert_eq!(pictures.len(), 10 * 7);
    for picture in pictures {
        let bytes = BASE64_STANDARD.decode(picture).unwrap();
        assert_eq!(dnc_core::picture::decode(&bytes).unwrap().dimensions(), (96, 96));
    }
    // Two of six matches are wrong in each row; one more mark each is in the legend.
    assert_eq!((page.matches("✓").count(), page.matches("✗").count()), (40 + 1, 20 + 1));
    assert_eq!((page.matches("alt=\"right: ").count(), page.matches("alt=\"wrong: ").count()), (40, 20));
}

#[test]
fn text_cannot_leave_its_place() {
    let page = made_up_page(|lists| lists[0].query.identity = "\"><script>alert(2)</script>".into());
    assert!(!page.contains("<script"), "a script got in");
    assert!(page.contains("&lt;/pre&gt;&lt;script&gt;alert(1)") && page.contains("width 0.5 &lt;&amp;&gt;"));
    assert!(page.contains("alt=\"query: vehicle &quot;&gt;&lt;script"));
}
