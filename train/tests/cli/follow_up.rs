//! The follow-up's variant: clusters split level by level, masks over the whole embedding, a backbone that rests
//! after each division.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use burn::backend::Autodiff;
use burn_flex::{Flex, FlexDevice};
use dnc_train::checkpoint::Run;
use dnc_train::config::Config;
use dnc_train::evaluate::trained_network;
use dnc_train::mask::MaskKind;
use dnc_train::objective::Objective;
use dnc_train::schedule::Phase::{Conquer, Join, Learn};
use dnc_train::trainer::train;

use crate::resume::StopAfter;
use crate::support::{Site, TEST_IDENTITIES, TINY, VIEWS, assert_same_run, history};

/// One cluster, two, four; the whole embedding; all data.
const FOLLOW_UP: &str = "\
division = 'hierarchical'
masks = 'learnable'
orthogonality = 0.1
masks_lr = 0.05
";

/// The tiny settings with those of the follow-up, and `more`.
fn settings(more: &str) -> String {
    let kept = ["learners", "epochs", "join_at", "conquer_at"];
    let tiny: String =
        TINY.lines().filter(|l| kept.iter().all(|k| !l.starts_with(k))).map(|l| format!("{l}\n")).collect();
    format!("{tiny}learners = 4\nepochs = 6\njoin_at = 4\nconquer_at = 5\n{FOLLOW_UP}{more}")
}

/// Trains until the checkpoint after `epochs` whole epochs, and loses a part of the next one.
fn stop_after(site: &Site, config: &Config, out: &str, epochs: usize) -> Run {
    let dataset = dnc_datasets::open(&config.data, None).unwrap();
    let run = Run::at(&site.path(out));
    let _lock = run.begin(config).unwrap();
    let done = run.newest().unwrap().map_or(0, |_| run.state().unwrap().0.epochs);
    let stop = AtomicBool::new(false);
    let observer = StopAfter::new(epochs - done + 1, 1, &stop);
    train::<Autodiff<Flex>>(config, &dataset, &run, &FlexDevice, &observer, &stop).unwrap();
    assert_eq!(run.state().unwrap().0.epochs, epochs);
    run
}

fn masks(run: &Run, config: &Config) -> Vec<Vec<f32>> {
    let objective = run.load_objective(Objective::<Flex>::new(config, 14, &FlexDevice), &FlexDevice).unwrap();
    let values: Vec<f32> = objective.masks.learned().unwrap().into_data().into_vec().unwrap();
    values.chunks(config.dim).map(<[f32]>::to_vec).collect()
}

fn objective_file(run: &Path) -> Vec<u8> {
    std::fs::read(Run::at(run).newest().unwrap().unwrap().join("objective.mpk")).unwrap()
}

#[test]
fn clusters_double_and_masks_leave_an_embedding_of_one_slice() {
    let site = Site::new();
    site.write("follow-up.toml", &settings(""));
    site.run_with("follow-up.toml", "run", &[]).done();
    let epochs = history(&site.path("run")).epochs;
    assert_eq!(epochs.iter().map(|e| e.phase).collect::<Vec<_>>(), [Learn, Learn, Learn, Learn, Join, Conquer]);
    let clusters: Vec<Option<usize>> = epochs.iter().map(|e| e.clusters.as_ref().map(Vec::len)).collect();
    assert_eq!(clusters, [Some(1), Some(2), Some(4), Some(4), Some(4), None]);

    let run = Run::at(&site.path("run"));
    let config = run.config().unwrap();
    let network = trained_network::<Flex>(&run, &config, &FlexDevice).unwrap();
    assert_eq!((network.layout().dim(), network.layout().learners()), (16, 1));
    for flags in [&["--json"][..], &["--json", "--baseline", "untrained"]] {
        let json = site.evaluate("run", flags).done().json();
        assert_eq!(json["scores"]["queries"].as_u64(), Some((TEST_IDENTITIES * VIEWS) as u64));
        assert!(json["scores"]["map"].as_f64().is_some_and(|map| map > 0.0 && map <= 1.0), "{json}");
    }
    let learners = site.evaluate("run", &["--json", "--per-learner"]).done().json()["per_learner"].clone();
    let learners = learners.as_array().unwrap();
    assert!(learners.iter().all(|l| l["masked"] == true && l["dim"] == 16), "{learners:?}");
    let maps: Vec<f64> = learners.iter().map(|l| l["map"].as_f64().unwrap()).collect();
    assert!(maps.len() == 4 && (1..4).any(|k| maps[k] != maps[0]), "four masks, one score: {maps:?}");
    let slices = ["--masks", "slices", "--division", "flat"];
    site.evaluate("run", &slices).refused(1, &["dim 16, learners 1, now", "learners 4"]);
}

