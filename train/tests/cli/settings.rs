//! Settings: file, flags, and those of a run that is there already.

use std::process::Command;

use dnc_train::config::Config;

use crate::support::{Site, TINY, history, train};

#[test]
fn an_unknown_field_is_named_once_with_its_file() {
    let site = Site::new();
    site.write("typo.toml", "learnrs = 3\n");
    let run = site.run_with("typo.toml", "run", &[]);
    run.refused(1, &["typo.toml", "line 1", "unknown field `learnrs`", "`learners`", "dnc-train config"]);
    assert_eq!(run.stderr.matches("unknown field").count(), 1, "said twice: {}", run.stderr);
    assert!(!site.path("run").exists());
    site.write("type.toml", "learners = 'two'\n");
    site.run_with("type.toml", "run", &[]).refused(1, &["type.toml", "learners = 'two'", "dnc-train config"]);
    site.run_with("absent.toml", "run", &[]).refused(1, &["absent.toml", "No such file"]);
}

#[test]
fn the_printed_defaults_are_a_settings_file() {
    let printed = train(&["config"]).done().stdout;
    assert_eq!(Config::parse(&printed, "printed".as_ref()).unwrap(), Config::default());
}

#[test]
fn a_flag_wins_over_the_file_and_both_are_kept() {
    let site = Site::new();
    site.run("run", &["--epochs", "2", "--conquer-at", "2", "--seed", "7"]).done();
    assert_eq!(history(&site.path("run")).epochs.len(), 2);
    let kept = Config::read(&site.path("run/config.toml")).unwrap();
    assert_eq!((kept.epochs, kept.conquer_at, kept.seed), (2, Some(2), 7));
    assert_eq!((kept.width, kept.dim, kept.join_at), (0.25, 16, Some(1)));
}

#[test]
fn a_relative_path_in_a_file_is_relative_to_the_file() {
    let site = Site::new();
    assert!(TINY.contains("data = 'vehicles'"));
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_dnc-train")).args(args).current_dir("/").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    run(&["run", "--config", &site.arg("tiny.toml"), "--out", &site.arg("run")]);
    run(&["evaluate", "--run", &site.arg("run")]);
    assert_eq!(Config::read(&site.path("run/config.toml")).unwrap().data, site.path("vehicles"));
}

#[test]
fn values_out_of_range_name_field_value_and_limit() {
    let site = Site::new();
    site.run("run", &["--size", "8"]).refused(1, &["size is 8", "32 to 1024 px"]);
    site.run("run", &["--batch", "4"]).refused(1, &["batch is 4", "two identities of 4 pictures"]);
    site.run("run", &["--conquer-at", "9"]).refused(1, &["1 and 9", "at most epochs (4)"]);
    site.run("run", &["--learners", "two"]).refused(2, &["two", "--learners"]);
    site.run("run", &["--learners", "0", "--masks", "learnable"]).refused(1, &["learners is 0", "1 to 4096"]);
    // TOML's whole numbers end at 2^63 - 1, and a run's settings are TOML.
    site.run("run", &["--seed", "9223372036854775808"]).refused(1, &["seed is 9223372036854775808", "TOML"]);
    site.run("run", &["--patience", "18446744073709551615"]).refused(1, &["patience is", "at most 1000000000"]);
    assert!(!site.path("run").exists());
}

#[test]
#[cfg(not(any(feature = "cuda", feature = "vulkan")))]
fn a_backend_that_is_not_built_in_says_what_to_build() {
    let site = Site::new();
    for gpu in ["cuda", "vulkan"] {
        let build = format!("cargo build --release -p dnc-train --features {gpu}");
        site.run("run", &["--backend", gpu]).refused(1, &[&format!("{gpu} is not built in"), &build, "--backend cpu"]);
    }
    site.run("run", &["--backend", "vulkan", "--precision", "bf16"]).refused(1, &["precision is bf16", "f32 and f16"]);
    site.run("run", &["--backend", "tpu"]).refused(2, &["tpu", "cpu", "cuda", "vulkan"]);
}

