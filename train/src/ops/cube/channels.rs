//! Sums over all rows of a map for each of its channels, in f32: what statistics, biases and weight gradients are
//! made of.
//!
//! A map has many rows and few channels, so the rows are cut into parts that cubes sum on their own; one more pass adds
//! the parts. The parts depend on the shape alone: the same values give the same sums.

use burn::tensor::{DType, TensorMetadata};
use burn_cubecl::CubeRuntime;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::ir::StorageType;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::tensor::CubeTensor;

use super::launch::{reshaped, room};

/// Channels that a cube sums side by side.
pub const ACROSS: u32 = 32;
/// Rows that it reads at a time.
pub const DOWN: u32 = 8;
/// The same when the sums of the parts are added: one cube has all rows of its channels to read.
pub const DOWN_PARTS: u32 = 32;

/// How the rows of a map are shared out among cubes.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    /// Rows of one part; the last may have fewer.
    pub rows: usize,
    /// Parts.
    pub count: usize,
}

impl Parts {
    /// Enough parts to fill a GPU with cubes of [`ACROSS`] channels, of no less than 64 rows each.
    pub fn of(rows: usize, channels: usize) -> Self {
        let across = channels.div_ceil(ACROSS as usize);
        let wanted = 1024usize.div_ceil(across);
        let rows_each = rows.div_ceil(wanted).max(64);
        Self { rows: rows_each, count: rows.div_ceil(rows_each).max(1) }
    }

    /// One part with all rows.
    pub fn one(rows: usize) -> Self {
        Self { rows: rows.max(1), count: 1 }
    }

    /// Cubes for `channels`, and the units of each, `down` of them a channel.
    pub fn cubes(&self, channels: usize, down: u32) -> (CubeCount, CubeDim) {
        let across = channels.div_ceil(ACROSS as usize) as u32;
        (CubeCount::Static(across, self.count as u32, 1), CubeDim::new_2d(ACROSS, down))
    }
}

/// Adds the `down` values that the units of one channel hold; the sum is the first one's.
#[cube]
pub fn sum_down(value: f32, shared: &mut SharedMemory<f32>, #[comptime] down: u32) -> f32 {
    let across = comptime!(ACROSS);
    sync_cube();
    shared[(UNIT_POS_Y * across + UNIT_POS_X) as usize] = value;
    sync_cube();
    let mut sum = 0.0f32;
    if UNIT_POS_Y == 0 {
        for y in 0..down {
            sum += shared[(y * across + UNIT_POS_X) as usize];
        }
    }
    sum
}

#[cube(launch_unchecked, address_type = "dynamic")]
fn sum_kernel<E: Float>(
    rows: &Tensor<E>,
    sums: &mut Tensor<f32>,
    channels: usize,
    count: usize,
    part: usize,
    #[comptime] down: u32,
    #[define(E)] _dtype: StorageType,
) {
    let mut shared = SharedMemory::<f32>::new(comptime!((ACROSS * down) as usize));
    let channel = (CUBE_POS_X * comptime!(ACROSS) + UNIT_POS_X) as usize;
    let first = CUBE_POS_Y as usize * part;
    let end = min(first + part, count);
    let mut sum = 0.0f32;
    if channel < channels {
        let mut row = first + UNIT_POS_Y as usize;
        while row < end {
            sum += f32::cast_from(rows[row * channels + channel]);
            row += comptime!(down as usize);
        }
    }
    let sum = sum_down(sum, &mut shared, down);
    if UNIT_POS_Y == 0 && channel < channels {
        sums[CUBE_POS_Y as usize * channels + channel] = sum;
    }
}

fn sum_parts<R: CubeRuntime>(rows: CubeTensor<R>, channels: usize, parts: Parts, down: u32) -> CubeTensor<R> {
    let count = rows.shape().num_elements() / channels;
    let sums = room(&rows, [parts.count, channels], DType::F32);
    let (cubes, dim) = parts.cubes(channels, down);
    let (address, dtype) = (rows.required_address_type(), rows.dtype);
    // SAFETY: `rows` is packed and has `count` rows of `channels` values, and a unit reads rows below `count` and
    // channels below `channels` only; it writes the sum of its part and channel, of which `sums` has one each.
    unsafe {
        sum_kernel::launch_unchecked(
            &sums.client,
            cubes,
            dim,
            address,
            rows.into_tensor_arg(),
            sums.clone().into_tensor_arg(),
            channels,
            count,
            parts.rows,
            down,
            dtype.into(),
        );
    }
    sums
}

/// Sums of packed rows of `channels` values: `channels` values.
pub fn sum<R: CubeRuntime>(rows: CubeTensor<R>, channels: usize) -> CubeTensor<R> {
    let count = rows.shape().num_elements() / channels;
    let parts = Parts::of(count, channels);
    let sums = sum_parts(rows, channels, parts, DOWN);
    add_parts(sums, channels)
}

/// Sum of the sums of parts, `channels` values each.
pub fn add_parts<R: CubeRuntime>(sums: CubeTensor<R>, channels: usize) -> CubeTensor<R> {
    let count = sums.shape().num_elements() / channels;
    let sums = if count == 1 { sums } else { sum_parts(sums, channels, Parts::one(count), DOWN_PARTS) };
    reshaped(sums, [channels])
}
