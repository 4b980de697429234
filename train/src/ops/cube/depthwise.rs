//! Depthwise convolution: each channel with its own kernel² weights.

use burn::tensor::{DType, TensorMetadata};
use burn_cubecl::CubeRuntime;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::ir::StorageType;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::tensor::CubeTensor;

use super::channels::{self, ACROSS, DOWN, Parts, sum_down};
use super::launch::{elementwise, lanes, packed, packed_f32, reshaped, room};
use super::pointwise::activate;
use crate::kernel::Geometry;
use crate::ops::kernels::{ConvGradients, Wanted};
use crate::ops::{Activation, ConvSpec};

/// What a kernel is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// Side of the kernel.
    pub kernel: u32,
    /// Step in both directions.
    pub stride: u32,
    /// Zeros added on every side.
    pub padding: u32,
}

impl Window {
    /// Of a geometry.
    pub fn of(g: &Geometry) -> Self {
        Self { kernel: g.kernel as u32, stride: g.stride as u32, padding: g.padding as u32 }
    }
}

/// Sides of the input's and the output's pictures.
#[derive(CubeLaunch, CubeType, Clone, Copy)]
pub struct Sides {
    /// Input height.
    pub h: u32,
    /// Input width.
    pub w: u32,
    /// Output height.
    pub out_h: u32,
    /// Output width.
    pub out_w: u32,
    /// Vectors of channels.
    pub vectors: u32,
}

/// [`Sides`] as a kernel's argument, with channels in vectors of `lanes`.
pub fn sides<R: CubeRuntime>(g: &Geometry, channels: usize, lanes: usize) -> SidesLaunch<R> {
    let (out_h, out_w) = g.out_size();
    SidesLaunch::new(g.h as u32, g.w as u32, out_h as u32, out_w as u32, (channels / lanes) as u32)
}

#[cube(launch_unchecked, address_type = "dynamic")]
fn forward_kernel<E: Float, N: Size>(
    x: &Tensor<Vector<E, N>>,
    weight: &Tensor<Vector<f32, N>>,
    bias: ComptimeOption<Tensor<Vector<f32, N>>>,
    y: &mut Tensor<Vector<E, N>>,
    sides: &Sides,
    #[comptime] window: Window,
    #[comptime] activation: Activation,
    #[define(E)] _dtype: StorageType,
) {
    if ABSOLUTE_POS >= y.len() {
        terminate!();
    }
    let vectors = sides.vectors as usize;
    let channel = ABSOLUTE_POS % vectors;
    let pixel = ABSOLUTE_POS / vectors;
    let ox = (pixel % sides.out_w as usize) as u32;
    let row = pixel / sides.out_w as usize;
    let oy = (row % sides.out_h as usize) as u32;
    let picture = row / sides.out_h as usize;

    let bias: ComptimeOption<Vector<f32, N>> = bias.map(|bias| bias[channel]);
    let mut sum = bias.unwrap_or_else(|| Vector::new(0.0f32));
    #[unroll]
    for ky in 0..window.kernel {
        // Rows above the picture wrap to large numbers: one comparison finds both borders.
        let iy = oy * window.stride + ky - window.padding;
        if iy < sides.h {
            #[unroll]
            for kx in 0..window.kernel {
                let ix = ox * window.stride + kx - window.padding;
                if ix < sides.w {
                    let from = (picture * sides.h as usize + iy as usize) * sides.w as usize + ix as usize;
                    let tap = (ky * window.kernel + kx) as usize;
                    sum += Vector::cast_from(x[from * vectors + channel]) * weight[tap * vectors + channel];
                }
            }
        }
    }
    y[ABSOLUTE_POS] = Vector::cast_from(activate::<N>(sum, activation));
}