#[test]
#[cfg(unix)]
fn paths_that_a_file_of_settings_cannot_hold_are_refused_before_anything_is_done() {
    use std::os::unix::ffi::OsStrExt;
    let site = Site::new();
    let odd = site.path("").join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
    std::fs::rename(site.path("vehicles"), &odd).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_dnc-train"))
        .args(["run", "--config", &site.arg("tiny.toml"), "--out", &site.arg("run"), "--data"])
        .arg(&odd)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("data is") && said.contains("not UTF-8") && !said.contains("panicked"), "{said}");
    assert!(!site.path("run").exists());
}

#[test]
fn other_settings_for_a_run_that_is_there_are_refused() {
    let site = Site::new();
    site.run("run", &[]).done();
    let kept = std::fs::read(site.path("run/config.toml")).unwrap();
    let cases = [
        (["--learners", "1"], ["learners = 2", "now 1"]),
        (["--seed", "2"], ["seed = 1", "now 2"]),
        (["--conquer-at", "2"], ["conquer_at = 3", "now 2"]),
        (["--freeze-norm", "true"], ["freeze_norm = nothing", "now true"]),
    ];
    for (flags, words) in cases {
        site.run("run", &flags).refused(1, &[words[0], words[1], "another --out"]);
    }
    assert_eq!(std::fs::read(site.path("run/config.toml")).unwrap(), kept, "a refusal changed the run");
}

#[test]
fn more_epochs_need_the_same_switch_points() {
    let site = Site::new();
    let free: String = TINY.lines().filter(|l| !l.contains("_at")).map(|l| format!("{l}\n")).collect();
    site.write("free.toml", &free);
    site.run_with("free.toml", "run", &[]).done();
    // Without switch points of its own a longer run is another run.
    let advice = "(--join-at 1 --conquer-at 3 with 8 epochs)";
    site.run_with("free.toml", "run", &["--epochs", "8"]).refused(1, &["conquer_at = 3", "now 7", advice]);
    site.run_with("free.toml", "run", &["--epochs", "5", "--join-at", "1", "--conquer-at", "3"]).done();
    assert_eq!(history(&site.path("run")).epochs.len(), 5);
    // One learner has one phase, however long it trains.
    site.run_with("free.toml", "one", &["--learners", "1"]).done();
    site.run_with("free.toml", "one", &["--learners", "1", "--epochs", "8"]).done();
    assert_eq!(history(&site.path("one")).epochs.len(), 8);
}

#[test]
fn a_run_may_move_with_its_pictures_but_not_to_others() {
    let site = Site::new();
    site.run("run", &[]).done();
    std::fs::rename(site.path("vehicles"), site.path("moved")).unwrap();
    std::fs::rename(site.path("run"), site.path("run2")).unwrap();
    site.run("run2", &["--epochs", "5"]).refused(1, &["vehicles does not exist"]);
    site.run("run2", &["--epochs", "5", "--data", &site.arg("moved")]).done();
    // Fewer pictures: the stored division is not theirs.
    std::fs::rename(site.path("moved"), site.path("vehicles")).unwrap();
    site.csv("fewer.csv", |identity, _| identity < 15);
    let run = site.run("run2", &["--epochs", "6", "--data", &site.arg("fewer.csv")]);
    run.refused(1, &["84 training pictures", "now there are 78", "another --out"]);
}

#[test]
fn a_trained_network_is_not_scored_as_another() {
    let site = Site::new();
    site.run("run", &[]).done();
    for flags in [["--dim", "32"], ["--width", "0.5"], ["--learners", "1"], ["--backbone", "mobilenet-v2"]] {
        site.evaluate("run", &flags)
            .refused(1, &["this run trained small width 0.25, dim 16, learners 2", "leave out"]);
    }
}
