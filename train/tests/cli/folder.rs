//! A run's folder belongs to one run and one process, and nothing in it is lost.

use dnc_train::checkpoint::Run;
use dnc_train::config::Config;

use crate::support::{Site, history, names, train};

#[test]
fn a_second_process_in_the_same_folder_is_refused_and_changes_nothing() {
    let site = Site::new();
    site.run("run", &["--epochs", "3"]).done();
    let before = names(&site.path("run"));
    let config = Config::read(&site.path("tiny.toml")).unwrap();
    let lock = Run::at(&site.path("run")).begin(&config).unwrap();
    assert!(lock.is_held(), "this system has no locks: nothing can be tested here");
    site.run("run", &[]).refused(1, &["another dnc-train is training this run", "another --out"]);
    assert_eq!(names(&site.path("run")), before);
    drop(lock);
    site.run("run", &[]).done();
    assert_eq!(history(&site.path("run")).epochs.len(), 4);
}

#[test]
fn without_its_pointer_a_run_is_not_overwritten_and_can_be_mended() {
    let site = Site::new();
    site.run("run", &["--epochs", "3"]).done();
    site.run("whole", &[]).done();
    let pointer = site.path("run/checkpoint");
    std::fs::remove_file(&pointer).unwrap();
    let before = names(&site.path("run"));
    site.run("run", &[]).refused(1, &["epoch-0003 is there and would be lost", "write epoch-0003 into", "checkpoint"]);
    assert_eq!(names(&site.path("run")), before);
    std::fs::write(&pointer, "epoch-0003").unwrap();
    site.run("run", &[]).done();
    crate::support::assert_same_run(&site.path("run"), &site.path("whole"));
}

#[test]
fn somebody_elses_file_of_settings_is_not_overwritten() {
    let site = Site::new();
    std::fs::create_dir(site.path("mine")).unwrap();
    let text = std::fs::read_to_string(site.path("tiny.toml")).unwrap().replace("'vehicles'", "'../vehicles'");
    site.write("mine/config.toml", &text);
    site.run_with("mine/config.toml", "mine", &[])
        .refused(1, &["config.toml is there", "another --out", "move that file away"]);
    assert_eq!(std::fs::read_to_string(site.path("mine/config.toml")).unwrap(), text);
    assert_eq!(names(&site.path("mine")), ["config.toml"]);
}

#[test]
fn other_identities_than_were_held_out_are_not_scored_as_validation() {
    let site = Site::new();
    site.csv("list.csv", |_, _| true);
    let list = std::fs::read_to_string(site.path("list.csv")).unwrap();
    let data = site.arg("list.csv");
    site.run("run", &["--data", &data, "--validation-share", "0.2", "--epochs", "3"]).done();
    site.evaluate("run", &["--part", "validation"]).done();
    // As many pictures of as many identities, but in another order: other ones would be held out.
    let (head, rows) = list.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    site.write("list.csv", &format!("{head}\n{}\n", rows.join("\n")));
    site.evaluate("run", &["--part", "validation"])
        .refused(1, &["another validation part than this run held out", "--data"]);
    site.evaluate("run", &["--part", "validation", "--baseline", "histogram"]).refused(1, &["another validation part"]);
    train(&["report", "--run", &site.arg("run")]).refused(1, &["another validation part"]);
    site.evaluate("run", &[]).done();
    let flags = ["--data", &data, "--validation-share", "0.2"];
    site.run("run", &flags).refused(1, &["training pictures are as many", "not the same"]);
    site.write("list.csv", &list);
    site.run("run", &flags).done();
    assert_eq!(history(&site.path("run")).epochs.len(), 4);
}

#[test]
fn a_refused_command_leaves_the_settings_as_they_were() {
    let site = Site::new();
    site.csv("fewer.csv", |identity, _| identity < 12);
    site.run("run", &["--epochs", "3"]).done();
    let before = std::fs::read(site.path("run/config.toml")).unwrap();
    site.run("run", &["--data", &site.arg("fewer.csv")]).refused(1, &["was started with"]);
    site.run("run", &["--data", &site.arg("absent")]).refused(1, &["absent"]);
    assert_eq!(std::fs::read(site.path("run/config.toml")).unwrap(), before);
    site.evaluate("run", &[]).done();
    // What goes through is kept.
    std::fs::rename(site.path("vehicles"), site.path("moved")).unwrap();
    site.run("run", &["--data", &site.arg("moved")]).done();
    site.evaluate("run", &[]).done();
}
