//! Ctrl-C and kill -9 while training.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dnc_train::checkpoint::Run;

use crate::support::{Site, assert_same_run, history, names};

/// Enough epochs that the program is still busy when the signal comes.
const LONG: [&str; 8] = ["--epochs", "40", "--join-at", "10", "--conquer-at", "30", "--evaluate-every", "0"];

/// Starts a long run and stops it by `stop` once it has told of its second epoch. Answers the exit code and
/// what it still said.
fn stopped(site: &Site, flags: &[&str], stop: impl FnOnce(&mut Child)) -> (Option<i32>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dnc-train"))
        .args(["run", "--config", &site.arg("tiny.toml"), "--out", &site.arg("run")])
        .args(LONG)
        .args(flags)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("epoch   2 ") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it ended before its second epoch");
    }
    stop(&mut child);
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    (child.wait().unwrap().code(), rest)
}

/// The same command goes on and ends as a run that nobody stopped.
fn goes_on(site: &Site, flags: &[&str]) {
    let flags = [&LONG, flags].concat();
    let epochs = Run::at(&site.path("run")).state().unwrap().0.epochs;
    assert!((2..40).contains(&epochs), "{epochs} epochs were done: it was not stopped in training");
    let said = site.run("run", &flags).done().stderr;
    assert!(said.contains(&format!("going on after epoch {epochs} of 40")), "{said}");
    site.run("whole", &flags).done();
    assert_same_run(&site.path("run"), &site.path("whole"));
}

#[test]
fn ctrl_c_keeps_the_checkpoint_and_says_how_to_go_on() {
    let site = Site::new();
    let (code, said) = stopped(&site, &[], |child| {
        let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    });
    assert_eq!(code, Some(130), "{said}");
    let epochs = history(&site.path("run")).epochs.len();
    assert!(said.contains(&format!("the checkpoint after {epochs} epochs is kept")), "{said}");
    assert!(said.contains("the same command goes on"), "{said}");
    let checkpoint = format!("epoch-{epochs:04}");
    let files: Vec<String> = names(&site.path("run"));
    assert!(files.contains(&checkpoint) && files.iter().all(|file| !file.ends_with(".part")), "{files:?}");
    // What was stopped can be used as it is.
    assert!(site.evaluate("run", &["--json"]).done().json()["scores"]["map"].as_f64().unwrap() > 0.0);
    goes_on(&site, &[]);
}

#[test]
fn kill_9_loses_the_epoch_under_way_and_no_more() {
    let site = Site::new();
    let frozen = ["--freeze-norm"];
    let (code, _) = stopped(&site, &frozen, |child| child.kill().unwrap());
    assert_eq!(code, None, "it was killed");
    // What a kill while a checkpoint is stored leaves: a part of it, which the pointer does not name yet.
    let next = Run::at(&site.path("run")).state().unwrap().0.epochs + 1;
    let torn = site.path("run").join(format!("epoch-{next:04}"));
    std::fs::create_dir_all(&torn).unwrap();
    std::fs::write(torn.join("model.mpk"), b"half a mod").unwrap();
    std::fs::write(torn.join("optimizer.mpk.part"), b"half").unwrap();
    site.evaluate("run", &[]).done();
    goes_on(&site, &frozen);
}

fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Waits until `there`, at most half a minute.
#[track_caller]
fn wait_for(child: &mut Child, there: impl Fn() -> bool) {
    let started = Instant::now();
    while !there() {
        assert!(started.elapsed() < Duration::from_secs(30), "it never came");
        assert_eq!(child.try_wait().unwrap(), None, "it ended before");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Starts a run that hangs while it decodes: one of its pictures is a pipe that nobody writes to.
fn hanging(site: &Site) -> Child {
    let pipe = site.picture(3, 2);
    std::fs::remove_file(&pipe).unwrap();
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut child = Command::new(env!("CARGO_BIN_EXE_dnc-train"))
        .args(["run", "--config", &site.arg("tiny.toml"), "--out", &site.arg("run")])
        .args(["--validation-share", "0"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(&mut child, || site.path("run").exists());
    // The folder is made just before the program listens for Ctrl-C.
    std::thread::sleep(Duration::from_millis(500));
    child
}

/// Exit code and what was said, within ten seconds.
#[track_caller]
fn ended(mut child: Child) -> (Option<i32>, String) {
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > Duration::from_secs(10) {
            let _ = child.kill();
            panic!("it goes on after Ctrl-C");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code(), said)
}

#[test]
fn ctrl_c_while_decoding_does_not_wait_for_the_last_picture() {
    let site = Site::new();
    let child = hanging(&site);
    interrupt(&child);
    let (code, said) = ended(child);
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("the same command goes on"), "{said}");
    assert!(!site.path("run/checkpoint").exists());
}

#[test]
fn a_second_ctrl_c_waits_for_nothing() {
    let site = Site::new();
    let mut child = hanging(&site);
    interrupt(&child);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(child.try_wait().unwrap(), None, "the first one waits for what is under way");
    interrupt(&child);
    let (code, said) = ended(child);
    assert_eq!(code, Some(130), "{said}");
    // The end of its patience would have been told.
    assert!(!said.contains("the same command goes on"), "{said}");
}
