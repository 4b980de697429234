//! What a step does to the weights: many parameters a launch, since a network has hundreds of small ones and a launch
//! costs the host some 20 to 40 µs, whatever it does.

use burn::tensor::{DType, TensorMetadata};
use burn_cubecl::CubeRuntime;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::tensor::CubeTensor;

use super::launch::{packed_f32, room};
use crate::adam::{AdamStep, Moments, Update};
use crate::ops::Blend;

/// Units of a cube.
const UNITS: u32 = 256;
/// Cubes that share one tensor at most: each goes on behind the others where there are more values.
const MOST_CUBES: usize = 1024;
/// Parameters of one launch at most. Each is a branch of the kernel; and what a launch carries, a pointer and up to 40 bytes
/// about each of a parameter's five tensors, must fit into 4 KiB, as CUDA before 12.1 has it.
const MOST_TENSORS: usize = 16;

/// How many tensors one launch takes where each brings `bindings` of them, on the device of `like`.
fn at_once<R: CubeRuntime>(like: &CubeTensor<R>, bindings: usize) -> usize {
    // One binding is left for the lengths.
    let room = (like.client.properties().hardware.max_bindings as usize).saturating_sub(1);
    (room / bindings).clamp(1, MOST_TENSORS)
}

fn length<R: CubeRuntime>(tensor: &CubeTensor<R>) -> usize {
    tensor.shape().num_elements()
}

/// Cubes that share each tensor of a launch whose longest has `longest` values, at most `most`.
fn cubes_each(longest: usize, most: usize) -> usize {
    longest.div_ceil(UNITS as usize).clamp(1, most)
}

/// A row of `each` cubes for each of `tensors` tensors.
fn rows_of_cubes(tensors: usize, each: usize) -> (CubeCount, CubeDim) {
    (CubeCount::Static(each as u32, tensors as u32, 1), CubeDim::new_1d(UNITS))
}

/// The first value that a unit of a row of cubes takes of its tensor.
#[cube]
fn first_value() -> usize {
    CUBE_POS_X as usize * comptime!(UNITS as usize) + UNIT_POS as usize
}

/// How far the next one lies behind it: as many as the row has units.
#[cube]
fn stride() -> usize {
    CUBE_COUNT_X as usize * comptime!(UNITS as usize)
}

/// Like with like: a launch has as many cubes for each tensor as its longest asks for. Answers `items` from the longest
/// on, each with its place.
fn longest_first<T>(items: Vec<T>, length: impl Fn(&T) -> usize) -> Vec<(usize, T)> {
    let mut items: Vec<(usize, T)> = items.into_iter().enumerate().collect();
    items.sort_by_key(|(_, item)| std::cmp::Reverse(length(item)));
    items
}

/// Things with their places, in order again.
fn in_place<T>(mut items: Vec<(usize, T)>) -> Vec<T> {
    items.sort_by_key(|(place, _)| *place);
    items.into_iter().map(|(_, item)| item).collect()
}

#[cube(launch_unchecked)]
fn adam_kernel(
    values: &Sequence<Tensor<f32>>,
    grads: &Sequence<Tensor<f32>>,
    firsts: &mut Sequence<Tensor<f32>>,
    seconds: &mut Sequence<Tensor<f32>>,
    news: &mut Sequence<Tensor<f32>>,
    scale: f32,
    rate: f32,
    decay: f32,
    beta_1: f32,
    beta_2: f32,
    correction: f32,
    epsilon: f32,
) {
    #[unroll]
    for i in 0..values.len() {
        if CUBE_POS_Y == comptime!(i as u32) {
            let value = values.index(i);
            let grad = grads.index(i);
            let first = firsts.index_mut(i);
            let second = seconds.index_mut(i);
            let new = news.index_mut(i);
            let mut at = first_value();
            while at < value.len() {
                let was = value[at];
                let g = grad[at] * scale + was * decay;
                let m = first[at] * beta_1 + g * (1.0f32 - beta_1);
                let v = second[at] * beta_2 + g * g * (1.0f32 - beta_2);
                first[at] = m;
                second[at] = v;
                new[at] = was - m * correction / (v.sqrt() + epsilon) * rate;
                at += stride();
            }
        }
    }
}

/// The tensor itself where nothing else holds its memory, else a copy: what may be written to.
fn owned<R: CubeRuntime>(tensor: CubeTensor<R>) -> CubeTensor<R> {
    if tensor.can_mut() { tensor } else { tensor.copy() }
}

/// One step of Adam; the moments are updated in place where nothing else holds them.
pub fn adam<R: CubeRuntime>(updates: Vec<Update<CubeTensor<R>>>) -> Vec<Moments<CubeTensor<R>>> {
    let Some(first) = updates.first() else { return Vec::new() };
    let most = at_once(&first.was.value, 5);
    let mut waiting = longest_first(updates, |update| length(&update.was.value));
    let mut done = Vec::with_capacity(waiting.len());
    // Parameters of one launch share its constants: those of a group that have made as many steps do.
    while let Some((_, Update { step, .. })) = waiting.first() {
        let step = *step;
        let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, update)| update.step == step);
        let mut now = now.into_iter();
        loop {
            let part: Vec<_> = now.by_ref().take(most).collect();
            if part.is_empty() {
                break;
            }
            let (places, part): (Vec<usize>, Vec<_>) = part.into_iter().unzip();
            done.extend(places.into_iter().zip(adam_at_once(part, step)));
        }
        waiting = later;
    }
    in_place(done)
}

