//! `--dashboard` on a terminal, and without one.

use std::process::Command;

use crate::support::{Site, assert_same_run};

#[test]
fn without_a_terminal_the_lines_are_plain_and_the_reason_is_said() {
    let site = Site::new();
    let said = site.run("run", &["--dashboard"]).done().stderr;
    assert!(said.contains("no dashboard, since standard") && said.contains("is no terminal"), "{said}");
    assert!(said.contains("epoch   1 ") && !said.contains('\u{1b}'), "{said}");
    site.run("plain", &[]).done();
    assert_same_run(&site.path("run"), &site.path("plain"));
}

/// Runs under `script`, which gives it a terminal; `keys` is shell text whose output is typed. Answers the exit
/// code and what the terminal got.
fn on_a_terminal(site: &Site, flags: &str, keys: &str) -> Option<(Option<i32>, String)> {
    if Command::new("script").arg("--version").output().is_err() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "no `script` (util-linux)");
        eprintln!("skipped: no `script` to make a terminal with");
        return None;
    }
    let command = format!(
        "stty rows 40 cols 120; {} run --config {} --out {} --dashboard {flags}",
        env!("CARGO_BIN_EXE_dnc-train"),
        site.arg("tiny.toml"),
        site.arg("run")
    );
    // A terminal that is not given back must fail the test, not hold it up.
    let line = format!("({keys}) | timeout 120 script -qec '{command}' {}", site.arg("typescript"));
    let output = Command::new("sh").args(["-c", &line]).env("TERM", "xterm-256color").output().unwrap();
    Some((output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned()))
}

const LEAVE: &str = "\u{1b}[?1049l";

#[test]
fn q_stops_it_and_the_terminal_is_given_back() {
    let site = Site::new();
    // Typed once two epochs are done.
    let wait = "for i in $(seq 300); do grep -q '\"epoch\":1,' HISTORY 2>/dev/null && break; sleep 0.1; done";
    let typed = format!("{}; printf q", wait.replace("HISTORY", &site.arg("run/history.json")));
    let long = "--epochs 400 --join-at 100 --conquer-at 300 --evaluate-every 0";
    let Some((code, screen)) = on_a_terminal(&site, long, &typed) else { return };
    assert_eq!(code, Some(130), "{screen}");
    let (drawn, after) = screen.rsplit_once(LEAVE).expect("the terminal is given back");
    // Words that stay are not sent again, so a line may come in pieces.
    assert!(["loss:", "epochs", "clusters"].iter().all(|word| drawn.contains(word)), "{drawn}");
    assert!(after.contains("the same command goes on") && after.contains("epoch   1 "), "{after}");
}

#[test]
fn an_error_is_said_on_the_terminal_that_was_given_back() {
    let site = Site::new();
    std::fs::remove_file(site.picture(3, 1)).unwrap();
    let Some((code, screen)) = on_a_terminal(&site, "--validation-share 0", "true") else { return };
    assert_eq!(code, Some(1), "{screen}");
    let (_, after) = screen.rsplit_once(LEAVE).expect("the terminal is given back");
    assert!(after.contains("1 of 96 pictures") && after.contains("--skip-broken"), "{after}");
}
