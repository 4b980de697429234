//! Loops over rows of channels, compiled for several instruction sets and chosen at run time.

use multiversion::multiversion;

/// `value` held in `bounds`; NaN stays NaN, where `f32::max` would make a number of it and hide a diverged step.
#[inline(always)]
fn clamp(value: f32, bounds: (f32, f32)) -> f32 {
    let value = if value < bounds.0 { bounds.0 } else { value };
    if value > bounds.1 { bounds.1 } else { value }
}

/// Adds `bias` to every row and clamps to `bounds`.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
pub fn bias_clamp(rows: &mut [f32], bias: &[f32], bounds: (f32, f32)) {
    for row in rows.chunks_exact_mut(bias.len()) {
        for (value, b) in row.iter_mut().zip(bias) {
            *value = clamp(*value + b, bounds);
        }
    }
}

/// Writes `row · scale + shift`, clamped to `bounds`, for every row.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
pub fn affine_clamp(rows: &[f32], scale: &[f32], shift: &[f32], bounds: (f32, f32), out: &mut [f32]) {
    for (row, out) in rows.chunks_exact(scale.len()).zip(out.chunks_exact_mut(scale.len())) {
        for i in 0..scale.len() {
            out[i] = clamp(row[i] * scale[i] + shift[i], bounds);
        }
    }
}

/// Writes `a + b`, clamped to `bounds`.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
pub fn add_clamp(a: &[f32], b: &[f32], bounds: (f32, f32), out: &mut [f32]) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = clamp(a + b, bounds);
    }
}

/// Gradient before a clamp: `grad` where the clamped value lies inside `bounds`, else 0.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
pub fn clamp_backward(grad: &[f32], clamped: &[f32], bounds: (f32, f32), out: &mut [f32]) {
    for ((out, grad), y) in out.iter_mut().zip(grad).zip(clamped) {
        let inside = (*y > bounds.0) & (*y < bounds.1);
        *out = if inside { *grad } else { 0.0 };
    }
}

/// Adds every row to `sums`.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
pub fn add_rows(rows: &[f32], sums: &mut [f32]) {
    for row in rows.chunks_exact(sums.len()) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value;
        }
    }
}

/// Adds every row, and every row's squared difference from `centre`, to the two sums.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
pub fn add_moments(rows: &[f32], centre: &[f32], sums: &mut [f32], squares: &mut [f32]) {
    for row in rows.chunks_exact(centre.len()) {
        for i in 0..centre.len() {
            let d = row[i] - centre[i];
            sums[i] += d;
            squares[i] += d * d;
        }
    }
}

/// Adds every row of `grad`, and its product with `(x − mean) · inv_std`, to the two sums.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
pub fn add_norm_grads(grad: &[f32], x: &[f32], mean: &[f32], inv_std: &[f32], sum: &mut [f32], sum_hat: &mut [f32]) {
    let c = mean.len();
    for (grad, x) in grad.chunks_exact(c).zip(x.chunks_exact(c)) {
        for i in 0..c {
            sum[i] += grad[i];
            sum_hat[i] += grad[i] * (x[i] - mean[i]) * inv_std[i];
        }
    }
}

/// `grad · a + x · b + c`, row by row, in place of `grad`.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
pub fn combine(grad: &mut [f32], x: &[f32], a: &[f32], b: &[f32], c: &[f32]) {
    let width = a.len();
    for (grad, x) in grad.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
        for i in 0..width {
            grad[i] = grad[i] * a[i] + x[i] * b[i] + c[i];
        }
    }
}

/// One output row of channels: `init` plus the sum over taps of `values[tap.0..] · weights[tap.1..]`,
/// clamped to `bounds`.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
pub fn gather(
    values: &[f32],
    weights: &[f32],
    taps: &[(usize, usize)],
    init: &[f32],
    bounds: (f32, f32),
    out: &mut [f32],
) {
    let width = out.len();
    // Eight channels at a time stay in one vector register over all taps.
    let whole = width - width % 8;
    for start in (0..whole).step_by(8) {
        let mut acc: [f32; 8] = init[start..start + 8].try_into().unwrap_or([0.0; 8]);
        for &(value, weight) in taps {
            let v = &values[value + start..value + start + 8];
            let w = &weights[weight + start..weight + start + 8];
            for lane in 0..8 {
                acc[lane] += v[lane] * w[lane];
            }
        }
        for lane in 0..8 {
            out[start + lane] = clamp(acc[lane], bounds);
        }
    }
    for i in whole..width {
        let mut acc = init[i];
        for &(value, weight) in taps {
            acc += values[value + i] * weights[weight + i];
        }
        out[i] = clamp(acc, bounds);
    }
}

/// Adds to `sums` the products, channel by channel, of `count` pixels of `a` (every `a_step` values from
/// `a_start`) and as many of `b`.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
pub fn correlate(a: (&[f32], usize, usize), b: (&[f32], usize, usize), count: usize, sums: &mut [f32]) {
    let width = sums.len();
    let whole = width - width % 8;
    for start in (0..whole).step_by(8) {
        let mut acc = [0.0f32; 8];
        for i in 0..count {
            let x = &a.0[a.1 + i * a.2 + start..][..8];
            let y = &b.0[b.1 + i * b.2 + start..][..8];
            for lane in 0..8 {
                acc[lane] += x[lane] * y[lane];
            }
        }
        for lane in 0..8 {
            sums[start + lane] += acc[lane];
        }
    }
    for (c, sum) in sums.iter_mut().enumerate().skip(whole) {
        for i in 0..count {
            *sum += a.0[a.1 + i * a.2 + c] * b.0[b.1 + i * b.2 + c];
        }
    }
}

/// Raises every channel of `out` to the largest of the rows that begin at `starts`; NaN wins over every number.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
pub fn gather_max(values: &[f32], starts: &[usize], out: &mut [f32]) {
    let width = out.len();
    for start in starts {
        for (out, value) in out.iter_mut().zip(&values[*start..start + width]) {
            *out = if *value > *out || value.is_nan() { *value } else { *out };
        }
    }
}

/// Adds each channel of `grad` to the first of the rows that begin at `starts` whose value is `max`'s; `grad` is
/// used up.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
pub fn scatter_max(values: &[f32], starts: &[usize], max: &[f32], grad: &mut [f32], sums: &mut [f32]) {
    let width = max.len();
    for start in starts {
        let (values, sums) = (&values[*start..start + width], &mut sums[*start..start + width]);
        for i in 0..width {
            let hit = values[i] == max[i];
            sums[i] += if hit { grad[i] } else { 0.0 };
            grad[i] = if hit { 0.0 } else { grad[i] };
        }
    }
}
