//! Batch normalisation by the batch's statistics, with its activation.

use burn::tensor::{DType, TensorMetadata};
use burn_cubecl::CubeRuntime;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::ir::StorageType;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::tensor::CubeTensor;

use super::channels::{ACROSS, DOWN, DOWN_PARTS, Parts, sum_down};
use super::launch::{elementwise, lanes, packed, packed_f32, room};
use super::pointwise::{activate, passed};
use crate::ops::kernels::{NormGradients, NormMemory};
use crate::ops::{Activation, NORM_EPS};

/// Sums of each part's differences from the map's first row, and of their squares: without that shift the variance of
/// channels far from 0 would cancel.
#[cube(launch_unchecked, address_type = "dynamic")]
fn moments_kernel<E: Float>(
    x: &Tensor<E>,
    sums: &mut Tensor<f32>,
    channels: usize,
    count: usize,
    part: usize,
    #[define(E)] _dtype: StorageType,
) {
    let mut shared = SharedMemory::<f32>::new(comptime!((ACROSS * DOWN) as usize));
    let channel = (CUBE_POS_X * comptime!(ACROSS) + UNIT_POS_X) as usize;
    let first = CUBE_POS_Y as usize * part;
    let end = min(first + part, count);
    let mut sum = 0.0f32;
    let mut squares = 0.0f32;
    if channel < channels {
        let centre = f32::cast_from(x[channel]);
        let mut row = first + UNIT_POS_Y as usize;
        while row < end {
            let value = f32::cast_from(x[row * channels + channel]) - centre;
            sum += value;
            squares += value * value;
            row += comptime!(DOWN as usize);
        }
    }
    let sum = sum_down(sum, &mut shared, comptime!(DOWN));
    let squares = sum_down(squares, &mut shared, comptime!(DOWN));
    if UNIT_POS_Y == 0 && channel < channels {
        let at = CUBE_POS_Y as usize * 2 * channels + channel;
        sums[at] = sum;
        sums[at + channels] = squares;
    }
}

/// Sums of all parts, two for each channel; where they are those of the differences from the first row of `x`, mean and
/// biased variance.
#[cube(launch_unchecked)]
fn finish_kernel<E: Float>(
    x: &Tensor<E>,
    parts: &Tensor<f32>,
    first: &mut Tensor<f32>,
    second: &mut Tensor<f32>,
    part_count: usize,
    rows: f32,
    #[comptime] moments: bool,
    #[define(E)] _dtype: StorageType,
) {
    let mut shared = SharedMemory::<f32>::new(comptime!((ACROSS * DOWN_PARTS) as usize));
    let channels = first.len();
    let channel = (CUBE_POS_X * comptime!(ACROSS) + UNIT_POS_X) as usize;
    let mut sum = 0.0f32;
    let mut other = 0.0f32;
    if channel < channels {
        let mut part = UNIT_POS_Y as usize;
        while part < part_count {
            sum += parts[part * 2 * channels + channel];
            other += parts[(part * 2 + 1) * channels + channel];
            part += comptime!(DOWN_PARTS as usize);
        }
    }
    let sum = sum_down(sum, &mut shared, comptime!(DOWN_PARTS));
    let other = sum_down(other, &mut shared, comptime!(DOWN_PARTS));
    if UNIT_POS_Y == 0 && channel < channels {
        if moments {
            let shift = sum / rows;
            first[channel] = f32::cast_from(x[channel]) + shift;
            second[channel] = max(other / rows - shift * shift, 0.0f32);
        } else {
            first[channel] = sum;
            second[channel] = other;
        }
    }
}

/// Two values for each channel, of the sums of `parts`: see [`finish_kernel`].
fn finish<R: CubeRuntime>(
    x: &CubeTensor<R>,
    sums: CubeTensor<R>,
    channels: usize,
    parts: Parts,
    moments: bool,
) -> (CubeTensor<R>, CubeTensor<R>) {
    let (first, second) = (room(x, [channels], DType::F32), room(x, [channels], DType::F32));
    let rows = x.shape().num_elements() / channels;
    let (cubes, dim) = Parts::one(1).cubes(channels, DOWN_PARTS);
    // SAFETY: `sums` has two values of each channel for every part; a unit reads parts below their count and channels
    // below theirs, and writes its channel's.
    unsafe {
        finish_kernel::launch_unchecked(
            &x.client,
            cubes,
            dim,
            x.clone().into_tensor_arg(),
            sums.into_tensor_arg(),
            first.clone().into_tensor_arg(),
            second.clone().into_tensor_arg(),
            parts.count,
            rows as f32,
            moments,
            x.dtype.into(),
        );
    }
    (first, second)
}

