//! A report of rendered vehicles under made-up embeddings: what must be in it, and that nothing breaks out.

use std::path::Path;

use dnc_core::EmbeddingLayout;
use dnc_datasets::render::{RenderConfig, draw_vehicle};
use dnc_datasets::{Dataset, Role, Sample, Split, protocol::Protocol};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::*;
use crate::divide::Division;
use crate::evaluate::{Embedded, Part, Scope};

const IDENTITIES: usize = 12;
const VIEWS: usize = 5;

fn dataset(folder: &Path) -> Dataset {
    let config = RenderConfig { size_px: 64, ..RenderConfig::default() };
    let samples = (0..IDENTITIES * VIEWS).map(|i| {
        let (identity, view) = (i / VIEWS, i % VIEWS);
        let path = folder.join(format!("{i}.jpg"));
        draw_vehicle(&config, identity, view % 4, view).save(&path).unwrap();
        let camera = Some((view % 4) as u32);
        Sample { path, identity: identity as u32, camera, split: Split::Train, role: Role::Both }
    });
    Dataset {
        name: "vehicles".into(),
        root: folder.to_owned(),
        samples: samples.collect(),
        identities: (0..IDENTITIES).map(|i| format!("car {i}")).collect(),
        cameras: (0..4).map(|i| format!("gate {i}")).collect(),
        protocol: Protocol::LeaveOneOut,
    }
}

/// Two learners of four values. The first knows every identity; the second mixes them all up.
fn rows(samples: &[&Sample], layout: EmbeddingLayout) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let centres: Vec<f32> = (0..IDENTITIES * 4).map(|_| rng.random_range(-1.0..1.0)).collect();
    let row = |sample: &&Sample| {
        let centre = &centres[sample.identity as usize * 4..][..4];
        let mut row: Vec<f32> = centre.iter().map(|v| v + rng.random_range(-0.05..0.05)).collect();
        row.extend((0..4).map(|_| rng.random_range(-1.0..1.0f32)));
        dnc_core::normalize::group_normalize(&mut row, &layout);
        row
    };
    samples.iter().flat_map(row).collect()
}

fn findings(set: &Dataset) -> Findings {
    let layout = EmbeddingLayout::new(8, 2).unwrap();
    let samples: Vec<&Sample> = set.samples.iter().collect();
    let rows = rows(&samples, layout);
    let config = Config { seed: 1, ..Config::default() };
    let scope = Scope { config: &config, dataset: set, part: Part::Validation };
    Findings::of(&Embedded { model: "made up".into(), samples, rows, layout, masks: Vec::new(), skipped: 2 }, scope)
        .unwrap()
}

fn clusters_of(set: &Dataset) -> Vec<Cluster> {
    let samples: Vec<&Sample> = set.samples.iter().collect();
    let of_sample = (0..samples.len()).map(|i| (i / VIEWS % 3) as u32).collect();
    clusters(&Division { epoch: 4, clusters: 3, of_sample }, &samples, set)
}

fn made_up_page(set: &Dataset, run: &str) -> String {
    let (clusters, found) = (clusters_of(set), findings(set));
    let (config, history) = (Config::default(), made_up::history());
    let findings = Ok(&found);
    page(&Report { run, set: &set.name, config: &config, history: &history, clusters: &clusters, findings }).unwrap()
}

#[test]
fn a_mask_is_scored_as_what_it_leaves_of_the_embedding() {
    let dir = tempfile::tempdir().unwrap();
    let set = dataset(dir.path());
    let sliced = findings(&set).learners;
    // The same embedding as one slice of unit length, and masks that leave one slice's values each.
    let samples: Vec<&Sample> = set.samples.iter().collect();
    let rows = rows(&samples, EmbeddingLayout::new(8, 2).unwrap());
    let rows = rows.into_iter().map(|v| v / 2f32.sqrt()).collect();
    let masks = vec![[[0.7; 4], [0.0; 4]].concat(), [[0.0; 4], [1.3; 4]].concat()];
    let config = Config { seed: 1, ..Config::default() };
    let scope = Scope { config: &config, dataset: &set, part: Part::Validation };
    let layout = EmbeddingLayout::new(8, 1).unwrap();
    let found = Findings::of(&Embedded { model: "made up".into(), samples, rows, layout, masks, skipped: 0 }, scope);
    let found = found.unwrap();
    assert_eq!(found.learners.len(), 2);
    for (masked, sliced) in found.learners.iter().zip(&sliced) {
        assert_eq!((masked.learner, masked.dim, masked.masked, sliced.masked), (sliced.learner, 8, true, false));
        assert!((masked.map - sliced.map).abs() < 1e-3, "{masked:?} beside {sliced:?}");
    }
    assert!(found.learners[0].map > 0.9 && found.learners[1].map < 0.5, "{:?}", found.learners);
    let text = learners::section(&found).into_string();
    assert!(text.contains("learner 2, its mask over all 8 values"), "{text}");
}

