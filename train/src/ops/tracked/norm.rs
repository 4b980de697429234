//! Batch normalisation by the batch's statistics, with its activation.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::backend::AutodiffBackend;
use burn::tensor::ops::FloatTensor;

use super::Tracked;
use crate::ops::Activation;
use crate::ops::kernels::{Kernels, NormMemory};

#[derive(Debug)]
struct NormBackward;

impl<B: Kernels> Backward<B, 3> for NormBackward {
    type State = (NormMemory<FloatTensor<B>>, Activation);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let (memory, activation) = ops.state;
        let found = B::norm_backward(memory, grad, activation);
        for (node, found) in ops.parents.into_iter().zip([found.x, found.gamma, found.beta]) {
            if let Some(node) = node {
                grads.register::<B>(node.id, found);
            }
        }
    }
}

/// Values, mean, biased variance; the statistics carry no gradient.
pub fn tracked<B: Kernels, C: CheckpointStrategy>(
    x: Tracked<B>,
    gamma: Tracked<B>,
    beta: Tracked<B>,
    activation: Activation,
) -> (Tracked<B>, Tracked<B>, Tracked<B>) {
    let (y, mean, var) = B::norm(x.primitive.clone(), gamma.primitive.clone(), beta.primitive.clone(), activation);
    let nodes = [x.node.clone(), gamma.node.clone(), beta.node.clone()];
    let y = match NormBackward.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => {
            let memory = NormMemory {
                x: x.primitive,
                gamma: gamma.primitive,
                y: y.clone(),
                mean: mean.clone(),
                var: var.clone(),
            };
            prep.finish((memory, activation), y)
        }
        OpsKind::UnTracked(prep) => prep.finish(y),
    };
    let constant = <Autodiff<B> as AutodiffBackend>::from_inner;
    (y, constant(mean), constant(var))
}
