//! Max pooling.

use burn::tensor::TensorMetadata;
use burn_cubecl::CubeRuntime;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::ir::StorageType;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::tensor::CubeTensor;

use super::depthwise::{Sides, Window, sides};
use super::launch::{elementwise, packed, room};
use crate::kernel::Geometry;
use crate::ops::PoolSpec;

#[cube(launch_unchecked, address_type = "dynamic")]
fn forward_kernel<E: Float>(
    x: &Tensor<E>,
    y: &mut Tensor<E>,
    sides: &Sides,
    #[comptime] window: Window,
    #[define(E)] _dtype: StorageType,
) {
    if ABSOLUTE_POS >= y.len() {
        terminate!();
    }
    let channels = sides.vectors as usize;
    let channel = ABSOLUTE_POS % channels;
    let pixel = ABSOLUTE_POS / channels;
    let ox = (pixel % sides.out_w as usize) as u32;
    let row = pixel / sides.out_w as usize;
    let oy = (row % sides.out_h as usize) as u32;
    let picture = row / sides.out_h as usize;
    let mut largest = E::min_value();
    for ky in 0..window.kernel {
        let iy = oy * window.stride + ky - window.padding;
        for kx in 0..window.kernel {
            let ix = ox * window.stride + kx - window.padding;
            if iy < sides.h && ix < sides.w {
                let from = (picture * sides.h as usize + iy as usize) * sides.w as usize + ix as usize;
                largest = max(largest, x[from * channels + channel]);
            }
        }
    }
    y[ABSOLUTE_POS] = largest;
}

/// Largest value of each window of N×H×W×C, channel by channel.
pub fn forward<R: CubeRuntime>(x: CubeTensor<R>, spec: PoolSpec) -> CubeTensor<R> {
    let g = Geometry::of_pool(x.shape().dims(), spec);
    let (out_h, out_w) = g.out_size();
    let x = packed(x);
    let y = room(&x, [g.n, out_h, out_w, g.c_out], x.dtype);
    let (count, dim) = elementwise(&y, y.shape().num_elements());
    let address = x.required_address_type().max(y.required_address_type());
    // SAFETY: a unit writes the output of its number, checked against the length, and reads pixels found inside the
    // picture.
    unsafe {
        forward_kernel::launch_unchecked(
            &y.client,
            count,
            dim,
            address,
            x.into_tensor_arg(),
            y.clone().into_tensor_arg(),
            sides(&g, g.c_in, 1),
            Window::of(&g),
            y.dtype.into(),
        );
    }
    y
}

#[cube(launch_unchecked, address_type = "dynamic")]
fn backward_kernel<E: Float>(
    x: &Tensor<E>,
    y: &Tensor<E>,
    grad: &Tensor<E>,
    dx: &mut Tensor<E>,
    sides: &Sides,
    #[comptime] window: Window,
    #[define(E)] _dtype: StorageType,
) {
    if ABSOLUTE_POS >= dx.len() {
        terminate!();
    }
    let channels = sides.vectors as usize;
    let channel = ABSOLUTE_POS % channels;
    let pixel = ABSOLUTE_POS / channels;
    let ix = (pixel % sides.w as usize) as u32;
    let row = pixel / sides.w as usize;
    let iy = (row % sides.h as usize) as u32;
    let picture = row / sides.h as usize;
    let value = x[ABSOLUTE_POS];
    let mut sum = 0.0f32;
    for ky in 0..window.kernel {
        let ahead = iy + window.padding - ky;
        let oy = ahead / window.stride;
        if iy + window.padding >= ky && ahead % window.stride == 0 && oy < sides.out_h {
            for kx in 0..window.kernel {
                let ahead = ix + window.padding - kx;
                let ox = ahead / window.stride;
                if ix + window.padding >= kx && ahead % window.stride == 0 && ox < sides.out_w {
                    let at = ((picture * sides.out_h as usize + oy as usize) * sides.out_w as usize + ox as usize)
                        * channels
                        + channel;
                    if value == y[at] {
                        // Of equal values the first of the window has the gradient: look at those before this one.
                        let mut earlier = false;
                        for tap in 0..(ky * window.kernel + kx) {
                            let jy = oy * window.stride + tap / window.kernel - window.padding;
                            let jx = ox * window.stride + tap % window.kernel - window.padding;
                            if jy < sides.h && jx < sides.w {
                                let from = (picture * sides.h as usize + jy as usize) * sides.w as usize + jx as usize;
                                if x[from * channels + channel] == value {
                                    earlier = true;
                                }
                            }
                        }
                        if !earlier {
                            sum += f32::cast_from(grad[at]);
                        }
                    }
                }
            }
        }
    }
    dx[ABSOLUTE_POS] = E::cast_from(sum);
}

/// Gradient of the input; of equal largest values the first of the window has it.
pub fn backward<R: CubeRuntime>(
    x: CubeTensor<R>,
    y: CubeTensor<R>,
    grad: CubeTensor<R>,
    spec: PoolSpec,
) -> CubeTensor<R> {
    let g = Geometry::of_pool(x.shape().dims(), spec);
    let (x, y, grad) = (packed(x), packed(y), packed(grad));
    let dx = room(&x, x.shape(), x.dtype);
    let (count, dim) = elementwise(&dx, dx.shape().num_elements());
    let address = dx.required_address_type().max(grad.required_address_type());
    // SAFETY: a unit writes the value of its number, checked against the length, and reads outputs and pixels found
    // inside their pictures.
    unsafe {
        backward_kernel::launch_unchecked(
            &dx.client,
            count,
            dim,
            address,
            x.into_tensor_arg(),
            y.into_tensor_arg(),
            grad.into_tensor_arg(),
            dx.clone().into_tensor_arg(),
            sides(&g, g.c_in, 1),
            Window::of(&g),
            dx.dtype.into(),
        );
    }
    dx
}