#[test]
fn a_stop_on_any_level_changes_neither_network_nor_masks() {
    let site = Site::new();
    site.write("follow-up.toml", &settings(""));
    site.run_with("follow-up.toml", "whole", &[]).done();
    let config = Config::read(&site.path("follow-up.toml")).unwrap();
    for epochs in 0..5 {
        stop_after(&site, &config, "stopped", epochs);
    }
    site.run_with("follow-up.toml", "stopped", &[]).done();
    let [whole, stopped] = ["whole", "stopped"].map(|run| site.path(run));
    assert_same_run(&whole, &stopped);
    assert!(objective_file(&whole) == objective_file(&stopped), "equal histories, other masks");
}

#[test]
fn masks_part_with_their_clusters_and_rest_once_the_whole_embedding_learns() {
    let site = Site::new();
    site.write("follow-up.toml", &settings(""));
    let config = Config::read(&site.path("follow-up.toml")).unwrap();
    let after = |epochs| masks(&stop_after(&site, &config, "run", epochs), &config);
    assert_eq!(after(0), vec![vec![1.0; 16]; 4]);
    let one = after(1);
    assert!(one[0] != [1.0; 16] && one.iter().all(|m| *m == one[0]), "{one:?}");
    let two = after(2);
    assert!(two[0] == two[1] && two[2] == two[3] && two[0] != two[2], "{two:?}");
    let four = after(4);
    assert!((0..4).all(|i| (0..i).all(|j| four[i] != four[j])), "{four:?}");
    assert_eq!(after(5), four);
}

#[test]
fn a_backbone_frozen_after_a_division_keeps_every_bit() {
    let site = Site::new();
    let slower = settings("freeze_after_division = 1\n").replace("divide_every = 1", "divide_every = 2");
    site.write("frozen.toml", &slower.replace("learners = 4", "learners = 2"));
    let config = Config::read(&site.path("frozen.toml")).unwrap();
    let parts = |epochs| {
        let network =
            trained_network::<Flex>(&stop_after(&site, &config, "run", epochs), &config, &FlexDevice).unwrap();
        let units: Vec<Vec<f32>> = network
            .units
            .iter()
            .flat_map(|u| {
                let vectors = [&u.gamma, &u.beta, &u.running_mean, &u.running_var].map(|p| p.val().into_data());
                [u.weight.val().into_data()].into_iter().chain(vectors).map(|d| d.into_vec().unwrap())
            })
            .collect();
        (units, network.head.weight.val().into_data().into_vec::<f32>().unwrap())
    };
    let mut before = parts(0);
    for (epoch, frozen) in [true, false, true, false, true].into_iter().enumerate() {
        let after = parts(epoch + 1);
        assert_eq!(before.0 == after.0, frozen, "epoch {epoch}");
        assert!(before.1 != after.1, "epoch {epoch}: the embedding layer rests too");
        before = after;
    }
}

#[test]
fn fixed_masks_learn_flat_too() {
    let site = Site::new();
    site.run("fixed", &["--masks", "fixed"]).done();
    site.run("slices", &[]).done();
    let [fixed, slices] = ["fixed", "slices"].map(|run| history(&site.path(run)));
    assert_ne!(fixed.without_times(), slices.without_times());
    assert_eq!(Run::at(&site.path("fixed")).config().unwrap().masks, MaskKind::Fixed);
    let learners = site.evaluate("fixed", &["--json", "--per-learner"]).done().json()["per_learner"].clone();
    assert!(learners.as_array().unwrap().len() == 2 && learners[1]["masked"] == true, "{learners}");
}

#[test]
fn a_hierarchy_that_cannot_be_is_refused_before_anything_is_written() {
    let site = Site::new();
    let hierarchical = ["--division", "hierarchical", "--masks", "fixed"];
    let with = |flags: &[&str]| site.run("run", &[&hierarchical, flags].concat());
    with(&["--learners", "3"]).refused(1, &["learners is 3", "power of two"]);
    with(&["--learners", "8"]).refused(1, &["level_epochs is 1", "join_at (1)"]);
    site.run("run", &["--division", "hierarchical"]).refused(1, &["masks is slices", "fixed or learnable"]);
    assert!(!site.path("run").exists());
}
