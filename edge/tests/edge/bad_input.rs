//! Bad input to the binary: each a message with file, value, limit and next step.

use std::fs;
use std::path::{Path, PathBuf};

use crate::edge;
use crate::support::bundle::parts;
use crate::support::pictures::{folder, png, write};

fn setup(dir: &Path) -> (PathBuf, PathBuf) {
    (parts(1).folder(&dir.join("bundle")), dir.join("site.gallery"))
}

#[test]
fn a_gallery_of_another_model_is_refused_with_both_spaces() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = setup(dir.path());
    let picture = write(dir.path(), 1, 0);
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--identity", "a", picture].done();
    let other = parts(2);
    let (ours, theirs) = (parts(1).manifest.space_id, other.manifest.space_id.clone());
    let other = other.folder(&dir.path().join("other"));
    let words = ["site.gallery", &ours, &theirs, "dnc-edge enroll"];
    edge!["identify", "--bundle", other, "--gallery", gallery, picture].refused(1, &words);
    let second = write(dir.path(), 2, 0);
    edge!["enroll", "--bundle", other, "--gallery", gallery, "--identity", "b", second].refused(1, &words);
    let lines = edge!["list", "--gallery", gallery, "--json"].done().json();
    assert_eq!(lines.len(), 1, "the gallery is as it was");
}

#[test]
fn a_changed_or_truncated_model_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = setup(dir.path());
    let picture = write(dir.path(), 1, 0);
    let model = bundle.join("model.f32.onnx");
    let mut bytes = fs::read(&model).unwrap();
    bytes[50] ^= 0xff;
    fs::write(&model, &bytes).unwrap();
    let ask = || edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--identity", "a", picture];
    ask().refused(1, &["model.f32.onnx", "SHA-256", "copy the whole bundle again"]);
    // The hash fits, the model does not.
    let cut = parts(1).onnx[..600].to_vec();
    parts(1).with_model(cut).folder(&bundle);
    ask().refused(1, &["tract cannot load the model", "export the model again"]);
    assert!(!gallery.exists(), "no gallery is made for a model that does not load");
}

#[test]
fn broken_pictures_are_listed_before_anything_is_enrolled() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = setup(dir.path());
    let people = folder(&dir.path().join("people"), 3, 1);
    for i in 0..24 {
        let whole = png(&crate::support::pictures::picture(0, i));
        fs::write(people.join(format!("id0/cut{i:02}.png")), &whole[..whole.len() / 2]).unwrap();
    }
    let run = edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--folder", people];
    run.refused(1, &["24 of 27 pictures", "cut00.png", "cut19.png", "and 4 more", "--skip-broken"]);
    assert!(!run.stderr.contains("cut20.png"), "{}", run.stderr);
    assert!(!gallery.exists(), "no gallery is made for pictures that cannot be enrolled");
    let run =
        edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--folder", people, "--skip-broken", "--json"].done();
    let lines = run.json();
    let summary = lines.last().unwrap();
    assert_eq!((summary["enrolled"].as_u64(), summary["skipped"].as_u64()), (Some(3), Some(24)));
    assert_eq!(lines.iter().filter(|l| l["event"] == "skipped").count(), 24);
    let (flags, cut) = (["--identity", "a", "--skip-broken"], people.join("id0/cut00.png"));
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, flags[0], flags[1], flags[2], cut]
        .refused(1, &["none of the 1 pictures", "check the paths"]);
}

#[test]
fn a_missing_picture_does_not_stop_identification() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = setup(dir.path());
    let picture = write(dir.path(), 1, 0);
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--identity", "a", picture].done();
    let absent = dir.path().join("absent.jpg");
    let run = edge!["identify", "--bundle", bundle, "--gallery", gallery, "--json", absent, picture];
    run.refused(3, &["absent.jpg", "No such file"]);
    let lines = run.json();
    assert!(lines[0]["error"].as_str().unwrap().contains("absent.jpg"));
    assert_eq!(lines[1]["identity"], "a");
    edge!["identify", "--bundle", bundle, "--gallery", gallery, "--skip-broken", absent, picture].done();
}

