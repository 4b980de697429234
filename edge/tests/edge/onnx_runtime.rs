//! ONNX Runtime on the device: the library, the providers, and broken ones of both.

use std::path::{Path, PathBuf};

use dnc_core::manifest::Target;
use dnc_edge::runtime::library;

use crate::edge;
use crate::support::bundle::parts;
use crate::support::pictures::{folder, write};

/// The library, the user's or fetched once; `None`, with the reason printed, where it cannot be had.
///
/// # Panics
/// Where it cannot be had and `CI` is set.
pub fn the_library() -> Option<PathBuf> {
    match library::find_or_fetch() {
        Ok(path) => Some(path),
        Err(error) if std::env::var_os("CI").is_none() => {
            println!("skipped: ONNX Runtime cannot be had: {error}");
            None
        }
        Err(error) => panic!("ONNX Runtime cannot be had: {error}"),
    }
}

#[test]
fn it_answers_as_tract_does() {
    let Some(library) = the_library() else { return };
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = (parts(1).for_both().folder(&dir.path().join("bundle")), dir.path().join("site.gallery"));
    let people = folder(&dir.path().join("people"), 4, 2);
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--folder", people].done();
    let probe = write(dir.path(), 2, 9);
    let both = ["tract", "ort"].map(|runtime| {
        let said = edge![
            "identify",
            "--bundle",
            bundle,
            "--gallery",
            gallery,
            "--json",
            "--runtime",
            runtime,
            "--ort-library",
            library,
            probe
        ];
        said.done().json().remove(0)
    });
    assert_eq!(both[0]["identity"], both[1]["identity"]);
    let similarity = |i: usize| both[i]["similarity"].as_f64().unwrap();
    assert!((similarity(0) - similarity(1)).abs() < 1e-5, "{both:?}");
    let info = edge!["info", "--bundle", bundle, "--json", "--runtime", "ort", "--ort-library", library].done().json();
    assert_eq!(
        (info[0]["runtime"].as_str(), info[0]["providers"][0]["runs"].as_bool()),
        (Some("ONNX Runtime"), Some(true))
    );
}

#[test]
fn a_provider_that_is_not_there_is_said_or_refused() {
    let Some(library) = the_library() else { return };
    let dir = tempfile::tempdir().unwrap();
    let bundle = parts(1).for_both().folder(&dir.path().join("bundle"));
    let info = |ep: &str| edge!["info", "--bundle", bundle, "--runtime", "ort", "--ort-library", library, "--ep", ep];
    info("cuda").refused(1, &["cuda", "--ep"]);
    let fell_back = info("tensorrt,cuda,cpu").done();
    assert!(fell_back.stderr.contains("tensorrt does not run") && fell_back.stderr.contains("cuda does not run"));
    assert!(info("cpu,cuda").done().stdout.contains("cpu stands before it"));
    info("abacus").refused(2, &["abacus"]);
}

#[test]
fn a_library_that_is_none_or_was_cut_short_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = parts(1).for_both().folder(&dir.path().join("bundle"));
    let with = |library: &Path| edge!["info", "--bundle", bundle, "--runtime", "ort", "--ort-library", library];
    with(&dir.path().join("none.so")).refused(1, &["none.so", "dnc-edge runtime fetch"]);
    let noise = dir.path().join("noise.so");
    std::fs::write(&noise, [7u8; 1000]).unwrap();
    with(&noise).refused(1, &["noise.so", "no 64-bit shared library"]);
    let Some(library) = the_library() else { return };
    let cut = dir.path().join("cut.so");
    std::fs::write(&cut, &std::fs::read(library).unwrap()[..1_000_000]).unwrap();
    with(&cut).refused(1, &["cut.so", "cut short"]);
}

#[test]
fn a_broken_model_is_refused() {
    let Some(library) = the_library() else { return };
    let dir = tempfile::tempdir().unwrap();
    let whole = parts(1).for_both();
    let cut = whole.onnx[..whole.onnx.len() / 2].to_vec();
    let bundle = whole.with_model(cut).folder(&dir.path().join("cut"));
    edge!["info", "--bundle", bundle, "--runtime", "ort", "--ort-library", library].refused(1, &["ONNX Runtime"]);
    let mut other = parts(1).for_both();
    (other.manifest.output.dim, other.manifest.output.learners) = (6, 2);
    let bundle = other.folder(&dir.path().join("other"));
    edge!["info", "--bundle", bundle, "--runtime", "ort", "--ort-library", library].refused(1, &["output.dim", "N×6"]);
}

#[test]
fn a_variant_for_tensorrt_is_taken_by_name_or_by_provider() {
    let Some(library) = the_library() else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut parts = parts(1).for_both();
    parts.manifest.variants[0].targets = vec![Target::Tensorrt];
    let bundle = parts.folder(&dir.path().join("bundle"));
    let file = parts.manifest.variants[0].file.clone();
    edge!["info", "--bundle", bundle, "--runtime", "ort", "--ort-library", library].refused(1, &["ort"]);
    edge!["info", "--bundle", bundle, "--ort-library", library, "--variant", file].done();
    edge!["info", "--bundle", bundle, "--ort-library", library, "--ep", "tensorrt,cpu"].done();
}
