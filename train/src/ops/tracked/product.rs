//! Matrix product.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::ops::FloatTensor;

use super::Tracked;
use crate::ops::kernels::Kernels;

#[derive(Debug)]
struct ProductBackward;

impl<B: Kernels> Backward<B, 2> for ProductBackward {
    type State = [FloatTensor<B>; 2];

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let ([a, b], [node_a, node_b]) = (ops.state, ops.parents);
        if let Some(node) = node_a {
            grads.register::<B>(node.id, B::product(grad.clone(), B::float_transpose(b)));
        }
        if let Some(node) = node_b {
            grads.register::<B>(node.id, B::product(B::float_transpose(a), grad));
        }
    }
}

pub fn tracked<B: Kernels, C: CheckpointStrategy>(a: Tracked<B>, b: Tracked<B>) -> Tracked<B> {
    let y = B::product(a.primitive.clone(), b.primitive.clone());
    match ProductBackward.prepare::<C>([a.node.clone(), b.node.clone()]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish([a.primitive, b.primitive], y),
        OpsKind::UnTracked(prep) => prep.finish(y),
    }
}
