//! The embedding layer, cut into learners.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use dnc_core::EmbeddingLayout;
use dnc_core::normalize::MIN_NORM;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use crate::loss::MetricLoss;
use crate::network::param;
use crate::ops::{NetOps, product};

/// One linear layer whose outputs are shared out among learners.
#[derive(Module, Debug)]
pub struct EmbeddingHead<B: Backend> {
    /// Weights, features×d.
    pub weight: Param<Tensor<B, 2>>,
    /// Bias, d values.
    pub bias: Param<Tensor<B, 1>>,
    #[module(skip)]
    layout: EmbeddingLayout,
}

impl<B: Backend> EmbeddingHead<B> {
    /// Each learner's slice is initialised on its own: Xavier-uniform weights, bias 0.
    pub fn new(features: usize, layout: EmbeddingLayout, seed: u64, device: &B::Device) -> Self {
        // Another stream than the backbone's, so that its width does not change the head.
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x656d_6265_6464_696e);
        let d = layout.dim();
        let mut weight = vec![0.0f32; features * d];
        for slice in layout.slices() {
            let bound = (6.0 / (features + slice.len()) as f32).sqrt();
            for row in weight.chunks_exact_mut(d) {
                row[slice.clone()].fill_with(|| rng.random_range(-bound..bound));
            }
        }
        Self { weight: param(weight, [features, d], device), bias: param(vec![0.0; d], [d], device), layout }
    }

    /// A head with given weights (features×d, row by row) and bias (d).
    ///
    /// # Panics
    /// Where the sizes do not fit `layout`.
    pub fn from_weights(weight: Vec<f32>, bias: Vec<f32>, layout: EmbeddingLayout, device: &B::Device) -> Self {
        let d = layout.dim();
        assert_eq!(bias.len(), d, "a bias for each value of the embedding");
        assert_eq!(weight.len() % d, 0, "a row of {d} weights for each feature");
        let features = weight.len() / d;
        Self { weight: param(weight, [features, d], device), bias: param(bias, [d], device), layout }
    }

    /// Slices of the embedding.
    pub fn layout(&self) -> EmbeddingLayout {
        self.layout
    }
}

impl<B: NetOps> EmbeddingHead<B> {
    /// Raw embeddings, N×d, of N×features pooled features: not normalised yet.
    pub fn forward(&self, features: Tensor<B, 2>) -> Tensor<B, 2> {
        let [n, _] = features.dims();
        product(features, self.weight.val()) + self.bias.val().unsqueeze::<2>().expand([n as i64, -1])
    }

    /// What a loss sees of raw embeddings (N×d, as [`forward`](Self::forward) gives them), each row of unit length:
    /// learner `k`'s slice alone where one is named (a gradient reaches that slice and the backbone), else the
    /// whole group-normalised embedding.
    pub fn unit(&self, raw: Tensor<B, 2>, learner: Option<usize>) -> Tensor<B, 2> {
        match learner {
            Some(k) => {
                let slice = self.layout.slice(k);
                l2_normalize(raw.narrow(1, slice.start, slice.len()))
            }
            None => group_normalize(raw, &self.layout) / (self.layout.learners() as f32).sqrt(),
        }
    }

    /// `loss` of a batch of pooled features, over [`unit`](Self::unit).
    pub fn loss(
        &self,
        features: Tensor<B, 2>,
        labels: &[u32],
        learner: Option<usize>,
        loss: &impl MetricLoss<B>,
        seed: u64,
    ) -> Option<Tensor<B, 1>> {
        loss.forward(self.unit(self.forward(features), learner), labels, seed)
    }
}

/// Scales every row to unit length; a row of zeros stays zeros, with a finite gradient.
pub fn l2_normalize<B: Backend>(x: Tensor<B, 2>) -> Tensor<B, 2> {
    let [_, width] = x.dims();
    // sqrt at 0 would give NaN gradients; the bound is `dnc_core::normalize`'s, squared.
    let squares = (x.clone() * x.clone()).sum_dim(1).clamp_min(MIN_NORM * MIN_NORM);
    x / squares.sqrt().expand([-1, width as i64])
}

/// Scales every learner's slice of every row to unit length.
pub fn group_normalize<B: Backend>(x: Tensor<B, 2>, layout: &EmbeddingLayout) -> Tensor<B, 2> {
    Tensor::cat(layout.slices().map(|slice| l2_normalize(x.clone().narrow(1, slice.start, slice.len()))).collect(), 1)
}
