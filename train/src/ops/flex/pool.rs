//! Max pooling.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::TensorMetadata;
use burn_flex::{Flex, FlexTensor};

use super::{Tracked, Values, from_vec};
use crate::kernel::{Geometry, pool};
use crate::ops::PoolSpec;

fn geometry(x: &FlexTensor, spec: PoolSpec) -> Geometry {
    let [n, h, w, c] = x.shape().dims();
    Geometry { n, h, w, c_in: c, c_out: c, kernel: spec.kernel, stride: spec.stride, padding: spec.padding }
}

pub fn forward(x: &FlexTensor, spec: PoolSpec) -> FlexTensor {
    let g = geometry(x, spec);
    let (h, w) = g.out_size();
    from_vec(pool::forward(Values::of(x).slice(), &g), [g.n, h, w, g.c_out])
}

#[derive(Debug)]
struct MaxPoolBackward;

#[derive(Debug, Clone)]
struct MaxPoolState {
    x: FlexTensor,
    y: FlexTensor,
    spec: PoolSpec,
}

impl Backward<Flex, 1> for MaxPoolBackward {
    type State = MaxPoolState;

    fn backward(self, ops: Ops<MaxPoolState, 1>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let [node] = ops.parents;
        let grad = grads.consume::<Flex>(&ops.node);
        let MaxPoolState { x, y, spec } = ops.state;
        if let Some(node) = node {
            let (xs, ys, gs) = (Values::of(&x), Values::of(&y), Values::of(&grad));
            let dx = pool::backward(xs.slice(), ys.slice(), gs.slice(), &geometry(&x, spec));
            grads.register::<Flex>(node.id, from_vec(dx, x.shape()));
        }
    }
}

pub fn tracked<C: CheckpointStrategy>(x: Tracked, spec: PoolSpec) -> Tracked {
    let y = forward(&x.primitive, spec);
    match MaxPoolBackward.prepare::<C>([x.node.clone()]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(MaxPoolState { x: x.primitive, y: y.clone(), spec }, y),
        OpsKind::UnTracked(prep) => prep.finish(y),
    }
}
