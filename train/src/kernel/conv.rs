//! Dense convolution, channels last: matrix products over patches.
//!
//! Weights are (kernel² · C_in) × C_out, the taps row by row, each with its input channels.

use rayon::prelude::*;

use super::matmul::{Matrix, matmul};
use super::pointwise::{add_rows, bias_clamp, clamp_backward};
use super::{Activation, Geometry, part_rows};

/// Gradients of a convolution.
pub struct ConvGrads {
    /// With respect to the input; absent where it was not asked for.
    pub x: Option<Vec<f32>>,
    /// With respect to the weights.
    pub weight: Vec<f32>,
    /// With respect to the bias.
    pub bias: Vec<f32>,
}

impl Geometry {
    /// Whether the map itself, a row for each pixel, is what the weights are multiplied with.
    pub(crate) fn is_matrix_product(&self) -> bool {
        self.kernel == 1 && self.stride == 1 && self.padding == 0
    }

    /// Values that one output pixel sees.
    pub(crate) fn patch(&self) -> usize {
        self.kernel * self.kernel * self.c_in
    }

    /// The run of taps `first..last` of a kernel row that lie inside the picture, and the input column of the
    /// first. With channels last a run is one piece of memory, in the picture and in the patch.
    fn inside(&self, ox: usize) -> (usize, usize, usize) {
        let left = ox * self.stride;
        let first = self.padding.saturating_sub(left).min(self.kernel);
        let last = (self.w + self.padding).saturating_sub(left).clamp(first, self.kernel);
        (first, last, (left + first).saturating_sub(self.padding).min(self.w))
    }

    /// Copies the patches that output rows `first..` see, one patch a row of `patches`.
    fn gather_patches(&self, x: &[f32], first: usize, patches: &mut [f32]) {
        let (out_h, out_w) = self.out_size();
        let c = self.c_in;
        for (i, patch) in patches.chunks_exact_mut(self.patch()).enumerate() {
            let row = first + i;
            let (n, oy, ox) = (row / (out_h * out_w), row / out_w % out_h, row % out_w);
            let (from, to, ix) = self.inside(ox);
            for (ky, taps) in patch.chunks_exact_mut(self.kernel * c).enumerate() {
                let Some(iy) = self.input(oy, ky, self.h) else {
                    taps.fill(0.0);
                    continue;
                };
                taps[..from * c].fill(0.0);
                taps[to * c..].fill(0.0);
                let at = ((n * self.h + iy) * self.w + ix) * c;
                taps[from * c..to * c].copy_from_slice(&x[at..at + (to - from) * c]);
            }
        }
    }

    /// What output rows `from..from + count` see, one row each: the pixels themselves, or patches gathered into
    /// `patches`.
    fn rows<'a>(&self, x: &'a [f32], from: usize, count: usize, patches: &'a mut Vec<f32>) -> &'a [f32] {
        if self.is_matrix_product() {
            return &x[from * self.c_in..(from + count) * self.c_in];
        }
        patches.resize(count * self.patch(), 0.0);
        self.gather_patches(x, from, patches);
        patches
    }

    /// Adds the gradients of whole pictures' patches to the gradients of their pixels.
    fn scatter_patches(&self, patches: &[f32], dx: &mut [f32]) {
        let (out_h, out_w) = self.out_size();
        let c = self.c_in;
        for (row, patch) in patches.chunks_exact(self.patch()).enumerate() {
            let (n, oy, ox) = (row / (out_h * out_w), row / out_w % out_h, row % out_w);
            let (from, to, ix) = self.inside(ox);
            for (ky, taps) in patch.chunks_exact(self.kernel * c).enumerate() {
                if let Some(iy) = self.input(oy, ky, self.h).filter(|_| from < to) {
                    let at = ((n * self.h + iy) * self.w + ix) * c;
                    add_rows(&taps[from * c..to * c], &mut dx[at..at + (to - from) * c]);
                }
            }
        }
    }
}

