//! ONNX's own checker and Python's ONNX Runtime on every form that is written.

use std::path::{Path, PathBuf};
use std::process::Command;

use dnc_edge::runtime::Engine;
use dnc_export::onnx::{Form, Numbers, OPSETS, model};
use dnc_export::quantise::Recipe;
use dnc_export::quantise::plan::Scheme;
use dnc_export::verify::{MIN_COSINE, cosine};
use dnc_train::architecture::Backbone;
use prost::Message;

use crate::support::{DIM, PICTURES, SIZE, both, picture, pictures, quantised_by, runner};

/// Packages, pinned: what a newer checker finds is news, not a fault of a change here.
const PACKAGES: [&str; 2] = ["onnx==1.23.2", "onnxruntime==1.32.0"];

/// Folder with the packages; `None`, with the reason printed, where they cannot be had.
///
/// # Panics
/// Where they cannot be had and `CI` is set.
fn packages() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-onnx-1.23.2-onnxruntime-1.32.0");
    if folder.join("complete").exists() {
        return Some(folder);
    }
    let pip = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--only-binary=:all:", "--upgrade", "--target"])
        .arg(&folder)
        .args(PACKAGES)
        .output();
    let problem = match pip {
        Ok(output) if output.status.success() => {
            std::fs::write(folder.join("complete"), "").unwrap();
            return Some(folder);
        }
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    assert!(std::env::var_os("CI").is_none(), "{problem}");
    println!("skipped: {PACKAGES:?} cannot be had: {problem}");
    None
}

#[test]
fn the_checker_accepts_every_form_and_pythons_runtime_agrees() {
    let Some(packages) = packages() else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut float = Vec::new();
    let write = |name: &str, bytes: Vec<u8>| std::fs::write(dir.path().join(name), bytes).unwrap();
    for (backbone, learners) in [(Backbone::MobilenetV2, 4), (Backbone::Resnet18, 2)] {
        let (_, folded) = both(backbone, learners);
        let plain = Form::plain(SIZE);
        for opset in OPSETS {
            let name = format!("{backbone:?}-{opset}.onnx");
            let onnx = model(&folded, Form { opset, features: opset == 18, ..plain }, &[]).encode_to_vec();
            float.push((name.clone(), runner(DIM).embed(&onnx, Engine::Tract, &pictures(PICTURES)).unwrap().rows));
            write(&name, onnx);
            write(
                &format!("f16-{name}"),
                model(&folded, Form { opset, numbers: Numbers::F16, ..plain }, &[]).encode_to_vec(),
            );
        }
        for scheme in [Scheme::Ort, Scheme::Tensorrt, Scheme::WeightsOnly] {
            let recipe = Recipe { head: true, ..Recipe::best(scheme) };
            let quantised = quantised_by(folded.clone(), recipe, 8);
            let mut plan = quantised.plan;
            plan.convs[1] = None;
            for opset in [13, 17, 20] {
                let form = Form { opset, numbers: Numbers::Int8(&plan), ..plain };
                write(
                    &format!("{scheme:?}-{backbone:?}-{opset}.onnx"),
                    model(&quantised.network, form, &[]).encode_to_vec(),
                );
            }
        }
    }
    let values = (0..PICTURES).flat_map(picture).flat_map(f32::to_le_bytes).collect();
    write("pictures.f32", values);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runtimes/check_onnx.py");
    let output = Command::new("python3").arg(script).arg(dir.path()).env("PYTHONPATH", packages).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let embeddings: std::collections::BTreeMap<String, Vec<f32>> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(embeddings.len(), 2 * 2 * 8 + 2 * 3 * 3, "every file was checked");
    for (name, expected) in float {
        let rows = expected.chunks_exact(DIM).zip(embeddings[&name].chunks_exact(DIM));
        let lowest = rows.map(|(a, b)| cosine(a, b)).fold(1.0, f64::min);
        assert!(lowest >= MIN_COSINE, "{name}: {lowest}");
    }
}
