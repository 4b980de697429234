//! Max pooling, channels last. Padding never wins: a window is what of it lies inside the picture.

use rayon::prelude::*;

use super::Geometry;
use super::pointwise::{gather_max, scatter_max};

impl Geometry {
    /// Where in one picture's values the window of output pixel (`oy`, `ox`) starts its pixels.
    fn window(&self, (oy, ox): (usize, usize), starts: &mut Vec<usize>) {
        starts.clear();
        for tap in 0..self.kernel * self.kernel {
            let at = self.input(oy, tap / self.kernel, self.h).zip(self.input(ox, tap % self.kernel, self.w));
            starts.extend(at.map(|(iy, ix)| (iy * self.w + ix) * self.c_in));
        }
    }
}

/// N×H×W×C to N×H'×W'×C: the largest value of each window. NaN wins over every number, as in PyTorch.
pub fn forward(x: &[f32], g: &Geometry) -> Vec<f32> {
    let (c, picture) = (g.c_in, g.h * g.w * g.c_in);
    let (out_h, out_w) = g.out_size();
    let mut out = vec![f32::NEG_INFINITY; g.out_rows() * c];
    out.par_chunks_mut(out_w * c).enumerate().for_each_init(Vec::new, |starts, (row, out)| {
        let x = &x[row / out_h * picture..][..picture];
        for (ox, out) in out.chunks_exact_mut(c).enumerate() {
            g.window((row % out_h, ox), starts);
            gather_max(x, starts, out);
        }
    });
    out
}

/// Gradient of the input from that of the output; `y` is what [`forward`] gave. Of equal values the first in
/// reading order has it all, as in PyTorch.
pub fn backward(x: &[f32], y: &[f32], grad: &[f32], g: &Geometry) -> Vec<f32> {
    let (c, picture) = (g.c_in, g.h * g.w * g.c_in);
    let (out_h, out_w) = g.out_size();
    let pooled = out_h * out_w * c;
    let mut dx = vec![0.0; x.len()];
    dx.par_chunks_mut(picture).enumerate().for_each_init(
        || (Vec::new(), vec![0.0; c]),
        |(starts, left), (n, dx)| {
            let x = &x[n * picture..][..picture];
            let (y, grad) = (&y[n * pooled..][..pooled], &grad[n * pooled..][..pooled]);
            for (i, (y, grad)) in y.chunks_exact(c).zip(grad.chunks_exact(c)).enumerate() {
                g.window((i / out_w, i % out_w), starts);
                left.copy_from_slice(grad);
                scatter_max(x, starts, y, left, dx);
            }
        },
    );
    dx
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_values_the_first_has_the_gradient() {
        let g = Geometry { n: 1, h: 2, w: 2, c_in: 1, c_out: 1, kernel: 2, stride: 2, padding: 0 };
        let x = [0.0, 1.0, 1.0, 1.0];
        let y = forward(&x, &g);
        assert_eq!((y.as_slice(), backward(&x, &y, &[3.0], &g)), (&[1.0][..], vec![0.0, 3.0, 0.0, 0.0]));
    }

    #[test]
    fn padding_never_wins_and_nan_always_does() {
        let g = Geometry { n: 1, h: 2, w: 2, c_in: 1, c_out: 1, kernel: 3, stride: 2, padding: 1 };
        assert_eq!(forward(&[-4.0, -3.0, -2.0, -1.0], &g), [-1.0]);
        assert!(forward(&[1.0, f32::NAN, 2.0, 3.0], &g)[0].is_nan());
    }
}
