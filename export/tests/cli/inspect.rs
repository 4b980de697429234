//! Looking into ONNX files.

use crate::support::{Site, export};

#[test]
fn a_bundles_file_is_told_as_a_table_and_as_json() {
    let site = Site::trained(|_| ());
    site.export("bundle", &[]).done();
    let file = site.path("bundle/model.f32.onnx");
    let table = export(&["inspect", file.to_str().unwrap()]).done().stdout;
    for word in ["features.0.0", "Conv", "ReduceL2", "million MACs", "operator sets ai.onnx 17", "metadata space_id"] {
        assert!(table.contains(word), "{word} in {table}");
    }
    let json = export(&["inspect", file.to_str().unwrap(), "--json"]).done().stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let size = std::fs::metadata(&file).unwrap().len();
    assert_eq!(json["totals"]["file_bytes"], size);
    // Weights are nearly all of an f32 file, four bytes each.
    let parameters = json["totals"]["parameters"].as_u64().unwrap();
    assert!(4 * parameters < size && parameters * 4 > size / 2, "{parameters} in {size}");
    assert_eq!(json["inputs"]["picture"], "f32 1×3×32×32");
}

#[test]
fn other_files_and_shapes_are_refused() {
    let site = Site::trained(|_| ());
    site.export("bundle", &[]).done();
    let file = site.path("bundle/model.f32.onnx");
    let file = file.to_str().unwrap();
    export(&["inspect", "nowhere.onnx"]).refused(&["nowhere.onnx"]);
    export(&["inspect", &site.arg("bundle/manifest.json")]).refused(&["manifest.json", "no whole ONNX model"]);
    let cut = site.path("cut.onnx");
    let bytes = std::fs::read(file).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    export(&["inspect", cut.to_str().unwrap()]).refused(&["cut.onnx", "no whole ONNX model"]);
    export(&["inspect", file, "--input-shape", "1,3,64,64"]).refused(&["picture", "1×3×64×64"]);
    export(&["inspect", file, "--input-shape", "other=1,3,32,32"]).refused(&["other", "picture"]);
    let batch = export(&["inspect", file, "--input-shape", "8,3,32,32"]).done().stdout;
    assert!(batch.contains("input picture: f32 8×3×32×32"), "{batch}");
}

#[test]
fn a_file_in_float_keeps_tensorrts_rules() {
    let site = Site::trained(|_| ());
    site.export("bundle", &[]).done();
    let said = export(&["lint", &site.arg("bundle/model.f32.onnx")]).done();
    assert!(said.stdout.contains("never ran on TensorRT"), "{}", said.stdout);
    assert!(said.stderr.contains("nothing is quantised"), "{}", said.stderr);
    export(&["lint", "nowhere.onnx"]).refused(&["nowhere.onnx"]);
}