/// One launch; `updates` are at most as many as a launch takes, the longest first, all of step `step`.
fn adam_at_once<R: CubeRuntime>(updates: Vec<Update<CubeTensor<R>>>, step: AdamStep) -> Vec<Moments<CubeTensor<R>>> {
    let (count, dim) = rows_of_cubes(updates.len(), cubes_each(length(&updates[0].was.value), MOST_CUBES));
    let client = updates[0].was.value.client.clone();
    let [mut values, mut grads] = [SequenceArg::new(), SequenceArg::new()];
    let [mut firsts, mut seconds, mut news] = [SequenceArg::new(), SequenceArg::new(), SequenceArg::new()];
    let mut moments = Vec::with_capacity(updates.len());
    for Update { was, grad, .. } in updates {
        let value = packed_f32(was.value);
        let (first, second) = (owned(packed_f32(was.first)), owned(packed_f32(was.second)));
        let now = Moments { value: room(&value, value.shape(), DType::F32), first, second };
        values.push(value.into_tensor_arg());
        grads.push(packed_f32(grad).into_tensor_arg());
        firsts.push(now.first.clone().into_tensor_arg());
        seconds.push(now.second.clone().into_tensor_arg());
        news.push(now.value.clone().into_tensor_arg());
        moments.push(now);
    }
    // SAFETY: the five tensors of a parameter have one shape and are packed, and no two parameters share memory that is
    // written; a unit touches elements below the length, and those of a row of cubes each their own.
    unsafe {
        adam_kernel::launch_unchecked(
            &client,
            count,
            dim,
            values,
            grads,
            firsts,
            seconds,
            news,
            step.scale,
            step.rate,
            step.decay,
            step.beta_1,
            step.beta_2,
            step.correction,
            step.epsilon,
        );
    }
    moments
}

#[cube(launch_unchecked)]
fn blend_kernel(
    olds: &Sequence<Tensor<f32>>,
    news: &Sequence<Tensor<f32>>,
    outs: &mut Sequence<Tensor<f32>>,
    keeps: &Sequence<f32>,
    takes: &Sequence<f32>,
) {
    #[unroll]
    for i in 0..olds.len() {
        if CUBE_POS_Y == comptime!(i as u32) {
            let old = olds.index(i);
            let new = news.index(i);
            let out = outs.index_mut(i);
            let mut at = first_value();
            while at < out.len() {
                out[at] = old[at] * *keeps.index(i) + new[at] * *takes.index(i);
                at += stride();
            }
        }
    }
}

/// old·keep + new·take of each.
pub fn blend<R: CubeRuntime>(pairs: Vec<Blend<CubeTensor<R>>>) -> Vec<CubeTensor<R>> {
    let Some(first) = pairs.first() else { return Vec::new() };
    let most = at_once(&first.old, 3);
    let mut pairs = longest_first(pairs, |pair| length(&pair.old)).into_iter();
    let mut done = Vec::with_capacity(pairs.len());
    loop {
        let part: Vec<_> = pairs.by_ref().take(most).collect();
        let Some((_, longest)) = part.first() else { return in_place(done) };
        let (count, dim) = rows_of_cubes(part.len(), cubes_each(length(&longest.old), MOST_CUBES));
        let client = longest.old.client.clone();
        let [mut olds, mut news, mut outs] = [SequenceArg::new(), SequenceArg::new(), SequenceArg::new()];
        let [mut keeps, mut takes] = [SequenceArg::new(), SequenceArg::new()];
        for (place, Blend { old, new, keep, take }) in part {
            let out = room(&old, old.shape(), DType::F32);
            olds.push(packed_f32(old).into_tensor_arg());
            news.push(packed_f32(new).into_tensor_arg());
            outs.push(out.clone().into_tensor_arg());
            keeps.push(keep);
            takes.push(take);
            done.push((place, out));
        }
        // SAFETY: as above.
        unsafe {
            blend_kernel::launch_unchecked(&client, count, dim, olds, news, outs, keeps, takes);
        }
    }
}

#[cube(launch_unchecked)]
fn squares_kernel(tensors: &Sequence<Tensor<f32>>, sums: &mut Tensor<f32>, first: usize) {
    let mut shared = SharedMemory::<f32>::new(comptime!(UNITS as usize));
    let mut sum = 0.0f32;
    #[unroll]
    for i in 0..tensors.len() {
        if CUBE_POS_Y == comptime!(i as u32) {
            let values = tensors.index(i);
            let mut at = first_value();
            while at < values.len() {
                sum += values[at] * values[at];
                at += stride();
            }
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

/// Cubes that sum the squares of one tensor at most: what they give is read back and summed by the host.
const MOST_SUMS: usize = 64;

/// Sums of the squares of parts of all tensors, in one tensor.
pub fn squares<R: CubeRuntime>(mut tensors: Vec<CubeTensor<R>>) -> Option<CubeTensor<R>> {
    let like = tensors.first()?.clone();
    let most = at_once(&like, 1);
    tensors.sort_by_key(|tensor| std::cmp::Reverse(length(tensor)));
    let parts: Vec<(usize, &[CubeTensor<R>])> =
        tensors.chunks(most).map(|part| (cubes_each(length(&part[0]), MOST_SUMS), part)).collect();
    let sums = room(&like, [parts.iter().map(|(cubes, part)| cubes * part.len()).sum::<usize>()], DType::F32);
    let mut first = 0;
    for (cubes, part) in parts {
        let mut values = SequenceArg::new();
        part.iter().for_each(|tensor| values.push(packed_f32(tensor.clone()).into_tensor_arg()));
        let (count, dim) = rows_of_cubes(part.len(), cubes);
        // SAFETY: a unit reads values below the length only; each cube writes a place of its own in `sums`, which
        // has one for every cube of every launch.
        unsafe {
            squares_kernel::launch_unchecked(&sums.client, count, dim, values, sums.clone().into_tensor_arg(), first);
        }
        first += cubes * part.len();
    }
    Some(sums)
}