#[test]
fn a_bundle_without_measured_thresholds_asks_for_them() {
    let dir = tempfile::tempdir().unwrap();
    let (_, gallery) = setup(dir.path());
    let mut parts = parts(1);
    parts.manifest.variants[0].decision = None;
    let bundle = parts.folder(&dir.path().join("bare"));
    let picture = write(dir.path(), 1, 0);
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--identity", "a", picture].done();
    let ask = ["--threshold", "0.9"];
    let words = ["bare", "variants[].decision", "--threshold", "--margin"];
    edge!["identify", "--bundle", bundle, "--gallery", gallery, picture].refused(1, &words);
    edge!["identify", "--bundle", bundle, "--gallery", gallery, ask[0], ask[1], picture].refused(1, &words);
    edge!["identify", "--bundle", bundle, "--gallery", gallery, ask[0], ask[1], "--margin", "0", picture].done();
}

#[test]
fn a_csv_file_or_folder_without_what_is_needed_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = setup(dir.path());
    let csv = dir.path().join("views.csv");
    fs::write(&csv, "file,identity\nx.png,a\n").unwrap();
    let enroll = |flag: &str, value: &Path| edge!["enroll", "--bundle", bundle, "--gallery", gallery, flag, value];
    enroll("--csv", &csv).refused(1, &["views.csv", "\"path\"", "file, identity"]);
    fs::write(&csv, "path,name\nx.png,a\n").unwrap();
    enroll("--csv", &csv).refused(1, &["views.csv", "\"identity\"", "path, name"]);
    fs::write(&csv, "path,identity\n").unwrap();
    enroll("--csv", &csv).refused(1, &["views.csv", "0 rows"]);
    enroll("--csv", &dir.path().join("absent.csv")).refused(1, &["absent.csv", "No such file"]);
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    enroll("--folder", &empty).refused(1, &["empty", "no picture", "folder for each identity"]);
    enroll("--folder", &dir.path().join("absent")).refused(1, &["absent", "No such file"]);
}

#[test]
fn what_is_no_gallery_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = setup(dir.path());
    let picture = write(dir.path(), 1, 0);
    edge!["list", "--gallery", gallery].refused(1, &["site.gallery", "no such gallery", "dnc-edge enroll"]);
    edge!["identify", "--bundle", bundle, "--gallery", gallery, picture].refused(1, &["no such gallery"]);
    let text = "my diary\n".repeat(1000);
    fs::write(&gallery, &text).unwrap();
    let enroll = || edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--identity", "a", picture];
    enroll().refused(1, &["site.gallery", "not a gallery"]);
    edge!["list", "--gallery", gallery].refused(1, &["site.gallery", "not a gallery"]);
    assert_eq!(fs::read_to_string(&gallery).unwrap(), text);
    let inside = dir.path().join("bundle/manifest.json/g");
    edge!["enroll", "--bundle", bundle, "--gallery", inside, "--identity", "a", picture]
        .refused(1, &["manifest.json/g", "Not a directory"]);
}

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    edge!["enroll", "--bundle", "b", "--gallery", "g"].refused(2, &["required"]);
    edge!["enroll", "--bundle", "b", "--gallery", "g", "x.png"].refused(2, &["--identity"]);
    edge!["enroll", "--bundle", "b", "--gallery", "g", "--csv", "c", "--where", "split"].refused(2, &["column=value"]);
    edge!["identify", "--bundle", "b", "--gallery", "g", "--top", "many", "x.png"].refused(2, &["many"]);
    let help = edge!["--help"].done().stdout;
    assert!(help.contains("Exit codes:") && help.contains("130"), "{help}");
}

#[test]
fn a_name_that_would_break_the_output_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = setup(dir.path());
    let picture = write(dir.path(), 1, 0);
    for name in ["", "  ", "two\nlines", &"x".repeat(300)] {
        edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--identity", name, picture]
            .refused(1, &["identity name", "256 bytes"]);
    }
}