/// N×H×W×C_in to N×H'×W'×C_out, bias added and activation applied.
pub fn forward(x: &[f32], weight: &[f32], bias: &[f32], g: &Geometry, activation: Activation) -> Vec<f32> {
    let rows = g.out_rows();
    let part = part_rows(rows, 64);
    let mut out = vec![0.0; rows * g.c_out];
    let weight = Matrix::new(weight, g.patch(), g.c_out);
    out.par_chunks_mut(part * g.c_out).enumerate().for_each_init(Vec::new, |patches, (i, out)| {
        let count = out.len() / g.c_out;
        let from = i * part;
        let a = g.rows(x, from, count, patches);
        matmul(Matrix::new(a, count, g.patch()), weight, out, false);
        bias_clamp(out, bias, activation.bounds());
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
    let rows = g.out_rows();
    // Each part keeps its own weight gradient: few parts where the weights are large.
    let most_parts = ((1 << 22) / (g.patch() * g.c_out)).clamp(2, 32);
    let part = rows.div_ceil(most_parts).max(64);
    let mut dz = vec![0.0; grad.len()];
    let as_matrix = Matrix::new(weight, g.patch(), g.c_out);
    let mut dx = if want_x && g.is_matrix_product() { vec![0.0; x.len()] } else { Vec::new() };
    let parts: Vec<(Vec<f32>, Vec<f32>)> = {
        let dz_parts = dz.par_chunks_mut(part * g.c_out);
        // Where no input gradient is wanted each part gets an empty slice.
        let mut dx_parts: Vec<&mut [f32]> = dx.chunks_mut(part * g.c_in).collect();
        dx_parts.resize_with(rows.div_ceil(part), Default::default);
        dz_parts
            .zip(dx_parts.into_par_iter())
            .enumerate()
            .map_init(Vec::new, |patches, (i, (dz, dx))| {
                let count = dz.len() / g.c_out;
                let from = i * part;
                let span = from * g.c_out..(from + count) * g.c_out;
                match clamped {
                    Some((y, activation)) => clamp_backward(&grad[span.clone()], &y[span], activation.bounds(), dz),
                    None => dz.copy_from_slice(&grad[span]),
                }
                let a = g.rows(x, from, count, patches);
                let dz_matrix = Matrix::new(dz, count, g.c_out);
                let mut dw = vec![0.0; g.patch() * g.c_out];
                matmul(Matrix::new(a, count, g.patch()).t(), dz_matrix, &mut dw, false);
                if !dx.is_empty() {
                    matmul(dz_matrix, as_matrix.t(), dx, false);
                }
                let mut db = vec![0.0; g.c_out];
                add_rows(dz, &mut db);
                (dw, db)
            })
            .collect()
    };
    let x_grad = match (want_x, g.is_matrix_product()) {
        (false, _) => None,
        (true, true) => Some(dx),
        (true, false) => Some(input_grad_by_patches(&dz, as_matrix, x.len(), g)),
    };
    let mut parts = parts.into_iter();
    let (mut weight_grad, mut bias_grad) = parts.next().unwrap_or_default();
    for (dw, db) in parts {
        add_rows(&dw, &mut weight_grad);
        add_rows(&db, &mut bias_grad);
    }
    ConvGrads { x: x_grad, weight: weight_grad, bias: bias_grad }
}

/// Rows that one matrix product of [`input_grad_by_patches`] has at least: fewer would read the weights again for
/// each small picture.
const LEAST_ROWS: usize = 128;

fn input_grad_by_patches(dz: &[f32], weight: Matrix<'_>, len: usize, g: &Geometry) -> Vec<f32> {
    let mut dx = vec![0.0; len];
    let (out_h, out_w) = g.out_size();
    let rows = out_h * out_w;
    // Groups of whole pictures, of about one size each.
    let groups = g.n.div_ceil(LEAST_ROWS.div_ceil(rows)).max(1);
    let group = g.n.div_ceil(groups).max(1);
    dx.par_chunks_mut(group * g.h * g.w * g.c_in).zip(dz.par_chunks(group * rows * g.c_out)).for_each_init(
        Vec::new,
        |patches, (dx, dz)| {
            let rows = dz.len() / g.c_out;
            patches.resize(rows * g.patch(), 0.0);
            matmul(Matrix::new(dz, rows, g.c_out), weight.t(), patches, false);
            g.scatter_patches(patches, dx);
        },
    );
    dx
}
