//! Convolution with its activation.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::TensorMetadata;
use burn_flex::{Flex, FlexTensor};

use super::{Tracked, Values, from_vec};
use crate::kernel::{Geometry, conv, depthwise};
use crate::ops::ConvSpec;

fn geometry(x: &FlexTensor, weight: &FlexTensor, spec: ConvSpec) -> Geometry {
    let [n, h, w, c_in] = x.shape().dims();
    let [_, c_out] = weight.shape().dims();
    Geometry { n, h, w, c_in, c_out, kernel: spec.kernel, stride: spec.stride, padding: spec.padding }
}

pub fn forward(x: &FlexTensor, weight: &FlexTensor, bias: &FlexTensor, spec: ConvSpec) -> FlexTensor {
    let g = geometry(x, weight, spec);
    let (xs, ws, bs) = (Values::of(x), Values::of(weight), Values::of(bias));
    let run = if spec.depthwise { depthwise::forward } else { conv::forward };
    let (h, w) = g.out_size();
    from_vec(run(xs.slice(), ws.slice(), bs.slice(), &g, spec.activation), [g.n, h, w, g.c_out])
}

#[derive(Debug)]
struct ConvBackward;

#[derive(Debug, Clone)]
struct ConvState {
    x: FlexTensor,
    weight: FlexTensor,
    y: FlexTensor,
    spec: ConvSpec,
}

impl Backward<Flex, 3> for ConvBackward {
    type State = ConvState;

    fn backward(self, ops: Ops<ConvState, 3>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let [node_x, node_weight, node_bias] = ops.parents;
        let grad = grads.consume::<Flex>(&ops.node);
        let ConvState { x, weight, y, spec } = ops.state;
        let g = geometry(&x, &weight, spec);
        let run = if spec.depthwise { depthwise::backward } else { conv::backward };
        let (xs, ws, ys, gs) = (Values::of(&x), Values::of(&weight), Values::of(&y), Values::of(&grad));
        let found = run(xs.slice(), ws.slice(), ys.slice(), gs.slice(), &g, spec.activation, node_x.is_some());
        if let (Some(node), Some(dx)) = (node_x, found.x) {
            grads.register::<Flex>(node.id, from_vec(dx, x.shape()));
        }
        if let Some(node) = node_weight {
            grads.register::<Flex>(node.id, from_vec(found.weight, weight.shape()));
        }
        if let Some(node) = node_bias {
            grads.register::<Flex>(node.id, from_vec(found.bias, [g.c_out]));
        }
    }
}

pub fn tracked<C: CheckpointStrategy>(x: Tracked, weight: Tracked, bias: Tracked, spec: ConvSpec) -> Tracked {
    let y = forward(&x.primitive, &weight.primitive, &bias.primitive, spec);
    let nodes = [x.node.clone(), weight.node.clone(), bias.node.clone()];
    match ConvBackward.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => {
            let state = ConvState { x: x.primitive, weight: weight.primitive, y: y.clone(), spec };
            prep.finish(state, y)
        }
        OpsKind::UnTracked(prep) => prep.finish(y),
    }
}
