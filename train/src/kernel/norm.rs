//! Batch normalisation by the batch's own statistics, with its activation, over rows of channels.

use rayon::prelude::*;

use super::pointwise::{add_moments, add_norm_grads, affine_clamp, clamp_backward, combine};
use super::{Activation, part_rows};

/// Statistics of a batch, one value a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// Mean.
    pub mean: Vec<f32>,
    /// Biased variance (divided by the number of rows), as the normalisation uses it.
    pub var: Vec<f32>,
}

/// Mean and biased variance of each channel.
pub fn moments(x: &[f32], c: usize) -> Moments {
    let rows = x.len() / c;
    // Differences from one row instead of zero: no cancellation where the mean is far from 0.
    let centre = &x[..c];
    let parts: Vec<(Vec<f32>, Vec<f32>)> = x
        .par_chunks(part_rows(rows, 64) * c)
        .map(|x| {
            let (mut sums, mut squares) = (vec![0.0; c], vec![0.0; c]);
            add_moments(x, centre, &mut sums, &mut squares);
            (sums, squares)
        })
        .collect();
    let (mut mean, mut var) = (Vec::with_capacity(c), Vec::with_capacity(c));
    for (i, centre) in centre.iter().enumerate() {
        let d = parts.iter().map(|(sums, _)| f64::from(sums[i])).sum::<f64>() / rows as f64;
        let squares = parts.iter().map(|(_, squares)| f64::from(squares[i])).sum::<f64>() / rows as f64;
        mean.push((f64::from(*centre) + d) as f32);
        var.push((squares - d * d).max(0.0) as f32);
    }
    Moments { mean, var }
}

/// `activation((x − mean) / √(var + eps) · gamma + beta)`, row by row.
pub fn forward(
    x: &[f32],
    gamma: &[f32],
    beta: &[f32],
    moments: &Moments,
    eps: f32,
    activation: Activation,
) -> Vec<f32> {
    let c = gamma.len();
    let scale: Vec<f32> = gamma.iter().zip(&moments.var).map(|(g, v)| g / (v + eps).sqrt()).collect();
    let shift: Vec<f32> = (0..c).map(|i| beta[i] - moments.mean[i] * scale[i]).collect();
    let mut out = vec![0.0; x.len()];
    let part = part_rows(x.len() / c, 64) * c;
    out.par_chunks_mut(part)
        .zip(x.par_chunks(part))
        .for_each(|(out, x)| affine_clamp(x, &scale, &shift, activation.bounds(), out));
    out
}

/// Gradients of [`forward`] through the statistics as well.
pub struct NormGrads {
    /// With respect to the input.
    pub x: Vec<f32>,
    /// With respect to the scale.
    pub gamma: Vec<f32>,
    /// With respect to the shift.
    pub beta: Vec<f32>,
}

/// Gradients from that of the output; `y` is what [`forward`] gave.
pub fn backward(
    x: &[f32],
    gamma: &[f32],
    y: &[f32],
    grad: &[f32],
    moments: &Moments,
    eps: f32,
    activation: Activation,
) -> NormGrads {
    let c = gamma.len();
    let rows = x.len() / c;
    let part = part_rows(rows, 64) * c;
    let inv_std: Vec<f32> = moments.var.iter().map(|v| 1.0 / (v + eps).sqrt()).collect();
    let mut dx = vec![0.0; x.len()];
    let parts: Vec<(Vec<f32>, Vec<f32>)> = dx
        .par_chunks_mut(part)
        .zip(x.par_chunks(part).zip(grad.par_chunks(part).zip(y.par_chunks(part))))
        .map(|(dz, (x, (grad, y)))| {
            clamp_backward(grad, y, activation.bounds(), dz);
            let (mut sum, mut sum_hat) = (vec![0.0; c], vec![0.0; c]);
            add_norm_grads(dz, x, &moments.mean, &inv_std, &mut sum, &mut sum_hat);
            (sum, sum_hat)
        })
        .collect();
    let (mut dbeta, mut dgamma) = (vec![0.0; c], vec![0.0; c]);
    for (sum, sum_hat) in &parts {
        for i in 0..c {
            dbeta[i] += sum[i];
            dgamma[i] += sum_hat[i];
        }
    }
    // dx = γ/σ · (dz − mean(dz) − x̂ · mean(dz·x̂)), written as dz·a + x·b + d.
    let n = rows as f32;
    let a: Vec<f32> = (0..c).map(|i| gamma[i] * inv_std[i]).collect();
    let b: Vec<f32> = (0..c).map(|i| -a[i] * inv_std[i] * dgamma[i] / n).collect();
    let d: Vec<f32> = (0..c).map(|i| -a[i] * dbeta[i] / n - b[i] * moments.mean[i]).collect();
    dx.par_chunks_mut(part).zip(x.par_chunks(part)).for_each(|(dx, x)| combine(dx, x, &a, &b, &d));
    NormGrads { x: dx, gamma: dgamma, beta: dbeta }
}
