//! Convolution with its activation.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::ops::FloatTensor;

use super::Tracked;
use crate::ops::kernels::{Kernels, Wanted};
use crate::ops::{Activation, ConvSpec};

#[derive(Debug)]
struct ConvBackward;

#[derive(Debug, Clone)]
struct ConvMemory<F> {
    x: F,
    weight: F,
    /// The result, which says where the activation clamped; not kept where there is none.
    y: Option<F>,
    spec: ConvSpec,
}

/// Input and weights, and the bias where there is one: the parents are two or three.
macro_rules! backward {
    ($parents:literal) => {
        impl<B: Kernels> Backward<B, $parents> for ConvBackward {
            type State = ConvMemory<FloatTensor<B>>;

            fn backward(self, ops: Ops<Self::State, $parents>, grads: &mut Gradients, _: &mut Checkpointer) {
                let grad = grads.consume::<B>(&ops.node);
                let ConvMemory { x, weight, y, spec } = ops.state;
                let mut parents = ops.parents.into_iter();
                let (node_x, node_weight) = (parents.next().flatten(), parents.next().flatten());
                let node_bias = parents.next().flatten();
                let wanted = Wanted { x: node_x.is_some(), bias: node_bias.is_some() };
                let found = B::conv_backward(x, weight, y, grad, spec, wanted);
                let pairs = [(node_x, found.x), (node_weight, Some(found.weight)), (node_bias, found.bias)];
                for (node, found) in pairs {
                    if let (Some(node), Some(found)) = (node, found) {
                        grads.register::<B>(node.id, found);
                    }
                }
            }
        }
    };
}

backward!(2);
backward!(3);

pub fn tracked<B: Kernels, C: CheckpointStrategy>(
    x: Tracked<B>,
    weight: Tracked<B>,
    bias: Option<Tracked<B>>,
    spec: ConvSpec,
) -> Tracked<B> {
    let y =
        B::conv(x.primitive.clone(), weight.primitive.clone(), bias.as_ref().map(|bias| bias.primitive.clone()), spec);
    let (node_x, node_weight) = (x.node.clone(), weight.node.clone());
    let memory = || ConvMemory {
        x: x.primitive,
        weight: weight.primitive,
        y: (spec.activation != Activation::None).then(|| y.clone()),
        spec,
    };
    match bias {
        Some(bias) => {
            let prepared = Backward::<B, 3>::prepare::<C>(ConvBackward, [node_x, node_weight, bias.node.clone()]);
            match prepared.compute_bound().stateful() {
                OpsKind::Tracked(prep) => prep.finish(memory(), y),
                OpsKind::UnTracked(prep) => prep.finish(y),
            }
        }
        None => {
            let prepared = Backward::<B, 2>::prepare::<C>(ConvBackward, [node_x, node_weight]);
            match prepared.compute_bound().stateful() {
                OpsKind::Tracked(prep) => prep.finish(memory(), y),
                OpsKind::UnTracked(prep) => prep.finish(y),
            }
        }
    }
}
