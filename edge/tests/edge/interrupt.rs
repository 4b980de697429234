//! Ctrl-C and kill -9 while enrolling: what was acknowledged is in the gallery.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use dnc_edge::Gallery;
use serde_json::Value;

use crate::edge;
use crate::support::bundle::parts;
use crate::support::command;
use crate::support::pictures::slow_folder;

const PICTURES: usize = 300;

struct Site {
    _dir: tempfile::TempDir,
    bundle: PathBuf,
    gallery: PathBuf,
    people: PathBuf,
}

fn site() -> Site {
    let dir = tempfile::tempdir().unwrap();
    let people = slow_folder(&dir.path().join("people"), PICTURES);
    let bundle = parts(1).folder(&dir.path().join("bundle"));
    Site { bundle, people, gallery: dir.path().join("g"), _dir: dir }
}

/// Starts enrolling and ends the run by `stop` once some views are acknowledged. Answers all acknowledged
/// pictures, the exit code and the last line.
fn interrupted(site: &Site, stop: impl FnOnce(&mut Child)) -> (HashSet<String>, Option<i32>, Value) {
    let mut child = command()
        .args(["enroll", "--json", "--threads", "1", "--bundle"])
        .arg(&site.bundle)
        .arg("--gallery")
        .arg(&site.gallery)
        .arg("--folder")
        .arg(&site.people)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut acknowledged, mut last, mut stop) = (HashSet::new(), Value::Null, Some(stop));
    for line in lines {
        last = serde_json::from_str(&line.unwrap()).unwrap();
        if last["event"] == "enrolled" {
            acknowledged.insert(last["picture"].as_str().unwrap().to_owned());
        }
        if acknowledged.len() >= 40
            && let Some(stop) = stop.take()
        {
            stop(&mut child);
        }
    }
    (acknowledged, child.wait().unwrap().code(), last)
}

fn enrolled(gallery: &Path) -> HashSet<String> {
    Gallery::open(gallery).unwrap().views().unwrap().into_iter().map(|v| v.source).collect()
}

#[test]
fn ctrl_c_finishes_the_batch_and_the_same_command_goes_on() {
    let site = site();
    let (acknowledged, code, last) = interrupted(&site, |child| {
        let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    });
    assert_eq!(code, Some(130));
    assert_eq!((last["event"].as_str(), last["interrupted"].as_bool()), (Some("summary"), Some(true)));
    assert!(acknowledged.len() < PICTURES, "the run was over before it could be interrupted");
    assert_eq!(enrolled(&site.gallery), acknowledged);
    let run = edge!["enroll", "--json", "--bundle", site.bundle, "--gallery", site.gallery, "--folder", site.people];
    let summary = run.done().json().pop().unwrap();
    assert_eq!(summary["duplicates"].as_u64(), Some(acknowledged.len() as u64));
    assert_eq!(summary["views"].as_u64(), Some(PICTURES as u64));
}

#[test]
fn kill_9_leaves_every_acknowledged_view() {
    let site = site();
    let (acknowledged, code, _) = interrupted(&site, |child| child.kill().unwrap());
    assert_eq!(code, None, "it was killed");
    let kept = enrolled(&site.gallery);
    assert!(acknowledged.is_subset(&kept), "acknowledged {}, kept {}", acknowledged.len(), kept.len());
    assert!(kept.len() < PICTURES);
    edge!["list", "--gallery", site.gallery].done();
}
