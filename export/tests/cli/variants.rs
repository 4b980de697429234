//! Variants beside f32, and the gate.

use std::path::Path;

use dnc_core::manifest::{Manifest, Precision, Target};
use dnc_edge::Bundle;

use crate::support::{Site, export};

fn manifest(bundle: &Path) -> Manifest {
    Bundle::open(bundle).unwrap().manifest().clone()
}

#[test]
fn variants_stand_in_one_bundle_with_what_they_cost() {
    let site = Site::trained(|_| ());
    let lenient = ["--variants", "f16,int8-tract", "--allow-small", "--max-drop", "100", "--min-cosine", "0.9"];
    let said =
        site.export("bundle", &[&lenient[..], &["--calibration", "40", "--calibration-seed", "3"]].concat()).done();
    assert!(said.stdout.contains("passed") && said.stdout.contains("int8-tract"), "{}", said.stdout);
    let manifest = manifest(&site.path("bundle"));
    let [f32, f16, int8] = &manifest.variants[..] else { panic!("{:?}", manifest.variants) };
    assert_eq!([f32, f16, int8].map(|v| v.precision), [Precision::F32, Precision::F16, Precision::Int8]);
    assert!(f32.against_f32.is_none() && f32.calibration.is_none());
    assert_eq!(int8.targets, [Target::Tract]);
    assert!(f16.bytes < f32.bytes * 7 / 10 && int8.bytes < f16.bytes, "{manifest:?}");
    let calibration = int8.calibration.as_ref().unwrap();
    assert_eq!((calibration.pictures, calibration.seed, calibration.observer.as_str()), (40, 3, "mse"));
    assert!(calibration.set.contains("training part"), "{}", calibration.set);
    let against = int8.against_f32.as_ref().unwrap();
    assert!(against.passed && against.mean_cosine > 0.9 && against.queries == 24, "{against:?}");
    let report = std::fs::read_to_string(site.path("bundle.gate.json")).unwrap();
    assert!(report.contains("\"int8-tract\"") && report.contains("mean_cosine"), "{report}");
}

#[test]
fn a_gate_by_few_queries_has_to_be_asked_for() {
    let site = Site::trained(|_| ());
    site.export("bundle", &["--variants", "f16"]).refused(&["24 validation queries", "1000", "--allow-small"]);
    assert!(!site.path("bundle").exists());
}

#[test]
fn what_does_not_pass_leaves_a_report_and_the_old_bundle() {
    let site = Site::trained(|_| ());
    site.export("bundle", &[]).done();
    let before = manifest(&site.path("bundle"));
    // Rounded weights never have a cosine of 1, and half of the layers in float do not change that.
    let strict = ["--variants", "int8-tract", "--allow-small", "--min-cosine", "1", "--calibration", "8", "--force"];
    site.export("bundle", &strict).refused(&["gate was not passed", "FAILED", "cosine alone", "--min-cosine"]);
    assert_eq!(manifest(&site.path("bundle")), before);
    let report = std::fs::read_to_string(site.path("bundle.gate.json")).unwrap();
    assert!(report.contains("\"kept_float\": true") && report.contains("\"passed\": false"), "{report}");
}

#[test]
fn fewer_learners_make_a_smaller_embedding_of_another_space() {
    let site = Site::trained(|_| ());
    site.export("whole", &[]).done();
    site.export("half", &["--learners", "1", "--features", "--opset", "19"]).done();
    let (whole, half) = (manifest(&site.path("whole")), manifest(&site.path("half")));
    assert_eq!(half.output.learners, 1);
    assert!(half.output.dim < whole.output.dim && half.space_id != whole.space_id);
    assert_eq!((half.variants[0].opset, half.output.features.is_some()), (Some(19), true));
    site.export("more", &["--learners", "9"]).refused(&["9 learners", "1 to"]);
}

#[test]
fn a_bundle_is_scored_beside_other_files() {
    let site = Site::trained(|_| ());
    site.export("bundle", &["--variants", "f16", "--allow-small", "--max-drop", "100"]).done();
    let (bundle, data) = (site.path("bundle"), site.config.data.clone());
    let other = bundle.join("model.f16.onnx");
    let args =
        ["evaluate", "--bundle", bundle.to_str().unwrap(), "--data", data.to_str().unwrap(), "--runtime", "tract"];
    let said = export(&[&args[..], &["--onnx", other.to_str().unwrap(), "--json"]].concat()).done();
    let rows: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0]["scores"]["drop"], 0.0);
    assert_eq!(rows[1]["scores"], rows[2]["scores"], "the same file by another name");
    let table = export(&args).done().stdout;
    assert!(table.contains("model.f16.onnx") && table.contains("95 % interval"), "{table}");
    let missing = [&args[..], &["--onnx", "nowhere.onnx"]].concat();
    export(&missing).refused(&["nowhere.onnx"]);
}
