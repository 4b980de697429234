//! head_training_trace.json: the embedding layer trained on fixed features, learner by learner and then whole.

use burn::optim::GradientsParams;
use burn::tensor::{Tensor, TensorData};
use dnc_core::EmbeddingLayout;
use dnc_train::head::EmbeddingHead;
use dnc_train::loss::MarginLoss;
use dnc_train::optimizer::AdamOver;
use serde::Deserialize;

use crate::{B, close, golden, transposed};

/// Rates the file was made with (its `about` field).
const LR: f64 = 1e-2;
const WEIGHT_DECAY: f64 = 1e-4;

#[derive(Deserialize)]
struct Trace {
    embedding_dim: usize,
    learners: usize,
    feature_dim: usize,
    labels: Vec<u32>,
    features: Vec<f32>,
    weight0: Vec<f32>,
    bias0: Vec<f32>,
    steps: Vec<Step>,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

#[derive(Deserialize)]
struct Step {
    learner: Option<usize>,
    batch: Vec<usize>,
    loss: f32,
}

#[test]
fn golden_head_training_trace() {
    let trace: Trace = golden("head_training_trace.json");
    let (d, f) = (trace.embedding_dim, trace.feature_dim);
    let device = Default::default();
    let layout = EmbeddingLayout::new(d, trace.learners).unwrap();
    let mut head = EmbeddingHead::<B>::from_weights(transposed(&trace.weight0, d, f), trace.bias0, layout, &device);
    let mut optimizer = AdamOver::<B>::new(WEIGHT_DECAY);
    assert!(!trace.steps.is_empty(), "no step");
    for (i, step) in trace.steps.iter().enumerate() {
        let rows: Vec<f32> = step.batch.iter().flat_map(|s| trace.features[s * f..][..f].to_vec()).collect();
        let labels: Vec<u32> = step.batch.iter().map(|s| trace.labels[*s]).collect();
        let features = Tensor::<B, 2>::from_data(TensorData::new(rows, [labels.len(), f]), &device);
        let loss = head.loss(features, &labels, step.learner, &MarginLoss::default(), 0).expect("a batch with pairs");
        let value: f32 = loss.clone().into_scalar();
        close(&[value], &[step.loss], 1e-4, &format!("step {i}, learner {:?}", step.learner));
        let grads = GradientsParams::from_grads(loss.backward(), &head);
        head = optimizer.step(head, vec![(LR, grads)], 1.0);
    }
    let weight: Vec<f32> = head.weight.val().into_data().into_vec().unwrap();
    let bias: Vec<f32> = head.bias.val().into_data().into_vec().unwrap();
    close(&transposed(&weight, f, d), &trace.weight, 1e-4, "weights after the last step");
    close(&bias, &trace.bias, 1e-4, "bias after the last step");
}
