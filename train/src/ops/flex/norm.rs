//! Batch normalisation by the batch's statistics, with its activation.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::TensorMetadata;
use burn::tensor::backend::AutodiffBackend;
use burn_flex::{Flex, FlexTensor};

use super::{Tracked, Values, from_vec};
use crate::kernel::norm::{self, Moments};
use crate::ops::{Activation, NORM_EPS};

/// Values, mean, biased variance.
pub fn forward(
    x: &FlexTensor,
    gamma: &FlexTensor,
    beta: &FlexTensor,
    activation: Activation,
) -> (FlexTensor, FlexTensor, FlexTensor) {
    let [c] = gamma.shape().dims();
    let (xs, gs, bs) = (Values::of(x), Values::of(gamma), Values::of(beta));
    let m = norm::moments(xs.slice(), c);
    let y = norm::forward(xs.slice(), gs.slice(), bs.slice(), &m, NORM_EPS, activation);
    (from_vec(y, x.shape()), from_vec(m.mean, [c]), from_vec(m.var, [c]))
}

#[derive(Debug)]
struct NormBackward;

#[derive(Debug, Clone)]
struct NormState {
    x: FlexTensor,
    gamma: FlexTensor,
    y: FlexTensor,
    moments: Moments,
    activation: Activation,
}

impl Backward<Flex, 3> for NormBackward {
    type State = NormState;

    fn backward(self, ops: Ops<NormState, 3>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let [node_x, node_gamma, node_beta] = ops.parents;
        let grad = grads.consume::<Flex>(&ops.node);
        let NormState { x, gamma, y, moments, activation } = ops.state;
        let (xs, gammas, ys, gs) = (Values::of(&x), Values::of(&gamma), Values::of(&y), Values::of(&grad));
        let found = norm::backward(xs.slice(), gammas.slice(), ys.slice(), gs.slice(), &moments, NORM_EPS, activation);
        if let Some(node) = node_x {
            grads.register::<Flex>(node.id, from_vec(found.x, x.shape()));
        }
        if let Some(node) = node_gamma {
            grads.register::<Flex>(node.id, from_vec(found.gamma, gamma.shape()));
        }
        if let Some(node) = node_beta {
            grads.register::<Flex>(node.id, from_vec(found.beta, gamma.shape()));
        }
    }
}

/// Values, mean, biased variance; the statistics carry no gradient.
pub fn tracked<C: CheckpointStrategy>(
    x: Tracked,
    gamma: Tracked,
    beta: Tracked,
    activation: Activation,
) -> (Tracked, Tracked, Tracked) {
    let (y, mean, var) = forward(&x.primitive, &gamma.primitive, &beta.primitive, activation);
    let moments = Moments { mean: Values::of(&mean).slice().to_vec(), var: Values::of(&var).slice().to_vec() };
    let nodes = [x.node.clone(), gamma.node.clone(), beta.node.clone()];
    let y = match NormBackward.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => {
            let state = NormState { x: x.primitive, gamma: gamma.primitive, y: y.clone(), moments, activation };
            prep.finish(state, y)
        }
        OpsKind::UnTracked(prep) => prep.finish(y),
    };
    let constant = <Autodiff<Flex> as AutodiffBackend>::from_inner;
    (y, constant(mean), constant(var))
}
