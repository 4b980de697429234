//! Opening bundles that are not what they should be.

use std::path::Path;

use dnc_core::manifest::Target;
use dnc_edge::bundle::MAX_MANIFEST_BYTES;
use dnc_edge::{Bundle, Embedder};

use crate::support::bundle::{MODEL, parts};

fn refusal(path: &Path) -> String {
    match Bundle::open(path) {
        Err(error) => error.to_string(),
        Ok(bundle) => Embedder::new(&bundle).err().expect("the bundle is refused").to_string(),
    }
}

#[track_caller]
fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
}

#[test]
fn a_folder_and_a_file_hold_the_same_bundle() {
    let dir = tempfile::tempdir().unwrap();
    let parts = parts(1);
    let folder = Bundle::open(&parts.folder(&dir.path().join("b"))).unwrap();
    let packed = Bundle::open(&parts.packed(&dir.path().join("b.dnc"))).unwrap();
    assert_eq!(folder.manifest(), packed.manifest());
    let bytes = |b: &Bundle| b.model_bytes(b.variant_for(Target::Tract).unwrap()).unwrap();
    assert_eq!(bytes(&folder), parts.onnx);
    assert_eq!(bytes(&packed), parts.onnx);
}

/// A file of some kilobytes must not make the device take a gigabyte.
#[test]
fn an_entry_that_says_it_is_longer_than_its_archive_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut parts = parts(1);
    parts.manifest.variants[0].bytes = 1 << 30;
    let packed = parts.packed(&dir.path().join("b.dnc"));
    let mut bytes = std::fs::read(&packed).unwrap();
    // Its sizes stand before it and in the directory, compressed and not.
    let length = (parts.onnx.len() as u32).to_le_bytes();
    let places: Vec<usize> = (0..bytes.len() - 4).filter(|at| bytes[*at..*at + 4] == length).collect();
    assert_eq!(places.len(), 4);
    places.into_iter().for_each(|at| bytes[at..at + 4].copy_from_slice(&(1u32 << 30).to_le_bytes()));
    std::fs::write(&packed, bytes).unwrap();
    says(&refusal(&packed), &["b.dnc", MODEL, "longer than the archive"]);
}

#[test]
fn a_changed_model_names_file_and_both_hashes() {
    let dir = tempfile::tempdir().unwrap();
    let mut parts = parts(1);
    let folder = parts.folder(dir.path());
    parts.onnx[100] ^= 1;
    std::fs::write(folder.join(MODEL), &parts.onnx).unwrap();
    let found = dnc_core::manifest::sha256_hex(&parts.onnx);
    says(&refusal(&folder), &[MODEL, "sha256", &parts.manifest.variants[0].sha256, &found]);
}

#[test]
fn a_model_of_another_length_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let parts = parts(1);
    let folder = parts.folder(dir.path());
    let said = parts.onnx.len();
    let file = std::fs::File::options().write(true).open(folder.join(MODEL)).unwrap();
    // Sparse: were it read, the test would take 4 GiB.
    file.set_len(4 << 30).unwrap();
    says(&refusal(&folder), &[MODEL, "bytes", &said.to_string(), "4294967296"]);
    file.set_len(said as u64 - 1).unwrap();
    says(&refusal(&folder), &[MODEL, "bytes", &(said - 1).to_string()]);
}

#[test]
fn a_hostile_manifest_is_refused_by_its_length_or_its_field() {
    let dir = tempfile::tempdir().unwrap();
    let mut parts = parts(1);
    let folder = parts.folder(dir.path());
    let manifest = folder.join("manifest.json");
    std::fs::File::options().write(true).open(&manifest).unwrap().set_len(MAX_MANIFEST_BYTES + 1).unwrap();
    says(&refusal(&folder), &["manifest.json", &MAX_MANIFEST_BYTES.to_string()]);
    parts.manifest.variants[0].bytes = 1 << 40;
    parts.folder(dir.path());
    says(&refusal(&folder), &[MODEL, "1099511627776"]);
    parts.manifest.space_id = "x".repeat(200);
    parts.folder(dir.path());
    says(&refusal(&folder), &["manifest.json", "space_id", "200"]);
    std::fs::write(&manifest, b"\xff\xfe").unwrap();
    says(&refusal(&folder), &["manifest.json"]);
}

#[test]
fn a_model_of_another_space_is_refused_by_its_own_metadata() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = parts(1);
    let other = parts(2).manifest.space_id;
    one.manifest.space_id = other.clone();
    let folder = one.folder(dir.path());
    says(&refusal(&folder), &[MODEL, "space_id", &other]);
}

#[test]
fn a_model_that_does_not_normalise_is_refused_at_its_first_picture() {
    let dir = tempfile::tempdir().unwrap();
    let mut parts = parts(1);
    // The graph normalises two slices; with four the manifest asks for something else.
    parts.manifest.output.learners = 4;
    let mut embedder = Embedder::new(&Bundle::open(&parts.folder(dir.path())).unwrap()).unwrap();
    let error = embedder.embed_picture(&crate::support::pictures::picture(1, 0)).unwrap_err().to_string();
    says(&error, &["slice 0", "output.learners"]);
}

#[test]
fn a_bundle_without_a_variant_for_this_runtime_lists_what_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let mut parts = parts(1);
    parts.manifest.variants[0].targets = vec![Target::Tensorrt];
    says(&refusal(&parts.folder(dir.path())), &["no variant for tract", MODEL, "tensorrt"]);
}

#[test]
fn a_broken_archive_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = parts(1).packed(&dir.path().join("b.dnc"));
    let whole = std::fs::read(&file).unwrap();
    for cut in (0..whole.len()).step_by(whole.len() / 40) {
        std::fs::write(&file, &whole[..cut]).unwrap();
        says(&refusal(&file), &["b.dnc"]);
    }
    says(&refusal(&dir.path().join("absent.dnc")), &["absent.dnc", "No such file"]);
}
