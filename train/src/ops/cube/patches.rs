//! The pixels that each output pixel of a convolution sees, as rows of a matrix, and back.

use burn::tensor::TensorMetadata;
use burn_cubecl::CubeRuntime;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::ir::StorageType;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::tensor::CubeTensor;

use super::depthwise::{Sides, Window, sides};
use super::launch::{elementwise, lanes, room};
use crate::kernel::Geometry;

#[cube(launch_unchecked, address_type = "dynamic")]
fn gather_kernel<E: Float, N: Size>(
    x: &Tensor<Vector<E, N>>,
    patches: &mut Tensor<Vector<E, N>>,
    sides: &Sides,
    #[comptime] window: Window,
    #[define(E)] _dtype: StorageType,
) {
    if ABSOLUTE_POS >= patches.len() {
        terminate!();
    }
    let vectors = sides.vectors as usize;
    let taps = comptime!((window.kernel * window.kernel) as usize);
    let channel = ABSOLUTE_POS % vectors;
    let rest = ABSOLUTE_POS / vectors;
    let tap = (rest % taps) as u32;
    let pixel = rest / taps;
    let ox = (pixel % sides.out_w as usize) as u32;
    let row = pixel / sides.out_w as usize;
    let oy = (row % sides.out_h as usize) as u32;
    let picture = row / sides.out_h as usize;
    // Above and left of the picture these wrap to large numbers: one comparison finds both borders.
    let iy = oy * window.stride + tap / window.kernel - window.padding;
    let ix = ox * window.stride + tap % window.kernel - window.padding;
    let mut value = Vector::<E, N>::new(E::new(0.0));
    if iy < sides.h && ix < sides.w {
        let from = (picture * sides.h as usize + iy as usize) * sides.w as usize + ix as usize;
        value = x[from * vectors + channel];
    }
    patches[ABSOLUTE_POS] = value;
}

/// Rows of kernel²·C values, taps row by row, one row for each output pixel of packed N×H×W×C values.
pub fn gather<R: CubeRuntime>(x: CubeTensor<R>, g: &Geometry) -> CubeTensor<R> {
    let taps = g.kernel * g.kernel;
    let patches = room(&x, [g.out_rows(), taps * g.c_in], x.dtype);
    let lanes = lanes(g.c_in, x.dtype);
    let (count, dim) = elementwise(&patches, patches.shape().num_elements() / lanes);
    let address = patches.required_address_type().max(x.required_address_type());
    // SAFETY: a unit writes the element of its number, checked against the length, and reads a pixel found inside the
    // picture.
    unsafe {
        gather_kernel::launch_unchecked(
            &patches.client,
            count,
            dim,
            address,
            lanes,
            x.into_tensor_arg(),
            patches.clone().into_tensor_arg(),
            sides(g, g.c_in, lanes),
            Window::of(g),
            patches.dtype.into(),
        );
    }
    patches
}

#[cube(launch_unchecked, address_type = "dynamic")]
fn scatter_kernel<E: Float, N: Size>(
    patches: &Tensor<Vector<E, N>>,
    dx: &mut Tensor<Vector<E, N>>,
    sides: &Sides,
    values: usize,
    #[comptime] window: Window,
    #[define(E)] _dtype: StorageType,
) {
    if ABSOLUTE_POS >= values {
        terminate!();
    }
    let vectors = sides.vectors as usize;
    let taps = comptime!((window.kernel * window.kernel) as usize);
    let channel = ABSOLUTE_POS % vectors;
    let pixel = ABSOLUTE_POS / vectors;
    let ix = (pixel % sides.w as usize) as u32;
    let row = pixel / sides.w as usize;
    let iy = (row % sides.h as usize) as u32;
    let picture = row / sides.h as usize;
    let mut sum = Vector::<f32, N>::new(0.0f32);
    for ky in 0..window.kernel {
        let ahead = iy + window.padding - ky;
        let oy = ahead / window.stride;
        if iy + window.padding >= ky && ahead % window.stride == 0 && oy < sides.out_h {
            for kx in 0..window.kernel {
                let ahead = ix + window.padding - kx;
                let ox = ahead / window.stride;
                if ix + window.padding >= kx && ahead % window.stride == 0 && ox < sides.out_w {
                    let from = (picture * sides.out_h as usize + oy as usize) * sides.out_w as usize + ox as usize;
                    let tap = (ky * window.kernel + kx) as usize;
                    sum += Vector::cast_from(patches[(from * taps + tap) * vectors + channel]);
                }
            }
        }
    }
    dx[ABSOLUTE_POS] = Vector::cast_from(sum);
}

/// Adds the values of every pixel in all patches that saw it, into the packed N×H×W×C values of `dx`.
pub fn scatter<R: CubeRuntime>(patches: CubeTensor<R>, dx: &CubeTensor<R>, g: &Geometry) {
    let lanes = lanes(g.c_in, dx.dtype);
    let values = g.n * g.h * g.w * g.c_in / lanes;
    let (count, dim) = elementwise(dx, values);
    let address = patches.required_address_type().max(dx.required_address_type());
    // SAFETY: a unit writes the element of its number, checked against their count, and reads rows of output pixels
    // found inside the output.
    unsafe {
        scatter_kernel::launch_unchecked(
            &dx.client,
            count,
            dim,
            address,
            lanes,
            patches.into_tensor_arg(),
            dx.clone().into_tensor_arg(),
            sides(g, g.c_in, lanes),
            values,
            Window::of(g),
            dx.dtype.into(),
        );
    }
}
