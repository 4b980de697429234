//! Whole trainings on a GPU beside the processor's: `cargo test --release -p dnc-train --features vulkan --test gpu`, or
//! `--features cuda` on a machine with an NVIDIA GPU. Built for both, they run on Vulkan, on a driver in software too.
//! Without either feature there is nothing here.
#![cfg(any(feature = "cuda", feature = "vulkan"))]

#[path = "../cli/support.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line, which use all of it")]
mod support;

use dnc_train::history::EpochRecord;
use support::{Site, history, train};

#[cfg(feature = "vulkan")]
const BACKEND: &str = "vulkan";
#[cfg(not(feature = "vulkan"))]
const BACKEND: &str = "cuda";

/// The tiny settings go through all phases: one epoch of slices, two of the whole embedding, one of all data.
const EPOCHS: usize = 4;
/// Both kinds of normalisation: other kernels forward and backward.
const NORMS: [&str; 2] = ["--freeze-norm=false", "--freeze-norm=true"];

/// Trains in `run`, on the GPU or on the processor.
#[track_caller]
fn trained(site: &Site, run: &str, backend: &str, flags: &[&str]) -> Vec<EpochRecord> {
    site.run(run, &[&["--backend", backend], flags].concat()).done();
    history(&site.path(run)).epochs
}

/// Panics where a loss of an epoch differs by more than `tolerance` of its value.
#[track_caller]
fn close(what: &str, ours: &EpochRecord, cpu: &EpochRecord, tolerance: f32) {
    let (ours, cpu) = (&ours.losses, &cpu.losses);
    assert_eq!(ours.len(), cpu.len(), "{what}: number of batches");
    assert!(cpu.len() > 3 && cpu.iter().all(|loss| *loss > 0.0), "{what}: nothing to compare: {cpu:?}");
    for (batch, (ours, cpu)) in ours.iter().zip(cpu).enumerate() {
        // Written so that NaN fails as well.
        assert!((ours - cpu).abs() <= tolerance * cpu, "{what}, batch {batch}: loss {ours} instead of {cpu}");
    }
}

/// How near a GPU stays to the processor's losses in an epoch. Sums run in another order; once in a while that has another
/// negative chosen, and from there on the courses part. The driver in software adds up alike each time, and none is.
fn tolerance(epoch: usize) -> f32 {
    if epoch == 0 || BACKEND == "vulkan" { 1e-3 } else { 0.2 }
}

#[test]
fn a_training_takes_the_processors_course() {
    let site = Site::new();
    for norm in NORMS {
        let [cpu, gpu] = ["cpu", BACKEND].map(|backend| trained(&site, &format!("{backend}{norm}"), backend, &[norm]));
        assert_eq!((cpu.len(), gpu.len()), (EPOCHS, EPOCHS));
        for (epoch, (gpu, cpu)) in gpu.iter().zip(&cpu).enumerate() {
            close(&format!("{norm}, epoch {epoch}"), gpu, cpu, tolerance(epoch));
        }
        assert_eq!(gpu[0].clusters, cpu[0].clusters, "{norm}: the first division");
    }
}

#[test]
fn a_run_goes_on_on_another_device_and_back() {
    let site = Site::new();
    let phases = ["--join-at", "1", "--conquer-at", "2"];
    let whole = trained(&site, "whole", "cpu", &phases);
    // Weights, moments and step counts go from device to device; a fresh optimiser would show in the next epoch.
    for (epochs, backend) in [("2", BACKEND), ("3", "cpu"), ("4", BACKEND)] {
        trained(&site, "moved", backend, &[&phases[..], &["--epochs", epochs]].concat());
    }
    let moved = history(&site.path("moved")).epochs;
    assert_eq!(moved.len(), EPOCHS);
    for (epoch, (moved, whole)) in moved.iter().zip(&whole).enumerate() {
        close(&format!("epoch {epoch}"), moved, whole, tolerance(epoch));
    }
}

#[test]
fn f16_learns_what_f32_does() {
    let site = Site::new();
    for norm in NORMS {
        let exact = trained(&site, &format!("f32{norm}"), BACKEND, &[norm]);
        let half = trained(&site, &format!("f16{norm}"), BACKEND, &[norm, "--precision", "f16"]);
        close(norm, &half[0], &exact[0], 0.1);
        assert!(half.iter().all(|epoch| epoch.loss.is_finite()), "{half:?}");
        assert_ne!(half[0].losses, exact[0].losses, "the maps were not of 16 bits");
        let made: usize = half.iter().map(|epoch| epoch.losses.len() - epoch.skipped_steps).sum();
        assert!(made > 8, "of all steps only {made} were made");
    }
}

#[test]
fn a_checkpoint_scores_the_same_on_both() {
    let site = Site::new();
    trained(&site, "run", "cpu", &[]);
    let scores = |backend: &str| {
        let json = site.evaluate("run", &["--backend", backend, "--per-learner", "--json"]).done().json();
        assert_eq!(json["per_learner"].as_array().map(Vec::len), Some(2), "{json}");
        json["scores"]["map"].as_f64().unwrap()
    };
    let (gpu, cpu) = (scores(BACKEND), scores("cpu"));
    assert!((gpu - cpu).abs() < 1e-3 && cpu > 0.0, "mAP {gpu} on the GPU, {cpu} on the processor");
    train(&["report", "--run", &site.arg("run"), "--backend", BACKEND]).done();
    assert!(std::fs::read_to_string(site.path("run/report.html")).unwrap().contains("learner 2"));
}

#[test]
fn a_device_that_is_not_there_is_refused_without_a_panic() {
    let site = Site::new();
    site.run("run", &["--backend", BACKEND, "--device", "77"]).refused(1, &["backend", BACKEND, "77", "--backend cpu"]);
    assert!(!site.path("run/checkpoint").exists());
}

#[test]
#[cfg(feature = "vulkan")]
fn vulkan_says_what_it_computes_in_and_with() {
    let site = Site::new();
    for precision in ["bf16", "tf32"] {
        let run = site.run("run", &["--backend", "vulkan", "--precision", precision]);
        run.refused(1, &["precision is", precision, "f32 and f16"]);
    }
    let told = site.run("run", &["--backend", "vulkan", "--epochs", "3"]).done().stderr;
    assert!(told.contains("backend vulkan: ") && told.contains(" computes ("), "{told}");
    // No driver at all.
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_dnc-train"))
        .args(["run", "--backend", "vulkan", "--config", &site.arg("tiny.toml"), "--out", &site.arg("other")])
        .env("VK_DRIVER_FILES", "/nowhere.json")
        .env("VK_ICD_FILENAMES", "/nowhere.json")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("no usable Vulkan driver") && !said.contains("panicked"), "{said}");
}
