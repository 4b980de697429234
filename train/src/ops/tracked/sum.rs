//! Sum with its activation.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::ops::FloatTensor;

use super::Tracked;
use crate::ops::Activation;
use crate::ops::kernels::Kernels;

#[derive(Debug)]
struct AddBackward;

impl<B: Kernels> Backward<B, 2> for AddBackward {
    /// The result, where an activation clamped it.
    type State = Option<(FloatTensor<B>, Activation)>;

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let grad = match ops.state {
            None => grad,
            Some((y, activation)) => B::activation_backward(y, grad, activation),
        };
        for node in ops.parents.into_iter().flatten() {
            grads.register::<B>(node.id, grad.clone());
        }
    }
}

pub fn tracked<B: Kernels, C: CheckpointStrategy>(a: Tracked<B>, b: Tracked<B>, activation: Activation) -> Tracked<B> {
    let y = B::add(a.primitive, b.primitive, activation);
    match AddBackward.prepare::<C>([a.node.clone(), b.node.clone()]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => {
            let memory = (activation != Activation::None).then(|| (y.clone(), activation));
            prep.finish(memory, y)
        }
        OpsKind::UnTracked(prep) => prep.finish(y),
    }
}
