//! The 64-bit ARM binary (edge/aarch64.sh), run by qemu-aarch64: the same answers as this machine's.

use std::path::{Path, PathBuf};
use std::process::Command;

use dnc_edge::Gallery;

use crate::edge;
use crate::support::Output;
use crate::support::bundle::parts;
use crate::support::pictures::write;

/// Variable that names the binary.
const BINARY: &str = "DNC_EDGE_AARCH64";
const EMULATOR: &str = "qemu-aarch64-static";
/// Where Debian's libc6-arm64-cross puts the C library.
const LIBRARIES: &str = "/usr/aarch64-linux-gnu";

/// The binary; `None`, with the reason printed, where it was not built.
///
/// # Panics
/// Where it was not built and `CI` is set.
fn binary() -> Option<PathBuf> {
    let found = std::env::var_os(BINARY).map(PathBuf::from);
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "{BINARY} names no binary: build it with edge/aarch64.sh");
        println!("skipped: {BINARY} names no binary (edge/aarch64.sh builds it)");
    }
    found
}

fn arm(binary: &Path, args: &[&Path]) -> Output {
    let output = Command::new(EMULATOR).args(["-L", LIBRARIES]).arg(binary).args(args).output();
    let output = output.unwrap_or_else(|e| panic!("{EMULATOR}: {e}: apt-get install qemu-user-static"));
    Output {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn embeddings(gallery: &Path) -> Vec<Vec<f32>> {
    let snapshot = Gallery::open(gallery).unwrap().snapshot().unwrap();
    (0..snapshot.views()).map(|view| snapshot.row(view).to_vec()).collect()
}

#[test]
fn arm_enrols_and_identifies_as_this_machine_does() {
    let Some(binary) = binary() else { return };
    let dir = tempfile::tempdir().unwrap();
    let bundle = parts(1).folder(&dir.path().join("bundle"));
    let (one, two) = (write(dir.path(), 1, 0), write(dir.path(), 2, 0));
    let (here, there) = (dir.path().join("here.gallery"), dir.path().join("there.gallery"));
    for (name, picture) in [("one", &one), ("two", &two)] {
        let flags = ["enroll", "--identity", name, "--bundle"].map(Path::new);
        let rest = [bundle.as_path(), Path::new("--gallery"), &there, picture];
        arm(&binary, &[&flags[..], &rest[..]].concat()).done();
        edge!["enroll", "--identity", name, "--bundle", bundle, "--gallery", here, picture].done();
    }
    // Read here what was written there.
    let (ours, theirs) = (embeddings(&here), embeddings(&there));
    assert_eq!((ours.len(), theirs.len()), (2, 2));
    for (a, b) in ours.iter().flatten().zip(theirs.iter().flatten()) {
        assert!((a - b).abs() < 1e-3, "{a} {b}");
    }
    let (probe, stranger) = (write(dir.path(), 1, 3), write(dir.path(), 7, 0));
    let ours = edge!["identify", "--json", "--bundle", bundle, "--gallery", here, one, probe, stranger].done().json();
    let flags = ["identify", "--json", "--bundle"].map(Path::new);
    let rest = [bundle.as_path(), Path::new("--gallery"), &there, &one, &probe, &stranger];
    let theirs = arm(&binary, &[&flags[..], &rest[..]].concat()).done().json();
    for (a, b) in ours.iter().zip(&theirs) {
        assert_eq!((&a["decision"], &a["identity"]), (&b["decision"], &b["identity"]));
        let similarity = |answer: &serde_json::Value| answer["similarity"].as_f64().unwrap();
        assert!((similarity(a) - similarity(b)).abs() < 1e-3, "{a} {b}");
    }
    assert_eq!((&ours[0]["decision"], &ours[0]["identity"]), (&"known".into(), &"one".into()));
    assert_eq!((ours.len(), &ours[2]["decision"]), (3, &"unknown".into()));
    // An error is an error there too.
    let broken = dir.path().join("broken.jpg");
    std::fs::write(&broken, b"no picture").unwrap();
    let rest = [bundle.as_path(), Path::new("--gallery"), &there, &broken];
    arm(&binary, &[&flags[..], &rest[..]].concat()).refused(3, &["broken.jpg"]);
}
