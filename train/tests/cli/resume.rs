//! A run that goes on does what the uninterrupted one does, bit for bit.

use std::sync::atomic::AtomicBool;

use burn::backend::Autodiff;
use burn_flex::{Flex, FlexDevice};
use dnc_train::checkpoint::Run;
use dnc_train::config::Config;
use dnc_train::history::EpochRecord;
use dnc_train::schedule::Phase;
use dnc_train::trainer::{Observer, Outcome, train};

use crate::support::{Site, assert_same_run, history};

/// Both kinds of normalisation: running statistics and optimiser state must come back too.
const NORMS: [&str; 2] = ["--freeze-norm=false", "--freeze-norm=true"];

#[test]
fn equal_runs_are_equal_and_another_seed_is_another_run() {
    let site = Site::new();
    for (i, norm) in NORMS.iter().enumerate() {
        let [a, b, other] = ["a", "b", "other"].map(|name| format!("{name}{i}"));
        site.run(&a, &[norm]).done();
        site.run(&b, &[norm]).done();
        assert_same_run(&site.path(&a), &site.path(&b));
        site.run(&other, &[norm, "--seed", "2"]).done();
        assert_ne!(history(&site.path(&a)).without_times(), history(&site.path(&other)).without_times());
    }
    let [batch, frozen] = ["a0", "a1"].map(|run| history(&site.path(run)).without_times());
    assert_ne!(batch, frozen, "freezing the statistics changed nothing");
}

#[test]
fn more_epochs_continue_as_if_they_had_been_asked_for_at_once() {
    let site = Site::new();
    for (i, norm) in NORMS.iter().enumerate() {
        let [whole, parts] = ["whole", "parts"].map(|name| format!("{name}{i}"));
        site.run(&whole, &[norm, "--epochs", "6"]).done();
        // Stops before a conquering epoch, then goes on with one, then with two more.
        for (epochs, before) in [("3", None), ("4", Some("3 of 4")), ("6", Some("4 of 6"))] {
            let said = site.run(&parts, &[norm, "--epochs", epochs]).done().stderr;
            let noted = before.map(|b| format!("going on after epoch {b}"));
            assert!(noted.is_none_or(|n| said.contains(&n)), "{said}");
        }
        assert_same_run(&site.path(&whole), &site.path(&parts));
    }
}

#[test]
fn what_losses_learn_and_remember_comes_back() {
    let site = Site::new();
    let betas = ["--train-beta", "per-class", "--miner", "distance-weighted", "--memory", "40"];
    let proxies = ["--loss", "proxy-nca,triplet", "--whole-loss", "multi-similarity"];
    for (i, losses) in [&betas[..], &proxies].into_iter().enumerate() {
        let [whole, parts] = ["whole", "parts"].map(|name| format!("{name}{i}"));
        site.run(&whole, losses).done();
        for epochs in ["3", "4"] {
            site.run(&parts, &[losses, &["--epochs", epochs]].concat()).done();
        }
        assert_same_run(&site.path(&whole), &site.path(&parts));
    }
}

#[test]
fn a_finished_run_is_left_as_it_is() {
    let site = Site::new();
    site.run("run", &[]).done();
    site.run("copy", &[]).done();
    let before = history(&site.path("run"));
    site.run("run", &[]).done();
    assert_eq!(history(&site.path("run")), before, "times included");
    assert_same_run(&site.path("run"), &site.path("copy"));
}

/// Asks to stop as soon as `epochs` have been started and `batches` of the last one learned from.
pub struct StopAfter<'a> {
    epochs: usize,
    batches: usize,
    stop: &'a AtomicBool,
    seen: std::sync::Mutex<(usize, usize)>,
}

impl<'a> StopAfter<'a> {
    pub fn new(epochs: usize, batches: usize, stop: &'a AtomicBool) -> Self {
        Self { epochs, batches, stop, seen: Default::default() }
    }
}

impl Observer for StopAfter<'_> {
    fn decoded(&self, _: usize) {}
    fn epoch_started(&self, _: usize, _: usize, _: Phase, _: usize) {
        let mut seen = self.seen.lock().unwrap();
        *seen = (seen.0 + 1, 0);
    }
    fn batch_done(&self, _: Option<f32>) {
        let mut seen = self.seen.lock().unwrap();
        seen.1 += 1;
        if *seen == (self.epochs, self.batches) {
            self.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    }
    fn epoch_done(&self, _: &EpochRecord) {}
    fn note(&self, _: &str) {}
}

#[test]
fn a_stop_in_the_middle_of_any_epoch_changes_nothing() {
    let site = Site::new();
    site.run("whole", &[]).done();
    let config = Config::read(&site.path("tiny.toml")).unwrap();
    let dataset = dnc_datasets::open(&config.data, None).unwrap();
    let run = Run::at(&site.path("stopped"));
    let lock = run.begin(&config).unwrap();
    // Each round loses a part of one epoch: the first before a single epoch is whole.
    for round in 0..4 {
        let stop = AtomicBool::new(false);
        let observer = StopAfter::new(round.min(1) + 1, 2, &stop);
        let outcome = train::<Autodiff<Flex>>(&config, &dataset, &run, &FlexDevice, &observer, &stop).unwrap();
        assert_eq!(outcome, Outcome::Interrupted { epochs: round });
        assert_eq!(history(&site.path("stopped")).epochs.len(), round);
    }
    drop(lock);
    site.run("stopped", &[]).done();
    assert_same_run(&site.path("whole"), &site.path("stopped"));
}
