//! The operations on the CPU backend, through the kernels of [`crate::kernel`], with their own gradients.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::ops::FloatTensor;
use burn::tensor::{TensorData, TensorMetadata};
use burn_flex::{Flex, FlexTensor};

use super::{Activation, ConvSpec, NORM_EPS, NetOps};
use crate::kernel::norm::Moments;
use crate::kernel::{Geometry, conv, depthwise, norm};

/// The values of a tensor in row-major order; a copy only where a view is not contiguous.
struct Values(FlexTensor);

impl Values {
    fn of(tensor: &FlexTensor) -> Self {
        Self(tensor.to_contiguous())
    }

    fn slice(&self) -> &[f32] {
        let elements = self.0.shape().num_elements();
        let start = self.0.layout().start_offset();
        &self.0.storage::<f32>()[start..start + elements]
    }
}

fn from_vec(values: Vec<f32>, shape: impl Into<burn::tensor::Shape>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

fn geometry(x: &FlexTensor, weight: &FlexTensor, spec: ConvSpec) -> Geometry {
    let [n, h, w, c_in] = x.shape().dims();
    let [_, c_out] = weight.shape().dims();
    Geometry { n, h, w, c_in, c_out, kernel: spec.kernel, stride: spec.stride, padding: spec.padding }
}

impl NetOps for Flex {
    fn conv(x: FlexTensor, weight: FlexTensor, bias: FlexTensor, spec: ConvSpec) -> FlexTensor {
        let g = geometry(&x, &weight, spec);
        let (xs, ws, bs) = (Values::of(&x), Values::of(&weight), Values::of(&bias));
        let run = if spec.depthwise { depthwise::forward } else { conv::forward };
        let (h, w) = g.out_size();
        from_vec(run(xs.slice(), ws.slice(), bs.slice(), &g, spec.activation), [g.n, h, w, g.c_out])
    }

    fn norm(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        activation: Activation,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let shape = x.shape();
        let [c] = gamma.shape().dims();
        let (xs, gs, bs) = (Values::of(&x), Values::of(&gamma), Values::of(&beta));
        let m = norm::moments(xs.slice(), c);
        let y = norm::forward(xs.slice(), gs.slice(), bs.slice(), &m, NORM_EPS, activation);
        (from_vec(y, shape), from_vec(m.mean, [c]), from_vec(m.var, [c]))
    }
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

impl<C: CheckpointStrategy> NetOps for Autodiff<Flex, C> {
    fn conv(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        spec: ConvSpec,
    ) -> FloatTensor<Self> {
        let y = Flex::conv(x.primitive.clone(), weight.primitive.clone(), bias.primitive, spec);
        let nodes = [x.node.clone(), weight.node.clone(), bias.node.clone()];
        match ConvBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let state = ConvState { x: x.primitive, weight: weight.primitive, y: y.clone(), spec };
                prep.finish(state, y)
            }
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        activation: Activation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        use burn::tensor::backend::AutodiffBackend;
        let (y, mean, var) = Flex::norm(x.primitive.clone(), gamma.primitive.clone(), beta.primitive, activation);
        let moments = Moments { mean: Values::of(&mean).slice().to_vec(), var: Values::of(&var).slice().to_vec() };
        let nodes = [x.node.clone(), gamma.node.clone(), beta.node.clone()];
        let y = match NormBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let state = NormState { x: x.primitive, gamma: gamma.primitive, y: y.clone(), moments, activation };
                prep.finish(state, y)
            }
            OpsKind::UnTracked(prep) => prep.finish(y),
        };
        (y, Self::from_inner(mean), Self::from_inner(var))
    }
}
