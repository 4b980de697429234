//! Depthwise convolution, channels last. Weights are kernel² × C.

use std::borrow::Cow;

use rayon::prelude::*;

use super::conv::ConvGrads;
use super::pointwise::{add_rows, clamp_backward, correlate, gather};
use super::{Activation, Geometry};

/// N×H×W×C to N×H'×W'×C, bias added and activation applied.
pub fn forward(x: &[f32], weight: &[f32], bias: &[f32], g: &Geometry, activation: Activation) -> Vec<f32> {
    let c = g.c_in;
    let (out_h, out_w) = g.out_size();
    let mut out = vec![0.0; g.out_rows() * c];
    out.par_chunks_mut(out_w * c).enumerate().for_each_init(Vec::new, |taps, (row, out)| {
        let (n, oy) = (row / out_h, row % out_h);
        for (ox, out) in out.chunks_exact_mut(c).enumerate() {
            taps.clear();
            for tap in 0..g.kernel * g.kernel {
                if let Some((iy, ix)) = g.input(oy, tap / g.kernel, g.h).zip(g.input(ox, tap % g.kernel, g.w)) {
                    taps.push((((n * g.h + iy) * g.w + ix) * c, tap * c));
                }
            }
            gather(x, weight, taps, bias, activation.bounds(), out);
        }
    });
    out
}

/// Gradients from that of the output; `clamped` is what [`forward`] gave and its activation, where it had one.
pub fn backward(
    x: &[f32],
    weight: &[f32],
    clamped: Option<(&[f32], Activation)>,
    grad: &[f32],
    g: &Geometry,
    want_x: bool,
) -> ConvGrads {
    let c = g.c_in;
    let (out_h, out_w) = g.out_size();
    let picture = out_h * out_w * c;
    let dz: Cow<'_, [f32]> = match clamped {
        None => grad.into(),
        Some((y, activation)) => {
            let mut dz = vec![0.0; grad.len()];
            dz.par_chunks_mut(picture)
                .zip(grad.par_chunks(picture).zip(y.par_chunks(picture)))
                .for_each(|(dz, (grad, y))| clamp_backward(grad, y, activation.bounds(), dz));
            dz.into()
        }
    };
    let dx = want_x.then(|| input_grad(&dz, weight, x.len(), g));

    // Pictures in at most 16 groups, each with its own sums.
    let group = g.n.div_ceil(16).max(1);
    let parts: Vec<(Vec<f32>, Vec<f32>)> = (0..g.n.div_ceil(group))
        .into_par_iter()
        .map(|part| {
            let mut dw = vec![0.0; g.kernel * g.kernel * c];
            let mut db = vec![0.0; c];
            for n in part * group..((part + 1) * group).min(g.n) {
                add_rows(&dz[n * picture..(n + 1) * picture], &mut db);
                for oy in 0..out_h {
                    for tap in 0..g.kernel * g.kernel {
                        add_tap(x, &dz, g, (n, oy, tap), &mut dw[tap * c..(tap + 1) * c]);
                    }
                }
            }
            (dw, db)
        })
        .collect();
    let mut parts = parts.into_iter();
    let (mut dw, mut db) = parts.next().unwrap_or_default();
    for (w, b) in parts {
        add_rows(&w, &mut dw);
        add_rows(&b, &mut db);
    }
    ConvGrads { x: dx, weight: dw, bias: db }
}

/// Adds one output row's share of one tap's weight gradient.
fn add_tap(x: &[f32], dz: &[f32], g: &Geometry, (n, oy, tap): (usize, usize, usize), sums: &mut [f32]) {
    let c = g.c_in;
    let (out_h, out_w) = g.out_size();
    let Some(iy) = g.input(oy, tap / g.kernel, g.h) else { return };
    let kx = tap % g.kernel;
    // The outputs whose tap lies inside the picture are one run.
    let inside = |ox: &usize| g.input(*ox, kx, g.w).is_some();
    let Some(first) = (0..out_w).find(inside) else { return };
    let count = (first..out_w).take_while(inside).count();
    let Some(ix) = g.input(first, kx, g.w) else { return };
    correlate(
        (x, ((n * g.h + iy) * g.w + ix) * c, g.stride * c),
        (dz, ((n * out_h + oy) * out_w + first) * c, c),
        count,
        sums,
    );
}

fn input_grad(dz: &[f32], weight: &[f32], len: usize, g: &Geometry) -> Vec<f32> {
    let c = g.c_in;
    let (out_h, out_w) = g.out_size();
    let zeros = vec![0.0; c];
    let unbounded = Activation::None.bounds();
    // The output that sees input `i` with tap `k`, if one does.
    let output = |i: usize, k: usize, out: usize| {
        let at = (i + g.padding).checked_sub(k)?;
        (at % g.stride == 0 && at / g.stride < out).then_some(at / g.stride)
    };
    let mut dx = vec![0.0; len];
    dx.par_chunks_mut(g.w * c).enumerate().for_each_init(Vec::new, |taps, (row, dx)| {
        let (n, iy) = (row / g.h, row % g.h);
        for (ix, dx) in dx.chunks_exact_mut(c).enumerate() {
            taps.clear();
            for tap in 0..g.kernel * g.kernel {
                if let Some((oy, ox)) = output(iy, tap / g.kernel, out_h).zip(output(ix, tap % g.kernel, out_w)) {
                    taps.push((((n * out_h + oy) * out_w + ox) * c, tap * c));
                }
            }
            gather(dz, weight, taps, &zeros, unbounded, dx);
        }
    });
    dx
}
