//! Max pooling.

use burn::tensor::TensorMetadata;
use burn_cubecl::CubeRuntime;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::ir::StorageType;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::tensor::CubeTensor;

use super::launch::{elementwise, packed, room};
use super::window::{self, Sides, Window, number, seeing, seen, sides};
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
    let out = window::pixel(ABSOLUTE_POS / channels, sides.out_h, sides.out_w);
    let mut largest = E::min_value();
    for ky in 0..window.kernel {
        let iy = seen(out.y, ky, window);
        for kx in 0..window.kernel {
            let ix = seen(out.x, kx, window);
            if iy < sides.h && ix < sides.w {
                let from = number(out.picture, iy, ix, sides.h, sides.w);
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
    let input = window::pixel(ABSOLUTE_POS / channels, sides.h, sides.w);
    let value = x[ABSOLUTE_POS];
    let mut sum = 0.0f32;
    for ky in 0..window.kernel {
        let oy = seeing(input.y, ky, sides.out_h, window);
        if oy < sides.out_h {
            for kx in 0..window.kernel {
                let ox = seeing(input.x, kx, sides.out_w, window);
                if ox < sides.out_w {
                    let at = number(input.picture, oy, ox, sides.out_h, sides.out_w) * channels + channel;
                    if value == y[at] {
                        // Of equal values the first of the window has the gradient: look at those before this one.
                        let mut earlier = false;
                        for tap in 0..(ky * window.kernel + kx) {
                            let jy = seen(oy, tap / window.kernel, window);
                            let jx = seen(ox, tap % window.kernel, window);
                            if jy < sides.h && jx < sides.w {
                                let from = number(input.picture, jy, jx, sides.h, sides.w);
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
