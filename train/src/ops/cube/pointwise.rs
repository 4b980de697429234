//! What follows a convolution or a sum, value by value: bias, activation, and the activation's gradient.

use burn::tensor::TensorMetadata;
use burn_cubecl::CubeRuntime;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::ir::StorageType;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::tensor::CubeTensor;

use super::launch::{elementwise, lanes, packed, room};
use crate::ops::Activation;

/// [`Activation`] inside a kernel, in f32.
#[cube]
pub fn activate<N: Size>(x: Vector<f32, N>, #[comptime] activation: Activation) -> Vector<f32, N> {
    match activation {
        Activation::None => x,
        Activation::Relu => max(x, Vector::new(0.0f32)),
        Activation::Relu6 => clamp(x, Vector::new(0.0f32), Vector::new(6.0f32)),
    }
}

/// `grad` where the activated value `y` lies strictly between the activation's bounds, else 0.
#[cube]
pub fn passed<N: Size>(grad: Vector<f32, N>, y: Vector<f32, N>, #[comptime] activation: Activation) -> Vector<f32, N> {
    let zero = Vector::new(0.0f32);
    match activation {
        Activation::None => grad,
        Activation::Relu => select_many(y.greater_than(zero), grad, zero),
        Activation::Relu6 => {
            let above = select_many(y.greater_than(zero), grad, zero);
            select_many(y.less_than(Vector::new(6.0f32)), above, zero)
        }
    }
}

#[cube(launch_unchecked, address_type = "dynamic")]
fn bias_kernel<E: Float, N: Size>(
    y: &mut Tensor<Vector<E, N>>,
    bias: &Tensor<Vector<f32, N>>,
    #[comptime] activation: Activation,
    #[define(E)] _dtype: StorageType,
) {
    if ABSOLUTE_POS >= y.len() {
        terminate!();
    }
    let sum = Vector::<f32, N>::cast_from(y[ABSOLUTE_POS]) + bias[ABSOLUTE_POS % bias.len()];
    y[ABSOLUTE_POS] = Vector::cast_from(activate::<N>(sum, activation));
}

#[cube(launch_unchecked, address_type = "dynamic")]
fn activation_kernel<E: Float, N: Size>(
    y: &mut Tensor<Vector<E, N>>,
    #[comptime] activation: Activation,
    #[define(E)] _dtype: StorageType,
) {
    if ABSOLUTE_POS >= y.len() {
        terminate!();
    }
    y[ABSOLUTE_POS] = Vector::cast_from(activate::<N>(Vector::cast_from(y[ABSOLUTE_POS]), activation));
}

/// Adds C biases to packed rows of C values that nothing else reads, and activates, in place.
pub fn finish<R: CubeRuntime>(y: CubeTensor<R>, bias: Option<CubeTensor<R>>, activation: Activation) -> CubeTensor<R> {
    let channels = y.shape()[y.rank() - 1];
    let lanes = lanes(channels, y.dtype);
    let (count, dim) = elementwise(&y, y.shape().num_elements() / lanes);
    let address = y.required_address_type();
    match bias {
        // SAFETY: each unit reads and writes the one element of its number, which it checks against the length; the
        // bias is indexed below its own length.
        Some(bias) => unsafe {
            bias_kernel::launch_unchecked(
                &y.client,
                count,
                dim,
                address,
                lanes,
                y.clone().into_tensor_arg(),
                super::launch::packed_f32(bias).into_tensor_arg(),
                activation,
                y.dtype.into(),
            );
        },
        None if activation == Activation::None => {}
        // SAFETY: as above.
        None => unsafe {
            activation_kernel::launch_unchecked(
                &y.client,
                count,
                dim,
                address,
                lanes,
                y.clone().into_tensor_arg(),
                activation,
                y.dtype.into(),
            );
        },
    }
    y
}

#[cube(launch_unchecked, address_type = "dynamic")]
fn add_kernel<E: Float, N: Size>(
    a: &Tensor<Vector<E, N>>,
    b: &Tensor<Vector<E, N>>,
    y: &mut Tensor<Vector<E, N>>,
    #[comptime] activation: Activation,
    #[define(E)] _dtype: StorageType,
) {
    if ABSOLUTE_POS >= y.len() {
        terminate!();
    }
    let sum = Vector::<f32, N>::cast_from(a[ABSOLUTE_POS]) + Vector::<f32, N>::cast_from(b[ABSOLUTE_POS]);
    y[ABSOLUTE_POS] = Vector::cast_from(activate::<N>(sum, activation));
}

#[cube(launch_unchecked, address_type = "dynamic")]
fn activation_backward_kernel<E: Float, N: Size>(
    y: &Tensor<Vector<E, N>>,
    grad: &Tensor<Vector<E, N>>,
    before: &mut Tensor<Vector<E, N>>,
    #[comptime] activation: Activation,
    #[define(E)] _dtype: StorageType,
) {
    if ABSOLUTE_POS >= before.len() {
        terminate!();
    }
    let (grad, y) = (Vector::cast_from(grad[ABSOLUTE_POS]), Vector::cast_from(y[ABSOLUTE_POS]));
    before[ABSOLUTE_POS] = Vector::cast_from(passed::<N>(grad, y, activation));
}

/// a + b, activated; both of one shape and type.
pub fn add<R: CubeRuntime>(a: CubeTensor<R>, b: CubeTensor<R>, activation: Activation) -> CubeTensor<R> {
    let (a, b) = (packed(a), packed(b));
    let y = room(&a, a.shape(), a.dtype);
    let lanes = lanes(y.shape()[y.rank() - 1], y.dtype);
    let (count, dim) = elementwise(&y, y.shape().num_elements() / lanes);
    // SAFETY: the three have one length, and each unit touches the element of its number, checked against it.
    unsafe {
        add_kernel::launch_unchecked(
            &y.client,
            count,
            dim,
            y.required_address_type(),
            lanes,
            a.into_tensor_arg(),
            b.into_tensor_arg(),
            y.clone().into_tensor_arg(),
            activation,
            y.dtype.into(),
        );
    }
    y
}

/// Gradient before the activation from that after it, where `y` came out.
pub fn activation_backward<R: CubeRuntime>(
    y: CubeTensor<R>,
    grad: CubeTensor<R>,
    activation: Activation,
) -> CubeTensor<R> {
    let (y, grad) = (packed(y), packed(grad));
    let before = room(&y, y.shape(), y.dtype);
    let lanes = lanes(y.shape()[y.rank() - 1], y.dtype);
    let (count, dim) = elementwise(&y, y.shape().num_elements() / lanes);
    // SAFETY: as in `add`.
    unsafe {
        activation_backward_kernel::launch_unchecked(
            &before.client,
            count,
            dim,
            before.required_address_type(),
            lanes,
            y.into_tensor_arg(),
            grad.into_tensor_arg(),
            before.clone().into_tensor_arg(),
            activation,
            before.dtype.into(),
        );
    }
    before
}
