//! Sum with its activation.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::TensorMetadata;
use burn_flex::{Flex, FlexTensor};

use super::{Tracked, Values, from_vec};
use crate::kernel::sum;
use crate::ops::Activation;

pub fn forward(a: &FlexTensor, b: &FlexTensor, activation: Activation) -> FlexTensor {
    from_vec(sum::forward(Values::of(a).slice(), Values::of(b).slice(), activation), a.shape())
}

#[derive(Debug)]
struct AddBackward;

#[derive(Debug, Clone)]
struct AddState {
    y: FlexTensor,
    activation: Activation,
}

impl Backward<Flex, 2> for AddBackward {
    type State = AddState;

    fn backward(self, ops: Ops<AddState, 2>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let grad = grads.consume::<Flex>(&ops.node);
        let AddState { y, activation } = ops.state;
        // Without an activation the gradient goes through as it is.
        let grad = match activation {
            Activation::None => grad,
            _ => from_vec(sum::backward(Values::of(&y).slice(), Values::of(&grad).slice(), activation), y.shape()),
        };
        for node in ops.parents.into_iter().flatten() {
            grads.register::<Flex>(node.id, grad.clone());
        }
    }
}

pub fn tracked<C: CheckpointStrategy>(a: Tracked, b: Tracked, activation: Activation) -> Tracked {
    let y = forward(&a.primitive, &b.primitive, activation);
    match AddBackward.prepare::<C>([a.node.clone(), b.node.clone()]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(AddState { y: y.clone(), activation }, y),
        OpsKind::UnTracked(prep) => prep.finish(y),
    }
}