#[cube(launch_unchecked, address_type = "dynamic")]
fn values_kernel<E: Float, N: Size>(
    x: &Tensor<Vector<E, N>>,
    gamma: &Tensor<Vector<f32, N>>,
    beta: &Tensor<Vector<f32, N>>,
    mean: &Tensor<Vector<f32, N>>,
    var: &Tensor<Vector<f32, N>>,
    y: &mut Tensor<Vector<E, N>>,
    eps: f32,
    #[comptime] activation: Activation,
    #[define(E)] _dtype: StorageType,
) {
    if ABSOLUTE_POS >= y.len() {
        terminate!();
    }
    let c = ABSOLUTE_POS % mean.len();
    let scale = gamma[c] / (var[c] + Vector::new(eps)).sqrt();
    let value = (Vector::cast_from(x[ABSOLUTE_POS]) - mean[c]) * scale + beta[c];
    y[ABSOLUTE_POS] = Vector::cast_from(activate::<N>(value, activation));
}

/// Values, mean, biased variance.
pub fn forward<R: CubeRuntime>(
    x: CubeTensor<R>,
    gamma: CubeTensor<R>,
    beta: CubeTensor<R>,
    activation: Activation,
) -> (CubeTensor<R>, CubeTensor<R>, CubeTensor<R>) {
    let (x, gamma, beta) = (packed(x), packed_f32(gamma), packed_f32(beta));
    let [channels] = gamma.shape().dims();
    let count = x.shape().num_elements() / channels;
    let parts = Parts::of(count, channels);
    let sums = room(&x, [parts.count, 2 * channels], DType::F32);
    let (cubes, dim) = parts.cubes(channels, DOWN);
    let (address, dtype) = (x.required_address_type(), x.dtype);
    // SAFETY: `x` is packed and has `count` rows of `channels` values; a unit reads rows below `count` and channels
    // below `channels`, and writes the two sums of its part and channel.
    unsafe {
        moments_kernel::launch_unchecked(
            &x.client,
            cubes,
            dim,
            address,
            x.clone().into_tensor_arg(),
            sums.clone().into_tensor_arg(),
            channels,
            count,
            parts.rows,
            dtype.into(),
        );
    }
    let (mean, var) = finish(&x, sums, channels, parts, true);
    let y = room(&x, x.shape(), dtype);
    let lanes = lanes(channels, dtype);
    let (cubes, dim) = elementwise(&y, count * channels / lanes);
    // SAFETY: a unit handles the value of its number, checked against the length of `y`, which is that of `x`; the
    // channel is below their count.
    unsafe {
        values_kernel::launch_unchecked(
            &y.client,
            cubes,
            dim,
            address,
            lanes,
            x.into_tensor_arg(),
            gamma.into_tensor_arg(),
            beta.into_tensor_arg(),
            mean.clone().into_tensor_arg(),
            var.clone().into_tensor_arg(),
            y.clone().into_tensor_arg(),
            NORM_EPS,
            activation,
            dtype.into(),
        );
    }
    (y, mean, var)
}

/// Sums of each part's gradients before the activation, and of their products with the normalised values: gradients
/// of beta and gamma.
#[cube(launch_unchecked, address_type = "dynamic")]
fn gradient_sums_kernel<E: Float>(
    x: &Tensor<E>,
    y: &Tensor<E>,
    grad: &Tensor<E>,
    mean: &Tensor<f32>,
    var: &Tensor<f32>,
    sums: &mut Tensor<f32>,
    channels: usize,
    count: usize,
    part: usize,
    eps: f32,
    #[comptime] activation: Activation,
    #[define(E)] _dtype: StorageType,
) {
    let mut shared = SharedMemory::<f32>::new(comptime!((ACROSS * DOWN) as usize));
    let channel = (CUBE_POS_X * comptime!(ACROSS) + UNIT_POS_X) as usize;
    let first = CUBE_POS_Y as usize * part;
    let end = min(first + part, count);
    let mut sum = 0.0f32;
    let mut products = 0.0f32;
    if channel < channels {
        let centre = mean[channel];
        let inverse = 1.0f32 / (var[channel] + eps).sqrt();
        let mut row = first + UNIT_POS_Y as usize;
        while row < end {
            let at = row * channels + channel;
            let out = f32::cast_from(y[at]);
            let mut g = f32::cast_from(grad[at]);
            match activation {
                Activation::None => {}
                Activation::Relu => {
                    if out <= 0.0f32 {
                        g = 0.0f32;
                    }
                }
                Activation::Relu6 => {
                    if out <= 0.0f32 || out >= 6.0f32 {
                        g = 0.0f32;
                    }
                }
            }
            sum += g;
            products += g * (f32::cast_from(x[at]) - centre) * inverse;
            row += comptime!(DOWN as usize);
        }
    }
    let sum = sum_down(sum, &mut shared, comptime!(DOWN));
    let products = sum_down(products, &mut shared, comptime!(DOWN));
    if UNIT_POS_Y == 0 && channel < channels {
        let at = CUBE_POS_Y as usize * 2 * channels + channel;
        sums[at] = sum;
        sums[at + channels] = products;
    }
}

