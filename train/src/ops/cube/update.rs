//! What a step does to the weights, one launch for each parameter.

use burn::tensor::{DType, TensorMetadata};
use burn_cubecl::CubeRuntime;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::tensor::CubeTensor;

use super::launch::{elementwise, packed_f32, room};
use crate::adam::{AdamStep, Moments};

#[cube(launch_unchecked)]
fn adam_kernel(
    value: &Tensor<f32>,
    grad: &Tensor<f32>,
    first: &mut Tensor<f32>,
    second: &mut Tensor<f32>,
    new: &mut Tensor<f32>,
    rate: f32,
    decay: f32,
    beta_1: f32,
    beta_2: f32,
    correction: f32,
    epsilon: f32,
) {
    if ABSOLUTE_POS >= new.len() {
        terminate!();
    }
    let was = value[ABSOLUTE_POS];
    let g = grad[ABSOLUTE_POS] + was * decay;
    let m = first[ABSOLUTE_POS] * beta_1 + g * (1.0f32 - beta_1);
    let v = second[ABSOLUTE_POS] * beta_2 + g * g * (1.0f32 - beta_2);
    first[ABSOLUTE_POS] = m;
    second[ABSOLUTE_POS] = v;
    new[ABSOLUTE_POS] = was - m * correction / (v.sqrt() + epsilon) * rate;
}

/// The tensor itself where nothing else holds its memory, else a copy: what may be written to.
fn owned<R: CubeRuntime>(tensor: CubeTensor<R>) -> CubeTensor<R> {
    if tensor.can_mut() { tensor } else { tensor.copy() }
}

/// One step of Adam; the moments are updated in place where nothing else holds them.
pub fn adam<R: CubeRuntime>(
    was: Moments<CubeTensor<R>>,
    grad: CubeTensor<R>,
    step: AdamStep,
) -> Moments<CubeTensor<R>> {
    let value = packed_f32(was.value);
    let (first, second) = (owned(packed_f32(was.first)), owned(packed_f32(was.second)));
    let now = Moments { value: room(&value, value.shape(), DType::F32), first, second };
    let (count, dim) = elementwise(&value, value.shape().num_elements());
    // SAFETY: the five tensors have one shape and are packed; a unit touches the element of its number, checked
    // against their length.
    unsafe {
        adam_kernel::launch_unchecked(
            &now.value.client,
            count,
            dim,
            value.into_tensor_arg(),
            packed_f32(grad).into_tensor_arg(),
            now.first.clone().into_tensor_arg(),
            now.second.clone().into_tensor_arg(),
            now.value.clone().into_tensor_arg(),
            step.rate,
            step.decay,
            step.beta_1,
            step.beta_2,
            step.correction,
            step.epsilon,
        );
    }
    now
}

#[cube(launch_unchecked)]
fn blend_kernel(old: &Tensor<f32>, new: &Tensor<f32>, out: &mut Tensor<f32>, keep: f32, take: f32) {
    if ABSOLUTE_POS >= out.len() {
        terminate!();
    }
    out[ABSOLUTE_POS] = old[ABSOLUTE_POS] * keep + new[ABSOLUTE_POS] * take;
}

/// old·keep + new·take.
pub fn blend<R: CubeRuntime>(old: CubeTensor<R>, new: CubeTensor<R>, keep: f32, take: f32) -> CubeTensor<R> {
    let out = room(&old, old.shape(), DType::F32);
    let (count, dim) = elementwise(&out, out.shape().num_elements());
    // SAFETY: as above.
    unsafe {
        blend_kernel::launch_unchecked(
            &out.client,
            count,
            dim,
            packed_f32(old).into_tensor_arg(),
            packed_f32(new).into_tensor_arg(),
            out.clone().into_tensor_arg(),
            keep,
            take,
        );
    }
    out
}

/// Units of a cube that sums squares.
const UNITS: u32 = 256;
/// Values that each of them squares.
const EACH: u32 = 32;

#[cube(launch_unchecked)]
fn squares_kernel(values: &Tensor<f32>, sums: &mut Tensor<f32>, first: usize) {
    let mut shared = SharedMemory::<f32>::new(comptime!(UNITS as usize));
    let mut sum = 0.0f32;
    let start = CUBE_POS * comptime!((UNITS * EACH) as usize) + UNIT_POS as usize;
    for i in 0..comptime!(EACH as usize) {
        let at = start + i * comptime!(UNITS as usize);
        if at < values.len() {
            sum += values[at] * values[at];
        }
    }
    shared[UNIT_POS as usize] = sum;
    sync_cube();
    if UNIT_POS == 0 {
        let mut all = 0.0f32;
        for i in 0..comptime!(UNITS as usize) {
            all += shared[i];
        }
        sums[first + CUBE_POS] = all;
    }
}

/// Sums of the squares of parts of all tensors, in one tensor.
pub fn squares<R: CubeRuntime>(tensors: Vec<CubeTensor<R>>) -> Option<CubeTensor<R>> {
    let cubes = |tensor: &CubeTensor<R>| tensor.shape().num_elements().div_ceil((UNITS * EACH) as usize);
    let like = tensors.first()?;
    let sums = room(like, [tensors.iter().map(cubes).sum::<usize>()], DType::F32);
    let mut first = 0;
    for tensor in tensors {
        let count = cubes(&tensor);
        // SAFETY: a unit reads values below the length only; each cube writes a place of its own in `sums`, which
        // has one for every cube of every tensor.
        unsafe {
            squares_kernel::launch_unchecked(
                &sums.client,
                CubeCount::Static(count as u32, 1, 1),
                CubeDim::new_1d(UNITS),
                packed_f32(tensor).into_tensor_arg(),
                sums.clone().into_tensor_arg(),
                first,
            );
        }
        first += count;
    }
    Some(sums)
}
