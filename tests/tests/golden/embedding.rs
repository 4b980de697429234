//! concatenated_embedding.json: the embedding layer, its cut, and group normalisation on both sides.

use burn::tensor::{Tensor, TensorData};
use dnc_core::EmbeddingLayout;
use dnc_train::head::{EmbeddingHead, group_normalize};
use serde::Deserialize;

use crate::{B, cases, close, transposed};

#[derive(Deserialize)]
struct Case {
    embedding_dim: usize,
    learners: usize,
    feature_dim: usize,
    rows: usize,
    slices: Vec<[usize; 2]>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    features: Vec<f32>,
    embedding: Vec<f32>,
}

#[test]
fn golden_concatenated_embedding() {
    for (i, case) in cases::<Case>("concatenated_embedding.json").into_iter().enumerate() {
        let layout = EmbeddingLayout::new(case.embedding_dim, case.learners).unwrap();
        let slices: Vec<[usize; 2]> = layout.slices().map(|s| [s.start, s.end]).collect();
        assert_eq!(slices, case.slices, "case {i}: slices");

        let device = Default::default();
        // PyTorch keeps d×features.
        let weight = transposed(&case.weight, case.embedding_dim, case.feature_dim);
        let head = EmbeddingHead::<B>::from_weights(weight, case.bias, layout, &device);
        let features = TensorData::new(case.features, [case.rows, case.feature_dim]);
        let raw = head.forward(Tensor::from_data(features, &device));
        let trained: Vec<f32> = group_normalize(raw.clone(), &layout).into_data().into_vec().unwrap();
        close(&trained, &case.embedding, 1e-5, &format!("case {i}: training"));

        let mut device_side: Vec<f32> = raw.into_data().into_vec().unwrap();
        for row in device_side.chunks_exact_mut(case.embedding_dim) {
            dnc_core::normalize::group_normalize(row, &layout);
        }
        close(&device_side, &case.embedding, 1e-5, &format!("case {i}: core"));
    }
}
