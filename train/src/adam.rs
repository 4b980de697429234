//! Adam with PyTorch's constants, as one operation over all parameters of a step.
//!
//! Burn's own makes about sixteen operations of a step for each parameter; on a GPU each is a launch, and over the 158
//! parameters of a MobileNetV2 they took longer than forward and backward pass together (`benches/RESULTS.md`). The
//! stored state is Burn's, so that checkpoints of either are the other's.

use burn::optim::{AdamState, AdaptiveMomentumState, SimpleOptimizer};
use burn::tensor::Tensor;
use burn::tensor::ops::FloatTensor;

use crate::ops::{NetOps, primitive, tensor};

/// Decay of the mean of the gradients, β₁ (Kingma & Ba, ICLR 2015, algorithm 1).
const BETA_1: f32 = 0.9;
/// Decay of the mean of their squares, β₂.
const BETA_2: f32 = 0.999;
/// Added to the root of the second mean, ε (PyTorch's 1e-8, where Burn's default is 1e-5).
const EPSILON: f32 = 1e-8;

/// Adam; weight decay is added to the gradient (L2, not decoupled).
#[derive(Debug, Clone)]
pub struct Adam {
    weight_decay: f32,
}

impl Adam {
    /// With weight decay of at least 0.
    pub fn new(weight_decay: f64) -> Self {
        Self { weight_decay: weight_decay as f32 }
    }
}

/// A parameter and what the optimiser remembers of it; all of one shape.
#[derive(Debug, Clone)]
pub struct Moments<F> {
    /// The parameter.
    pub value: F,
    /// Mean of its gradients.
    pub first: F,
    /// Mean of their squares.
    pub second: F,
}

/// A parameter's share of a step.
#[derive(Debug, Clone)]
pub struct Update<F> {
    /// As they are before it.
    pub was: Moments<F>,
    /// Gradient of the parameter, of its shape.
    pub grad: F,
    /// Its constants.
    pub step: AdamStep,
}

/// Constants of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamStep {
    /// What the gradient is multiplied by before all else: clipping, and the scale of the loss taken out.
    pub scale: f32,
    /// Learning rate.
    pub rate: f32,
    /// Weight decay.
    pub decay: f32,
    /// β₁.
    pub beta_1: f32,
    /// β₂.
    pub beta_2: f32,
    /// Factor of the first mean: √(1 − β₂ᵗ) / (1 − β₁ᵗ), which takes the zeros at the start out of both means.
    pub correction: f32,
    /// Added to the root of the second mean: ε·√(1 − β₂ᵗ).
    pub epsilon: f32,
}

impl AdamStep {
    /// Of step `time`, counted from 1.
    fn of(rate: f64, decay: f32, scale: f64, time: usize) -> Self {
        let time = i32::try_from(time).unwrap_or(i32::MAX);
        let root = (1.0 - BETA_2.powi(time)).sqrt();
        let correction = root / (1.0 - BETA_1.powi(time));
        let (scale, rate, epsilon) = (scale as f32, rate as f32, EPSILON * root);
        Self { scale, rate, decay, beta_1: BETA_1, beta_2: BETA_2, correction, epsilon }
    }
}

/// [`NetOps::adam`] of one parameter by Burn's own operations, in its order.
pub(crate) fn composed<B: NetOps>(
    was: Moments<Tensor<B, 1>>,
    grad: Tensor<B, 1>,
    step: AdamStep,
) -> Moments<Tensor<B, 1>> {
    let grad = if step.scale == 1.0 { grad } else { grad.mul_scalar(step.scale) };
    let grad = if step.decay > 0.0 { was.value.clone().mul_scalar(step.decay).add(grad) } else { grad };
    let first = was.first.mul_scalar(step.beta_1).add(grad.clone().mul_scalar(1.0 - step.beta_1));
    let second = was.second.mul_scalar(step.beta_2).add(grad.square().mul_scalar(1.0 - step.beta_2));
    let delta = first.clone().mul_scalar(step.correction).div(second.clone().sqrt().add_scalar(step.epsilon));
    Moments { value: was.value - delta.mul_scalar(step.rate), first, second }
}

impl Adam {
    /// What a step does to a parameter by its gradient times `scale`, and which step of the parameter's it is, counted
    /// from 1; `state` is what an earlier one left.
    pub fn update<B: NetOps, const D: usize>(
        &self,
        rate: f64,
        scale: f64,
        value: Tensor<B, D>,
        grad: Tensor<B, D>,
        state: Option<AdamState<B, D>>,
    ) -> (Update<FloatTensor<B>>, usize) {
        let (time, first, second) = match state.map(|state| state.momentum) {
            Some(state) => (state.time, state.moment_1, state.moment_2),
            None => (0, grad.zeros_like(), grad.zeros_like()),
        };
        let time = time + 1;
        let was = Moments { value: primitive(value), first: primitive(first), second: primitive(second) };
        (Update { was, grad: primitive(grad), step: AdamStep::of(rate, self.weight_decay, scale, time) }, time)
    }

    /// The parameter after its step `time`, and what is remembered of it.
    pub fn updated<B: NetOps, const D: usize>(
        now: Moments<FloatTensor<B>>,
        time: usize,
    ) -> (Tensor<B, D>, AdamState<B, D>) {
        let state = AdaptiveMomentumState::new(time, tensor(now.first), tensor(now.second));
        (tensor(now.value), AdamState::new(state))
    }
}

/// One parameter after the other: what makes Burn's record of an optimiser one of Adam's.
impl<B: NetOps> SimpleOptimizer<B> for Adam {
    type State<const D: usize> = AdamState<B, D>;

    fn step<const D: usize>(
        &self,
        rate: f64,
        value: Tensor<B, D>,
        grad: Tensor<B, D>,
        state: Option<Self::State<D>>,
    ) -> (Tensor<B, D>, Option<Self::State<D>>) {
        let (update, time) = self.update(rate, 1.0, value, grad, state);
        let now = B::adam(vec![update]).pop().expect("as many as were given");
        let (value, state) = Self::updated(now, time);
        (value, Some(state))
    }

    fn to_device<const D: usize>(mut state: Self::State<D>, device: &B::Device) -> Self::State<D> {
        state.momentum = state.momentum.to_device(device);
        state
    }
}
