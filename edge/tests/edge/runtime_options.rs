//! Batches, threads and warm-up: how a model is run does not change what it says.

use std::path::{Path, PathBuf};

use dnc_edge::pipeline::{Pipeline, PipelineError};
use dnc_edge::runtime::{Engine, OrtOptions, RuntimeOptions};
use dnc_edge::{Bundle, Embedder, RuntimeError};
use prost::Message;
use tract_onnx::pb::ModelProto;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension::Value};
use tract_onnx::pb::type_proto;

use crate::edge;
use crate::onnx_runtime::the_library;
use crate::support::bundle::{Parts, parts};
use crate::support::pictures::{folder, write};

/// Both libraries, or tract alone where ONNX Runtime cannot be had.
fn engines(threads: usize) -> Vec<RuntimeOptions> {
    let ort = the_library().map(|library| RuntimeOptions {
        engine: Some(Engine::Ort),
        ort: OrtOptions { library: Some(library), threads, ..OrtOptions::default() },
        ..RuntimeOptions::default()
    });
    let tract = RuntimeOptions { engine: Some(Engine::Tract), ..RuntimeOptions::default() };
    std::iter::once(tract).chain(ort).collect()
}

/// The tiny network with a batch that its file fixes.
fn fixed_batch(batch: i64) -> Parts {
    let parts = parts(1).for_both();
    let mut model = ModelProto::decode(&*parts.onnx).unwrap();
    let input = &mut model.graph.as_mut().unwrap().input[0];
    let Some(type_proto::Value::TensorType(tensor)) = &mut input.r#type.as_mut().unwrap().value else { panic!() };
    let fixed = Dimension { denotation: String::new(), value: Some(Value::DimValue(batch)) };
    tensor.shape.as_mut().unwrap().dim[0] = fixed;
    // What the output says of its batch axis is left open, as tools do.
    parts.with_model(model.encode_to_vec())
}

fn files(dir: &Path, n: usize) -> Vec<PathBuf> {
    (0..n).map(|view| write(dir, view % 3, view)).collect()
}

fn embed(bundle: &Bundle, options: &RuntimeOptions, batch: usize, files: &[PathBuf]) -> Vec<Vec<f32>> {
    let embedder = Embedder::open(bundle, options).unwrap();
    let mut pipeline = Pipeline::new(embedder, 2).unwrap().with_batch(batch).unwrap();
    pipeline.warm_up(1).unwrap();
    let paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    pipeline.embed(&paths).into_iter().map(|embedded| embedded.unwrap().embedding).collect()
}

fn assert_near(a: &[Vec<f32>], b: &[Vec<f32>], what: &str) {
    assert_eq!(a.len(), b.len(), "{what}");
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4), "{what}, picture {i}: {a:?} {b:?}");
    }
}

#[test]
fn batches_and_threads_give_the_embeddings_of_single_pictures() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = Bundle::open(&parts(1).for_both().folder(&dir.path().join("bundle"))).unwrap();
    let files = files(dir.path(), 7);
    for (one, more) in engines(1).iter().zip(&engines(3)) {
        let engine = one.engine.unwrap().name();
        let single = embed(&bundle, one, 1, &files);
        assert!(single[0].iter().zip(&single[1]).any(|(a, b)| (a - b).abs() > 1e-3), "pictures differ");
        for batch in [2, 3, 7, 16] {
            assert_near(&single, &embed(&bundle, one, batch, &files), &format!("{engine}, batch {batch}"));
        }
        assert_near(&single, &embed(&bundle, more, 2, &files), &format!("{engine}, 3 threads within a run"));
    }
}

#[test]
fn a_broken_picture_leaves_the_others_of_its_batch() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = Bundle::open(&parts(1).folder(&dir.path().join("bundle"))).unwrap();
    let mut files = files(dir.path(), 5);
    let options = RuntimeOptions::default();
    let single = embed(&bundle, &options, 1, &files);
    files.insert(2, dir.path().join("broken.jpg"));
    std::fs::write(&files[2], b"no picture").unwrap();
    let embedder = Embedder::open(&bundle, &options).unwrap();
    let paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let mut embedded = Pipeline::new(embedder, 1).unwrap().with_batch(4).unwrap().embed(&paths);
    assert!(matches!(embedded.remove(2), Err(PipelineError::Picture(_))));
    let rest: Vec<Vec<f32>> = embedded.into_iter().map(|one| one.unwrap().embedding).collect();
    assert_near(&single, &rest, "the others");
}

