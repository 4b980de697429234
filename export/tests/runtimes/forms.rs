//! Float files: every operator set, open and fixed batches, fewer learners, a second output.

use dnc_edge::runtime::Engine;
use dnc_export::onnx::{FEATURES_NAME, Form, Numbers, OPSETS, model};
use dnc_export::verify::{MIN_COSINE, cosine};
use dnc_train::architecture::Backbone;
use prost::Message;

use crate::support::{DIM, PICTURES, SIZE, both, engines, pictures, runner, trained};

/// Lowest cosine of 16-bit weights, for these small random networks: an export allows more, for deep trained ones.
const HALF: f64 = 0.999;

/// Lowest cosine of the rows of two matrices.
fn lowest(a: &[f32], b: &[f32], dim: usize) -> f64 {
    assert_eq!(a.len(), b.len());
    a.chunks_exact(dim).zip(b.chunks_exact(dim)).map(|(a, b)| cosine(a, b)).fold(1.0, f64::min)
}

#[test]
fn every_operator_set_gives_the_training_networks_embeddings() {
    // An uneven cut and an even one: they are written differently.
    for (backbone, learners) in [(Backbone::MobilenetV2, 4), (Backbone::Resnet18, 2)] {
        let (network, folded) = both(backbone, learners);
        let expected = trained(&network, PICTURES);
        for opset in OPSETS {
            for (numbers, least) in [(Numbers::F32, MIN_COSINE), (Numbers::F16, HALF)] {
                let onnx = model(&folded, Form { opset, numbers, ..Form::plain(SIZE) }, &[]).encode_to_vec();
                for engine in engines() {
                    let rows = runner(DIM).embed(&onnx, engine, &pictures(PICTURES)).unwrap().rows;
                    let found = lowest(&expected, &rows, DIM);
                    assert!(found >= least, "{backbone:?}, operator set {opset}, {engine:?}: {found}");
                }
            }
        }
    }
}

#[test]
fn half_precision_halves_the_file() {
    let (_, folded) = both(Backbone::MobilenetV2, 1);
    let bytes = |numbers| model(&folded, Form { numbers, ..Form::plain(SIZE) }, &[]).encode_to_vec().len();
    assert!(bytes(Numbers::F16) < bytes(Numbers::F32) * 6 / 10);
}

#[test]
fn fewer_learners_are_the_beginning_of_the_embedding() {
    let (network, folded) = both(Backbone::Small, 5);
    let expected = trained(&network, PICTURES);
    // Two slices of two values each.
    let kept = folded.keep_learners(2).unwrap();
    let onnx = model(&kept, Form::plain(SIZE), &[]).encode_to_vec();
    let rows = runner(4).embed(&onnx, Engine::Tract, &pictures(PICTURES)).unwrap().rows;
    for (whole, part) in expected.chunks_exact(DIM).zip(rows.chunks_exact(4)) {
        assert!(whole.iter().zip(part).all(|(a, b)| (a - b).abs() < 1e-4));
    }
}

#[test]
fn a_fixed_batch_is_filled_up() {
    let (network, folded) = both(Backbone::Small, 2);
    let onnx = model(&folded, Form { batch: Some(4), ..Form::plain(SIZE) }, &[]).encode_to_vec();
    if !engines().contains(&Engine::Ort) {
        return;
    }
    // Six pictures are a batch of four and one of two and two of zeros.
    let mut runtime = runner(DIM).load(&onnx, Engine::Ort).unwrap();
    let input: Vec<f32> = (0..PICTURES).flat_map(crate::support::picture).collect();
    let mut rows = Vec::new();
    runtime.embed(&input, PICTURES, &mut rows).unwrap();
    assert!(lowest(&trained(&network, PICTURES), &rows, DIM) >= MIN_COSINE);
}

#[test]
fn features_are_a_second_output_and_change_nothing() {
    let (network, folded) = both(Backbone::Small, 2);
    let proto = model(&folded, Form { features: true, ..Form::plain(SIZE) }, &[]);
    let outputs: Vec<_> = proto.graph.as_ref().unwrap().output.iter().map(|o| o.name.clone()).collect();
    assert_eq!(outputs[1], FEATURES_NAME);
    if engines().contains(&Engine::Ort) {
        let rows = runner(DIM).embed(&proto.encode_to_vec(), Engine::Ort, &pictures(PICTURES)).unwrap().rows;
        assert!(lowest(&trained(&network, PICTURES), &rows, DIM) >= MIN_COSINE);
    }
}
