//! margin_loss.json: the distance-cutoff miner's triplets, the margin loss and its gradient.

use burn::tensor::{Tensor, TensorData};
use dnc_train::head::l2_normalize;
use dnc_train::loss::{MarginLoss, MetricLoss};
use dnc_train::miner::{DistanceCutoff, Miner};
use serde::Deserialize;

use crate::{B, cases, close};

#[derive(Deserialize)]
struct Case {
    name: String,
    rows: usize,
    dim: usize,
    labels: Vec<u32>,
    embeddings: Vec<f32>,
    anchors: Vec<usize>,
    positives: Vec<usize>,
    negatives: Vec<usize>,
    beta: f32,
    margin: f32,
    cutoff: f32,
    loss: f32,
    grad: Vec<f32>,
}

#[test]
fn golden_margin_loss() {
    for case in cases::<Case>("margin_loss.json") {
        let x = TensorData::new(case.embeddings, [case.rows, case.dim]);
        let x = Tensor::<B, 2>::from_data(x, &Default::default()).require_grad();
        let unit = l2_normalize(x.clone());
        let miner = DistanceCutoff { cutoff: case.cutoff };
        let values: Vec<f32> = unit.clone().into_data().into_vec().unwrap();
        let triplets = miner.mine(&values, case.dim, &case.labels, 0);
        assert_eq!(triplets.anchors, case.anchors, "{}: anchors", case.name);
        assert_eq!(triplets.positives, case.positives, "{}: positives", case.name);
        assert_eq!(triplets.negatives, case.negatives, "{}: negatives", case.name);

        let loss = MarginLoss { beta: case.beta, margin: case.margin, miner };
        let loss = loss.forward(unit, &case.labels, 0).expect("a batch with pairs");
        let value: f32 = loss.clone().into_scalar();
        close(&[value], &[case.loss], 1e-5, &format!("{}: loss", case.name));
        let grad: Vec<f32> = x.grad(&loss.backward()).unwrap().into_data().into_vec().unwrap();
        close(&grad, &case.grad, 1e-6, &format!("{}: gradient", case.name));
    }
}