#[test]
fn a_slice_is_scored_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let found = findings(&dataset(dir.path()));
    let recall: Vec<f64> = found.learners.iter().map(|l| l.recall[&1]).collect();
    assert!(recall[0] > 0.9 && recall[1] < 0.3, "{recall:?}");
    assert!(found.scores.recall[&1] > recall[1] && found.scores.queries == IDENTITIES * VIEWS);
    assert_eq!(found.learners.iter().map(|l| (l.learner, l.dim)).collect::<Vec<_>>(), [(0, 4), (1, 4)]);
    let section = learners::section(&found).into_string();
    assert!(
        section.contains("learner 1, values 1 to 4<") && section.contains("learner 2, values 5 to 8<"),
        "{section}"
    );
}

#[test]
fn the_worst_queries_show_their_first_right_one() {
    let dir = tempfile::tempdir().unwrap();
    let found = findings(&dataset(dir.path()));
    assert_eq!(found.worst.len(), 10);
    for (one, next) in found.worst.iter().zip(&found.worst[1..]) {
        assert!(one.average_precision <= next.average_precision && one.query.identity != next.query.identity);
    }
    for list in &found.worst {
        let right = list.found.iter().find(|f| f.right).unwrap();
        assert_eq!(right.shown.identity, list.query.identity);
        assert!(list.found.iter().all(|f| f.right == (f.shown.identity == list.query.identity)));
        assert!(list.found.windows(2).all(|w| w[0].rank < w[1].rank && w[0].similarity >= w[1].similarity));
        assert!(list.found.iter().all(|f| f.shown.path != list.query.path), "a query found itself");
    }
}

#[test]
fn a_cluster_shows_its_own_pictures() {
    let dir = tempfile::tempdir().unwrap();
    let set = dataset(dir.path());
    for (k, cluster) in clusters_of(&set).iter().enumerate() {
        assert_eq!((cluster.pictures, cluster.identities, cluster.samples.len()), (20, 4, 12));
        let of = |shown: &shown::Shown| set.identities.iter().position(|name| *name == shown.identity).unwrap();
        assert!(cluster.samples.iter().all(|shown| of(shown) % 3 == k), "{cluster:?}");
    }
    let samples: Vec<&Sample> = set.samples.iter().collect();
    assert!(clusters(&Division::undivided(samples.len()), &samples, &set).is_empty());
}

#[test]
fn every_section_is_there_and_nothing_comes_from_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let page = made_up_page(&dataset(dir.path()), "runs/<a>");
    // To be looked at: DNC_REPORT=/tmp/report.html cargo test --release -p dnc-train every_section
    if let Some(path) = std::env::var_os("DNC_REPORT") {
        std::fs::write(path, &page).unwrap();
    }
    for id in ["training", "divisions", "learners", "map", "worst", "settings"] {
        assert_eq!(page.matches(&format!("<section id=\"{id}\"")).count(), 1, "{id}");
    }
    // Loss, scores, sizes, agreement, map.
    assert_eq!(page.matches("<svg").count(), 5);
    for words in ["Run runs/&lt;a&gt;", "Cluster 3", "learner 2, values 5 to 8", "whole embedding", "2 broken pictures"]
    {
        assert!(page.contains(words), "{words}");
    }
    // Twelve pictures for each of three clusters, sixty on the map, ten queries and what they found.
    let pictures = page.matches("data:image/jpeg;base64,").count();
    assert!((36 + 60 + 10 * 6..=36 + 60 + 10 * 7).contains(&pictures), "{pictures} pictures");
    assert!(page.contains("rank ") && page.contains("alt=\"wrong: identity car "));
    // A picture's letters may spell anything.
    let drawn: String = page.split("base64,").map(|part| part.split_once('"').map_or(part, |(_, rest)| rest)).collect();
    assert!(!drawn.contains("<script") && !drawn.contains("NaN"));
    let elsewhere = page.replace("http://www.w3.org/2000/svg", "");
    assert!(["http:", "https:", "url(", "@import", "<link", "src=\"/"].iter().all(|word| !elsewhere.contains(word)));
}

#[test]
fn a_run_without_epochs_divisions_or_pictures_has_a_page_too() {
    let config = Config { learners: 1, ..Config::default() };
    let history = History::default();
    let findings = Err("The validation part holds no pictures.");
    let report = Report { run: "r", set: "s", config: &config, history: &history, clusters: &[], findings };
    let page = page(&report).unwrap();
    assert!(page.contains("were not divided") && page.contains("holds no pictures") && page.contains("1 learner,"));
}
