//! Where an output pixel's window lies in the input, and back: what convolutions and pooling share.

use burn_cubecl::CubeRuntime;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

use crate::kernel::Geometry;

/// What a kernel is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// Side of the kernel.
    pub kernel: u32,
    /// Step in both directions.
    pub stride: u32,
    /// Pixels added on every side.
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

/// A pixel of a batch.
#[derive(CubeType, Clone, Copy)]
pub struct Pixel {
    /// Which picture.
    pub picture: usize,
    /// Row.
    pub y: u32,
    /// Column.
    pub x: u32,
}

/// Pixel `number` of pictures of `h` rows and `w` columns.
#[cube]
pub fn pixel(number: usize, h: u32, w: u32) -> Pixel {
    let row = number / w as usize;
    Pixel { picture: row / h as usize, y: (row % h as usize) as u32, x: (number % w as usize) as u32 }
}

/// The number of a pixel of pictures of `h` rows and `w` columns.
#[cube]
pub fn number(picture: usize, y: u32, x: u32, h: u32, w: u32) -> usize {
    (picture * h as usize + y as usize) * w as usize + x as usize
}

/// Input row (or column) that output row `out` sees with `tap`. Above the picture it wraps to a large number: one
/// comparison with the side finds both borders.
#[cube]
pub fn seen(out: u32, tap: u32, #[comptime] window: Window) -> u32 {
    out * window.stride + tap - window.padding
}

/// Output row (or column) that sees input row `input` with `tap`; no less than `outs`, their number, where none does.
#[cube]
pub fn seeing(input: u32, tap: u32, outs: u32, #[comptime] window: Window) -> u32 {
    let ahead = input + window.padding - tap;
    select(input + window.padding >= tap && ahead % window.stride == 0, ahead / window.stride, outs)
}