/// N×H×W×C with kernel²×C weights to N×H'×W'×C.
pub fn forward<R: CubeRuntime>(
    x: CubeTensor<R>,
    weight: CubeTensor<R>,
    bias: Option<CubeTensor<R>>,
    spec: ConvSpec,
) -> CubeTensor<R> {
    let g = Geometry::of_conv(x.shape().dims(), weight.shape().dims(), spec);
    let (out_h, out_w) = g.out_size();
    let (x, weight) = (packed(x), packed_f32(weight));
    let y = room(&x, [g.n, out_h, out_w, g.c_out], x.dtype);
    let lanes = lanes(g.c_out, x.dtype);
    let (count, dim) = elementwise(&y, g.out_rows() * g.c_out / lanes);
    let address = x.required_address_type().max(y.required_address_type());
    let (window, sides) = (Window::of(&g), sides(&g, g.c_out, lanes));
    // SAFETY: a unit writes the output of its number, checked against the length, and reads pixels found inside the
    // picture; all tensors are packed and have the sizes of `g`.
    unsafe {
        forward_kernel::launch_unchecked(
            &y.client,
            count,
            dim,
            address,
            lanes,
            x.into_tensor_arg(),
            weight.into_tensor_arg(),
            bias.map(|bias| packed_f32(bias).into_tensor_arg()).into(),
            y.clone().into_tensor_arg(),
            sides,
            window,
            spec.activation,
            y.dtype.into(),
        );
    }
    y
}

#[cube(launch_unchecked, address_type = "dynamic")]
fn input_gradient_kernel<E: Float, N: Size>(
    grad: &Tensor<Vector<E, N>>,
    weight: &Tensor<Vector<f32, N>>,
    dx: &mut Tensor<Vector<E, N>>,
    sides: &Sides,
    #[comptime] window: Window,
    #[define(E)] _dtype: StorageType,
) {
    if ABSOLUTE_POS >= dx.len() {
        terminate!();
    }
    let vectors = sides.vectors as usize;
    let channel = ABSOLUTE_POS % vectors;
    let pixel = ABSOLUTE_POS / vectors;
    let ix = (pixel % sides.w as usize) as u32;
    let row = pixel / sides.w as usize;
    let iy = (row % sides.h as usize) as u32;
    let picture = row / sides.h as usize;

    let mut sum = Vector::<f32, N>::new(0.0f32);
    #[unroll]
    for ky in 0..window.kernel {
        // The output row that saw this input row with this tap: wraps below 0, and is skipped between two steps.
        let ahead = iy + window.padding - ky;
        let oy = ahead / window.stride;
        if iy + window.padding >= ky && ahead % window.stride == 0 && oy < sides.out_h {
            #[unroll]
            for kx in 0..window.kernel {
                let ahead = ix + window.padding - kx;
                let ox = ahead / window.stride;
                if ix + window.padding >= kx && ahead % window.stride == 0 && ox < sides.out_w {
                    let from = (picture * sides.out_h as usize + oy as usize) * sides.out_w as usize + ox as usize;
                    let tap = (ky * window.kernel + kx) as usize;
                    sum += Vector::cast_from(grad[from * vectors + channel]) * weight[tap * vectors + channel];
                }
            }
        }
    }
    dx[ABSOLUTE_POS] = Vector::cast_from(sum);
}

