//! The operations on the CPU backend, through the kernels of [`crate::kernel`].

use burn::tensor::{TensorData, TensorMetadata};
use burn_flex::{Flex, FlexTensor};

use super::kernels::{ConvGradients, Kernels, NormGradients, NormMemory, Wanted};
use super::{Activation, ConvSpec, NORM_EPS, NetOps, PoolSpec};
use crate::kernel::norm::Moments;
use crate::kernel::{Geometry, conv, depthwise, norm, pool, sum};

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

impl NetOps for Flex {
    fn conv(x: FlexTensor, weight: FlexTensor, bias: Option<FlexTensor>, spec: ConvSpec) -> FlexTensor {
        let g = Geometry::of_conv(x.shape().dims(), weight.shape().dims(), spec);
        let bias = bias.unwrap_or_else(|| from_vec(vec![0.0; g.c_out], [g.c_out]));
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
        let [c] = gamma.shape().dims();
        let (xs, gs, bs) = (Values::of(&x), Values::of(&gamma), Values::of(&beta));
        let m = norm::moments(xs.slice(), c);
        let y = norm::forward(xs.slice(), gs.slice(), bs.slice(), &m, NORM_EPS, activation);
        (from_vec(y, x.shape()), from_vec(m.mean, [c]), from_vec(m.var, [c]))
    }

    fn max_pool(x: FlexTensor, spec: PoolSpec) -> FlexTensor {
        let g = Geometry::of_pool(x.shape().dims(), spec);
        let (h, w) = g.out_size();
        from_vec(pool::forward(Values::of(&x).slice(), &g), [g.n, h, w, g.c_out])
    }

    fn add(a: FlexTensor, b: FlexTensor, activation: Activation) -> FlexTensor {
        from_vec(sum::forward(Values::of(&a).slice(), Values::of(&b).slice(), activation), a.shape())
    }
}

impl Kernels for Flex {
    fn conv_backward(
        x: FlexTensor,
        weight: FlexTensor,
        y: Option<FlexTensor>,
        grad: FlexTensor,
        spec: ConvSpec,
        wanted: Wanted,
    ) -> ConvGradients<FlexTensor> {
        let g = Geometry::of_conv(x.shape().dims(), weight.shape().dims(), spec);
        let run = if spec.depthwise { depthwise::backward } else { conv::backward };
        let (xs, ws, gs) = (Values::of(&x), Values::of(&weight), Values::of(&grad));
        let ys = y.as_ref().map(Values::of);
        let clamped = ys.as_ref().map(|y| (y.slice(), spec.activation));
        let found = run(xs.slice(), ws.slice(), clamped, gs.slice(), &g, wanted.x);
        ConvGradients {
            x: found.x.map(|dx| from_vec(dx, x.shape())),
            weight: from_vec(found.weight, weight.shape()),
            bias: wanted.bias.then(|| from_vec(found.bias, [g.c_out])),
        }
    }

    fn norm_backward(
        memory: NormMemory<FlexTensor>,
        grad: FlexTensor,
        activation: Activation,
    ) -> NormGradients<FlexTensor> {
        let NormMemory { x, gamma, y, mean, var } = memory;
        let moments = Moments { mean: Values::of(&mean).slice().to_vec(), var: Values::of(&var).slice().to_vec() };
        let (xs, gammas, ys, gs) = (Values::of(&x), Values::of(&gamma), Values::of(&y), Values::of(&grad));
        let found = norm::backward(xs.slice(), gammas.slice(), ys.slice(), gs.slice(), &moments, NORM_EPS, activation);
        NormGradients {
            x: from_vec(found.x, x.shape()),
            gamma: from_vec(found.gamma, gamma.shape()),
            beta: from_vec(found.beta, gamma.shape()),
        }
    }

    fn max_pool_backward(x: FlexTensor, y: FlexTensor, grad: FlexTensor, spec: PoolSpec) -> FlexTensor {
        let g = Geometry::of_pool(x.shape().dims(), spec);
        let (xs, ys, gs) = (Values::of(&x), Values::of(&y), Values::of(&grad));
        from_vec(pool::backward(xs.slice(), ys.slice(), gs.slice(), &g), x.shape())
    }

    fn activation_backward(y: FlexTensor, grad: FlexTensor, activation: Activation) -> FlexTensor {
        from_vec(sum::backward(Values::of(&y).slice(), Values::of(&grad).slice(), activation), y.shape())
    }
}
