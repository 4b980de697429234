//! Sum of two values with an activation: the end of a residual block.

use rayon::prelude::*;

use super::pointwise::{add_clamp, clamp_backward};
use super::{Activation, part_rows};

/// Least values of a part: below, sharing out costs more than it brings.
const LEAST: usize = 1 << 14;

/// `activation(a + b)`, value by value.
pub fn forward(a: &[f32], b: &[f32], activation: Activation) -> Vec<f32> {
    let mut out = vec![0.0; a.len()];
    let part = part_rows(a.len(), LEAST);
    out.par_chunks_mut(part)
        .zip(a.par_chunks(part).zip(b.par_chunks(part)))
        .for_each(|(out, (a, b))| add_clamp(a, b, activation.bounds(), out));
    out
}

/// Gradient of either value from that of the output; `y` is what [`forward`] gave.
pub fn backward(y: &[f32], grad: &[f32], activation: Activation) -> Vec<f32> {
    let mut out = vec![0.0; y.len()];
    let part = part_rows(y.len(), LEAST);
    out.par_chunks_mut(part)
        .zip(grad.par_chunks(part).zip(y.par_chunks(part)))
        .for_each(|(out, (grad, y))| clamp_backward(grad, y, activation.bounds(), out));
    out
}
