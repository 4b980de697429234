//! The network as a Burn module: backbone run from its description, pooled features, embedding layer.

use burn::module::{Module, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor, TensorData};
use dnc_core::EmbeddingLayout;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use crate::architecture::{Activation, ConvNode, Graph, Node};
use crate::head::EmbeddingHead;
use crate::ops::{self, Blend, NORM_EPS, NetOps};
use crate::precision::cast;
use crate::trainee::Numbered;

/// Weights of one convolution and its batch normalisation.
#[derive(Module, Debug)]
pub struct ConvUnit<B: Backend> {
    /// (kernel²·C_in)×C_out, taps row by row; kernel²×C where depthwise.
    pub weight: Param<Tensor<B, 2>>,
    /// Scale of the normalisation, C_out values.
    pub gamma: Param<Tensor<B, 1>>,
    /// Shift of the normalisation, C_out values.
    pub beta: Param<Tensor<B, 1>>,
    /// Mean used when statistics are frozen and in evaluation, C_out values; never a gradient.
    pub running_mean: Param<Tensor<B, 1>>,
    /// Variance used likewise (unbiased, as PyTorch keeps it), C_out values; never a gradient.
    pub running_var: Param<Tensor<B, 1>>,
}

/// Backbone and embedding layer.
#[derive(Module, Debug)]
pub struct Network<B: Backend> {
    /// One unit for each convolution of the graph, in its order.
    pub units: Vec<ConvUnit<B>>,
    /// Embedding layer.
    pub head: EmbeddingHead<B>,
    #[module(skip)]
    graph: Graph,
}

/// Batch statistics of one normalisation in one step.
#[derive(Debug, Clone)]
pub struct BatchStatistics<B: Backend> {
    mean: Tensor<B, 1>,
    var: Tensor<B, 1>,
    rows: usize,
}

/// What batch normalisations go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistics {
    /// The running ones: evaluation, and training with frozen statistics.
    Running,
    /// The batch's own: training.
    Batch,
}

pub(crate) fn param<B: Backend, const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    device: &B::Device,
) -> Param<Tensor<B, D>> {
    Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), device))
}

fn fixed<B: Backend>(value: f32, n: usize, device: &B::Device) -> Param<Tensor<B, 1>> {
    param(vec![value; n], [n], device).set_require_grad(false)
}

impl<B: Backend> Network<B> {
    /// A network with random weights: convolutions as torchvision initialises them (normal, variance
    /// 2/(kernel²·C_out)), each learner's slice of the embedding layer Xavier-uniform on its own. The weights
    /// depend on `seed` alone, not on the backend.
    pub fn new(graph: Graph, layout: EmbeddingLayout, seed: u64, device: &B::Device) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut normal = move || {
            // Box–Muller; 1 − u lies in (0, 1].
            let (u, v): (f64, f64) = (rng.random(), rng.random());
            ((-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()) as f32
        };
        let units = graph.convs().map(|conv| unit(conv, &mut normal, device)).collect();
        let head = EmbeddingHead::new(graph.features, layout, seed, device);
        Self { units, head, graph }.map(&mut Numbered(0))
    }

    /// The description it runs from.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Slices of the embedding.
    pub fn layout(&self) -> EmbeddingLayout {
        self.head.layout()
    }
}

fn unit<B: Backend>(conv: &ConvNode, normal: &mut impl FnMut() -> f32, device: &B::Device) -> ConvUnit<B> {
    let (rows, c) = (conv.weight_rows(), conv.c_out);
    // A depthwise convolution has one output channel a group, and torchvision's fan-out counts the group's.
    let fan_out = conv.spec.kernel.pow(2) * if conv.spec.depthwise { 1 } else { c };
    let std = (2.0 / fan_out as f32).sqrt();
    let weight = (0..rows * c).map(|_| normal() * std).collect();
    ConvUnit {
        weight: param(weight, [rows, c], device),
        gamma: param(vec![1.0; c], [c], device),
        beta: param(vec![0.0; c], [c], device),
        running_mean: fixed(0.0, c, device),
        running_var: fixed(1.0, c, device),
    }
}

impl<B: NetOps> ConvUnit<B> {
    /// Convolution weights and bias with the frozen normalisation folded in: exact, and gradients reach the
    /// weights, gamma and beta through it.
    pub fn folded(&self) -> (Tensor<B, 2>, Tensor<B, 1>) {
        let scale = self.gamma.val() / (self.running_var.val() + f64::from(NORM_EPS)).sqrt();
        let bias = self.beta.val() - self.running_mean.val() * scale.clone();
        (self.weight.val() * scale.unsqueeze::<2>(), bias)
    }

    fn frozen(&self, x: Tensor<B, 4>, conv: &ConvNode) -> Tensor<B, 4> {
        let (weight, bias) = self.folded();
        ops::conv(x, weight, Some(bias), conv.spec)
    }