#[test]
fn a_fixed_batch_is_kept_to() {
    let Some(library) = the_library() else { return };
    let dir = tempfile::tempdir().unwrap();
    let bundle = fixed_batch(2).folder(&dir.path().join("bundle"));
    let gallery = dir.path().join("site.gallery");
    let people = folder(&dir.path().join("people"), 3, 1);
    let enroll = |batch: &str| {
        let ort = ["--runtime", "ort", "--batch", batch];
        edge![
            "enroll",
            "--bundle",
            bundle,
            "--gallery",
            gallery,
            "--folder",
            people,
            "--ort-library",
            library,
            ort[0],
            ort[1],
            ort[2],
            ort[3]
        ]
    };
    enroll("3").refused(1, &["model.f32.onnx takes 2 pictures in a run", "3 were asked for (--batch)"]);
    // Three pictures in runs of two: what the last run lacks is filled up.
    enroll("2").done();
    assert!(enroll("1").done().stdout.contains("3 already enrolled"));
}

#[test]
fn threads_within_a_run_are_onnx_runtimes() {
    let dir = tempfile::tempdir().unwrap();
    let folder = parts(1).folder(&dir.path().join("bundle"));
    let mut options = engines(1).remove(0);
    options.ort.threads = 2;
    let error = Embedder::open(&Bundle::open(&folder).unwrap(), &options).err().unwrap();
    assert!(matches!(error, dnc_edge::EmbedError::Runtime(RuntimeError::Threads { asked: 2 })), "{error}");
    edge!["info", "--bundle", folder, "--runtime-threads", "2"].refused(1, &["tract", "1 thread", "--runtime ort"]);
    for flag in ["--threads", "--batch", "--runtime-threads"] {
        edge!["identify", "--bundle", folder, "--gallery", "x.gallery", flag, "0", "x.jpg"].refused(2, &[flag]);
    }
}

#[test]
fn a_warm_model_answers_as_a_cold_one() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = (parts(1).folder(&dir.path().join("bundle")), dir.path().join("site.gallery"));
    let people = folder(&dir.path().join("people"), 3, 2);
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--folder", people, "--batch", "4"].done();
    let probe = write(dir.path(), 1, 5);
    let [cold, warm] = ["0", "3"].map(|runs| {
        edge!["identify", "--bundle", bundle, "--gallery", gallery, "--json", "--warm-up", runs, probe].done().stdout
    });
    assert_eq!(cold, warm);
}

#[test]
fn a_provider_for_a_library_that_does_not_run_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = parts(1).folder(&dir.path().join("bundle"));
    let said = edge!["info", "--bundle", bundle, "--ep", "cuda,cpu"].done().stderr;
    assert!(said.contains("--ep") && said.contains("--runtime ort"), "{said}");
}

#[test]
fn info_names_the_librarys_version_and_file() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = parts(1).for_both().folder(&dir.path().join("bundle"));
    let info = edge!["info", "--bundle", bundle, "--json"].done().json().remove(0);
    assert_eq!((&info["runtime"], info.get("runtime_library")), (&"tract".into(), None));
    let version = info["runtime_version"].as_str().unwrap().to_owned();
    assert!(version.split('.').count() == 3 && version.split('.').all(|part| part.parse::<u32>().is_ok()), "{version}");
    assert!(edge!["info", "--bundle", bundle].done().stdout.contains(&format!("tract {version}")));
    let Some(library) = the_library() else { return };
    let with = ["--runtime", "ort", "--json"];
    let info = edge!["info", "--bundle", bundle, "--ort-library", library, with[0], with[1], with[2]].done();
    let info = info.json().remove(0);
    let version = info["runtime_version"].as_str().unwrap();
    assert!(version.starts_with("1.") && version.split('.').all(|part| part.parse::<u32>().is_ok()), "{version}");
    assert_eq!(info["runtime_library"].as_str().unwrap(), std::path::absolute(&library).unwrap().to_str().unwrap());
}
