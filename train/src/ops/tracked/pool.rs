//! Max pooling.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::ops::FloatTensor;

use super::Tracked;
use crate::ops::PoolSpec;
use crate::ops::kernels::Kernels;

#[derive(Debug)]
struct MaxPoolBackward;

#[derive(Debug, Clone)]
struct MaxPoolMemory<F> {
    x: F,
    y: F,
    spec: PoolSpec,
}

impl<B: Kernels> Backward<B, 1> for MaxPoolBackward {
    type State = MaxPoolMemory<FloatTensor<B>>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [node] = ops.parents;
        let grad = grads.consume::<B>(&ops.node);
        let MaxPoolMemory { x, y, spec } = ops.state;
        if let Some(node) = node {
            grads.register::<B>(node.id, B::max_pool_backward(x, y, grad, spec));
        }
    }
}

pub fn tracked<B: Kernels, C: CheckpointStrategy>(x: Tracked<B>, spec: PoolSpec) -> Tracked<B> {
    let y = B::max_pool(x.primitive.clone(), spec);
    match MaxPoolBackward.prepare::<C>([x.node.clone()]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(MaxPoolMemory { x: x.primitive, y: y.clone(), spec }, y),
        OpsKind::UnTracked(prep) => prep.finish(y),
    }
}