    fn with_batch(&self, x: Tensor<B, 4>, conv: &ConvNode) -> (Tensor<B, 4>, BatchStatistics<B>) {
        let linear = ops::ConvSpec { activation: Activation::None, ..conv.spec };
        let y = ops::conv(x, self.weight.val(), None, linear);
        let [n, h, w, _] = y.dims();
        let normed = ops::norm(y, self.gamma.val(), self.beta.val(), conv.spec.activation);
        (normed.values, BatchStatistics { mean: normed.mean, var: normed.var, rows: n * h * w })
    }
}

impl<B: NetOps> Network<B> {
    /// Updates the running statistics: `running · (1 − momentum) + batch · momentum`, the batch's variance made
    /// unbiased first, as PyTorch does (Burn's own keeps the biased one).
    pub fn update_running(mut self, batch: Vec<BatchStatistics<B>>, momentum: f64) -> Self {
        let mut pairs = Vec::with_capacity(2 * batch.len());
        for (unit, batch) in self.units.iter().zip(batch) {
            let unbiased = batch.rows as f64 / (batch.rows as f64 - 1.0).max(1.0);
            let mut mix = |old: &Param<Tensor<B, 1>>, new: Tensor<B, 1>, take: f64| {
                let (keep, take) = ((1.0 - momentum) as f32, take as f32);
                pairs.push(Blend { old: old.val().detach(), new: new.detach(), keep, take });
            };
            mix(&unit.running_mean, batch.mean, momentum);
            mix(&unit.running_var, batch.var, momentum * unbiased);
        }
        let mut blended = ops::blend(pairs).into_iter();
        for unit in &mut self.units {
            for running in [&mut unit.running_mean, &mut unit.running_var] {
                if let Some(now) = blended.next() {
                    *running = running.clone().map(|_| now.set_require_grad(false));
                }
            }
        }
        self
    }

    /// Pooled features, N×features, of N×H×W×3 normalised pixels, by the running statistics.
    pub fn features(&self, x: Tensor<B, 4>) -> Tensor<B, 2> {
        pool(self.walk(x, ConvUnit::frozen, |_, _| ()))
    }

    /// The same by the batch's own statistics, which are answered too.
    pub fn features_with_batch(&self, x: Tensor<B, 4>) -> (Tensor<B, 2>, Vec<BatchStatistics<B>>) {
        let mut statistics = Vec::with_capacity(self.units.len());
        let map = self.walk(x, keeping(&mut statistics), |_, _| ());
        (pool(map), statistics)
    }

    /// The value of every node, N×H×W×C, beside the node's name, in the order they run: to look into a network, or
    /// to compare it with another layer by layer. `statistics` says what the normalisations go by.
    pub fn trace(&self, x: Tensor<B, 4>, statistics: Statistics) -> Vec<(String, Tensor<B, 4>)> {
        let mut values = Vec::with_capacity(self.graph.nodes.len());
        let seen = |node: &Node, value: &Tensor<B, 4>| values.push((node.name().to_owned(), value.clone()));
        match statistics {
            Statistics::Running => self.walk(x, ConvUnit::frozen, seen),
            Statistics::Batch => self.walk(x, keeping(&mut Vec::new()), seen),
        };
        values
    }

    fn walk(
        &self,
        x: Tensor<B, 4>,
        mut run: impl FnMut(&ConvUnit<B>, Tensor<B, 4>, &ConvNode) -> Tensor<B, 4>,
        mut seen: impl FnMut(&Node, &Tensor<B, 4>),
    ) -> Tensor<B, 4> {
        let mut values: Vec<Option<Tensor<B, 4>>> = vec![Some(x)];
        let mut units = self.units.iter();
        for (i, node) in self.graph.nodes.iter().enumerate() {
            let mut take = |id: usize| {
                let value = &mut values[id];
                let value = if self.graph.last_use(id) == i { value.take() } else { value.clone() };
                value.expect("a graph reads only values of earlier nodes")
            };
            let value = match node {
                Node::Conv(conv) => run(units.next().expect("a unit for each convolution"), take(conv.input), conv),
                Node::MaxPool { input, spec, .. } => ops::max_pool(take(*input), *spec),
                Node::Add { a, b, activation, .. } => ops::add(take(*a), take(*b), *activation),
            };
            seen(node, &value);
            values.push(Some(value));
        }
        values.pop().flatten().expect("the last node's value is read by nobody")
    }
}

/// Runs units by the batch's statistics and keeps these.
fn keeping<B: NetOps>(
    statistics: &mut Vec<BatchStatistics<B>>,
) -> impl FnMut(&ConvUnit<B>, Tensor<B, 4>, &ConvNode) -> Tensor<B, 4> {
    |unit, x, conv| {
        let (y, batch) = unit.with_batch(x, conv);
        statistics.push(batch);
        y
    }
}

fn pool<B: Backend>(map: Tensor<B, 4>) -> Tensor<B, 2> {
    let [n, h, w, c] = map.dims();
    cast(map, DType::F32).reshape([n, h * w, c]).mean_dim(1).reshape([n, c])
}
