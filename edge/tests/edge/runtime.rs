//! The runtime against the same network as plain loops, and against broken models.

use dnc_edge::runtime::TractRuntime;
use dnc_edge::{Bundle, Embedder, Runtime, RuntimeError};

use prost::Message;
use tract_onnx::pb::ModelProto;

use crate::support::bundle::parts;
use crate::support::onnx::{DIM, Network, SIZE};
use crate::support::pictures::picture;

const SHAPE: [usize; 3] = [3, SIZE, SIZE];

fn inputs(n: usize) -> Vec<f32> {
    (0..n * 3 * SIZE * SIZE).map(|i| ((i * 37 % 101) as f32 / 50.0 - 1.0) * (1.0 + (i / 777) as f32 * 0.1)).collect()
}

fn reason(onnx: &[u8], shape: [usize; 3], dim: usize) -> String {
    TractRuntime::load(onnx, shape, dim).err().expect("the model is refused").to_string()
}

#[test]
fn a_batch_gives_what_loops_give_for_each_picture() {
    let network = Network::new(1);
    let mut runtime = TractRuntime::load(&network.onnx(None), SHAPE, DIM).unwrap();
    let input = inputs(3);
    let mut out = Vec::new();
    runtime.embed(&input, 3, &mut out).unwrap();
    let mut forked = Vec::new();
    runtime.fork().unwrap().embed(&input, 3, &mut forked).unwrap();
    assert_eq!(out, forked);
    for (i, one) in input.chunks_exact(3 * SIZE * SIZE).enumerate() {
        for (a, b) in out[i * DIM..][..DIM].iter().zip(network.forward(one)) {
            assert!((a - b).abs() < 1e-5, "picture {i}: {a} against {b}");
        }
    }
}

#[test]
fn another_shape_than_the_manifests_names_the_field() {
    let onnx = Network::new(1).onnx(None);
    assert!(reason(&onnx, [3, 32, 32], DIM).contains("input.shape"));
    assert!(reason(&onnx, SHAPE, 8).contains("output.dim"));
    let mut runtime = TractRuntime::load(&onnx, SHAPE, DIM).unwrap();
    let error = runtime.embed(&inputs(1), 2, &mut Vec::new()).unwrap_err();
    assert!(matches!(error, RuntimeError::Input { pictures: 2, .. }), "{error}");
}

#[test]
fn a_model_cut_anywhere_is_refused() {
    let onnx = Network::new(1).onnx(None);
    assert!(TractRuntime::load(&onnx, SHAPE, DIM).is_ok());
    for cut in (0..onnx.len()).step_by(onnx.len() / 60) {
        reason(&onnx[..cut], SHAPE, DIM);
    }
    assert!(reason(b"not a model at all, only some text", SHAPE, DIM).contains("tract cannot load"));
}

#[test]
fn a_graph_whose_output_no_node_makes_is_refused() {
    let mut model = ModelProto::decode(&*Network::new(1).onnx(None)).unwrap();
    model.graph.as_mut().unwrap().output[0].name = "nothing".into();
    assert!(reason(&model.encode_to_vec(), SHAPE, DIM).contains("\"nothing\" is an output and no node makes it"));
}

/// As ONNX's shape inference and ONNX Runtime's tools write them.
#[test]
fn shapes_noted_beside_the_nodes_change_nothing() {
    let plain = Network::new(1).onnx(None);
    let mut model = ModelProto::decode(&*plain).unwrap();
    let graph = model.graph.as_mut().unwrap();
    let mut noted = graph.output[0].clone();
    noted.name = "linear".into();
    graph.value_info.push(noted);
    let [a, b] = [plain, model.encode_to_vec()].map(|onnx| {
        let mut out = Vec::new();
        TractRuntime::load(&onnx, SHAPE, DIM).unwrap().embed(&inputs(1), 1, &mut out).unwrap();
        out
    });
    assert_eq!(a, b);
}

#[test]
fn pictures_are_preprocessed_as_the_manifest_says() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = Bundle::open(&parts(1).folder(dir.path())).unwrap();
    let mut embedder = Embedder::new(&bundle).unwrap();
    let pictures = [picture(1, 0), picture(2, 0)];
    let batch = embedder.embed_batch(&pictures).unwrap();
    for (picture, row) in pictures.iter().zip(batch.chunks_exact(DIM)) {
        assert_eq!(embedder.embed_picture(picture).unwrap(), row);
        let preprocess = &bundle.manifest().input.preprocess;
        let mut input = vec![0.0; preprocess.values()];
        let (mut resampler, chw) = (Default::default(), dnc_core::preprocess::PixelLayout::Chw);
        preprocess.apply(picture, &mut resampler, chw, &mut input);
        for (a, b) in row.iter().zip(Network::new(1).forward(&input)) {
            assert!((a - b).abs() < 1e-5, "{a} against {b}");
        }
    }
    let empty = embedder.embed_picture(&image::RgbImage::new(0, 5)).unwrap_err().to_string();
    assert!(empty.contains("0 × 5"), "{empty}");
}
