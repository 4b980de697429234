//! The operations on the CPU backend, through the kernels of [`crate::kernel`], with their own gradients.

mod conv;
mod norm;
mod pool;
mod sum;

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{TensorData, TensorMetadata};
use burn_flex::{Flex, FlexTensor};

use super::{Activation, ConvSpec, NetOps, PoolSpec};

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

/// A value that gradients are kept for, whatever else is recomputed on the way back.
type Tracked = FloatTensor<Autodiff<Flex>>;

fn from_vec(values: Vec<f32>, shape: impl Into<burn::tensor::Shape>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

impl NetOps for Flex {
    fn conv(x: FlexTensor, weight: FlexTensor, bias: FlexTensor, spec: ConvSpec) -> FlexTensor {
        conv::forward(&x, &weight, &bias, spec)
    }

    fn norm(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        activation: Activation,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        norm::forward(&x, &gamma, &beta, activation)
    }

    fn max_pool(x: FlexTensor, spec: PoolSpec) -> FlexTensor {
        pool::forward(&x, spec)
    }

    fn add(a: FlexTensor, b: FlexTensor, activation: Activation) -> FlexTensor {
        sum::forward(&a, &b, activation)
    }
}

impl<C: CheckpointStrategy> NetOps for Autodiff<Flex, C> {
    fn conv(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        spec: ConvSpec,
    ) -> FloatTensor<Self> {
        conv::tracked::<C>(x, weight, bias, spec)
    }

    fn norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        activation: Activation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        norm::tracked::<C>(x, gamma, beta, activation)
    }

    fn max_pool(x: FloatTensor<Self>, spec: PoolSpec) -> FloatTensor<Self> {
        pool::tracked::<C>(x, spec)
    }

    fn add(a: FloatTensor<Self>, b: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        sum::tracked::<C>(a, b, activation)
    }
}