#[cube(launch_unchecked, address_type = "dynamic")]
fn weight_gradient_kernel<E: Float>(
    x: &Tensor<E>,
    grad: &Tensor<E>,
    parts: &mut Tensor<f32>,
    sides: &Sides,
    count: usize,
    part: usize,
    #[comptime] window: Window,
    #[define(E)] _dtype: StorageType,
) {
    let mut shared = SharedMemory::<f32>::new(comptime!((ACROSS * DOWN) as usize));
    let channels = sides.vectors as usize;
    let channel = (CUBE_POS_X * comptime!(ACROSS) + UNIT_POS_X) as usize;
    let first = CUBE_POS_Y as usize * part;
    let end = min(first + part, count);
    let taps = comptime!((window.kernel * window.kernel) as usize);
    let mut sums = Array::<f32>::new(taps);
    #[unroll]
    for tap in 0..taps {
        sums[tap] = 0.0f32;
    }
    if channel < channels {
        let mut pixel = first + UNIT_POS_Y as usize;
        while pixel < end {
            let ox = (pixel % sides.out_w as usize) as u32;
            let row = pixel / sides.out_w as usize;
            let oy = (row % sides.out_h as usize) as u32;
            let picture = row / sides.out_h as usize;
            let g = f32::cast_from(grad[pixel * channels + channel]);
            #[unroll]
            for ky in 0..window.kernel {
                let iy = oy * window.stride + ky - window.padding;
                if iy < sides.h {
                    #[unroll]
                    for kx in 0..window.kernel {
                        let ix = ox * window.stride + kx - window.padding;
                        if ix < sides.w {
                            let from = (picture * sides.h as usize + iy as usize) * sides.w as usize + ix as usize;
                            let tap = comptime!((ky * window.kernel + kx) as usize);
                            sums[tap] += g * f32::cast_from(x[from * channels + channel]);
                        }
                    }
                }
            }
            pixel += comptime!(DOWN as usize);
        }
    }
    #[unroll]
    for tap in 0..taps {
        let sum = sum_down(sums[tap], &mut shared, comptime!(DOWN));
        if UNIT_POS_Y == 0 && channel < channels {
            parts[(CUBE_POS_Y as usize * taps + tap) * channels + channel] = sum;
        }
    }
}

/// Gradients from that before the activation, packed.
pub fn backward<R: CubeRuntime>(
    x: CubeTensor<R>,
    weight: CubeTensor<R>,
    grad: CubeTensor<R>,
    spec: ConvSpec,
    wanted: Wanted,
) -> ConvGradients<CubeTensor<R>> {
    let g = Geometry::of_conv(x.shape().dims(), weight.shape().dims(), spec);
    let (x, weight) = (packed(x), packed_f32(weight));
    let dx = wanted.x.then(|| input_gradient(&x, weight.clone(), grad.clone(), &g));
    let bias = wanted.bias.then(|| channels::sum(grad.clone(), g.c_out));
    ConvGradients { x: dx, weight: weight_gradient(x, grad, &g), bias }
}

fn input_gradient<R: CubeRuntime>(
    x: &CubeTensor<R>,
    weight: CubeTensor<R>,
    grad: CubeTensor<R>,
    g: &Geometry,
) -> CubeTensor<R> {
    let dx = room(x, x.shape(), x.dtype);
    let lanes = lanes(g.c_in, x.dtype);
    let (count, dim) = elementwise(&dx, dx.shape().num_elements() / lanes);
    let address = dx.required_address_type().max(grad.required_address_type());
    // SAFETY: as in `forward`, with input and output changed about.
    unsafe {
        input_gradient_kernel::launch_unchecked(
            &dx.client,
            count,
            dim,
            address,
            lanes,
            grad.into_tensor_arg(),
            weight.into_tensor_arg(),
            dx.clone().into_tensor_arg(),
            sides(g, g.c_in, lanes),
            Window::of(g),
            dx.dtype.into(),
        );
    }
    dx
}

fn weight_gradient<R: CubeRuntime>(x: CubeTensor<R>, grad: CubeTensor<R>, g: &Geometry) -> CubeTensor<R> {
    let taps = g.kernel * g.kernel;
    let parts = Parts::of(g.out_rows(), g.c_in);
    let sums = room(&x, [parts.count, taps * g.c_in], DType::F32);
    let (cubes, dim) = parts.cubes(g.c_in, DOWN);
    let (address, dtype) = (x.required_address_type().max(grad.required_address_type()), x.dtype);
    // SAFETY: a unit reads output pixels below `count`, input pixels found inside the picture and channels below C, and
    // writes the sums of its part and channel, of which `sums` has kernel² each.
    unsafe {
        weight_gradient_kernel::launch_unchecked(
            &sums.client,
            cubes,
            dim,
            address,
            x.into_tensor_arg(),
            grad.into_tensor_arg(),
            sums.clone().into_tensor_arg(),
            sides(g, g.c_in, 1),
            g.out_rows(),
            parts.rows,
            Window::of(g),
            dtype.into(),
        );
    }
    reshaped(channels::add_parts(sums, taps * g.c_in), [taps, g.c_in])
}