#[cube(launch_unchecked, address_type = "dynamic")]
fn input_gradient_kernel<E: Float, N: Size>(
    x: &Tensor<Vector<E, N>>,
    y: &Tensor<Vector<E, N>>,
    grad: &Tensor<Vector<E, N>>,
    gamma: &Tensor<Vector<f32, N>>,
    mean: &Tensor<Vector<f32, N>>,
    var: &Tensor<Vector<f32, N>>,
    sum: &Tensor<Vector<f32, N>>,
    products: &Tensor<Vector<f32, N>>,
    dx: &mut Tensor<Vector<E, N>>,
    count: f32,
    eps: f32,
    #[comptime] activation: Activation,
    #[define(E)] _dtype: StorageType,
) {
    if ABSOLUTE_POS >= dx.len() {
        terminate!();
    }
    let c = ABSOLUTE_POS % mean.len();
    let g = passed::<N>(Vector::cast_from(grad[ABSOLUTE_POS]), Vector::cast_from(y[ABSOLUTE_POS]), activation);
    let inverse = Vector::new(1.0f32) / (var[c] + Vector::new(eps)).sqrt();
    let normalised = (Vector::cast_from(x[ABSOLUTE_POS]) - mean[c]) * inverse;
    let rows = Vector::new(count);
    let centred = g - sum[c] / rows - normalised * products[c] / rows;
    dx[ABSOLUTE_POS] = Vector::cast_from(gamma[c] * inverse * centred);
}

/// Gradients from that of the result.
pub fn backward<R: CubeRuntime>(
    memory: NormMemory<CubeTensor<R>>,
    grad: CubeTensor<R>,
    activation: Activation,
) -> NormGradients<CubeTensor<R>> {
    let (x, y, grad) = (packed(memory.x), packed(memory.y), packed(grad));
    let (gamma, mean, var) = (packed_f32(memory.gamma), memory.mean, memory.var);
    let [channels] = gamma.shape().dims();
    let count = x.shape().num_elements() / channels;
    let parts = Parts::of(count, channels);
    let sums = room(&x, [parts.count, 2 * channels], DType::F32);
    let (cubes, dim) = parts.cubes(channels, DOWN);
    let (address, dtype) = (x.required_address_type(), x.dtype);
    // SAFETY: as for the moments; `y` and `grad` have the size of `x`.
    unsafe {
        gradient_sums_kernel::launch_unchecked(
            &x.client,
            cubes,
            dim,
            address,
            x.clone().into_tensor_arg(),
            y.clone().into_tensor_arg(),
            grad.clone().into_tensor_arg(),
            mean.clone().into_tensor_arg(),
            var.clone().into_tensor_arg(),
            sums.clone().into_tensor_arg(),
            channels,
            count,
            parts.rows,
            NORM_EPS,
            activation,
            dtype.into(),
        );
    }
    let (beta, gammas) = finish(&x, sums, channels, parts, false);
    let dx = room(&x, x.shape(), dtype);
    let lanes = lanes(channels, dtype);
    let (cubes, dim) = elementwise(&dx, count * channels / lanes);
    // SAFETY: as for the values.
    unsafe {
        input_gradient_kernel::launch_unchecked(
            &dx.client,
            cubes,
            dim,
            address,
            lanes,
            x.into_tensor_arg(),
            y.into_tensor_arg(),
            grad.into_tensor_arg(),
            gamma.into_tensor_arg(),
            mean.into_tensor_arg(),
            var.into_tensor_arg(),
            beta.clone().into_tensor_arg(),
            gammas.clone().into_tensor_arg(),
            dx.clone().into_tensor_arg(),
            count as f32,
            NORM_EPS,
            activation,
            dtype.into(),
        );
    }
    NormGradients { x: dx, gamma: gammas, beta }
}
