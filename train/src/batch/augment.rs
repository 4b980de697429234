//! Random crop and mirror.

use dnc_core::preprocess::SourceBox;
use rand::{RngExt, rngs::ChaCha8Rng};

/// Random crop and mirror.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Augment {
    /// Smallest share of the area that a crop keeps.
    pub crop_min: f64,
    /// Whether half of the pictures are mirrored.
    pub flip: bool,
}

impl Augment {
    /// A rectangle of a `width` × `height` picture: area share uniform from `crop_min` to 1, aspect ratio
    /// log-uniform from 3/4 to 4/3 (torchvision's RandomResizedCrop, which the published code uses).
    pub(super) fn source_box(&self, width: u32, height: u32, rng: &mut ChaCha8Rng) -> SourceBox {
        let (w, h) = (f64::from(width), f64::from(height));
        for _ in 0..10 {
            let area = w * h * (self.crop_min + (1.0 - self.crop_min) * rng.random::<f64>());
            let ratio = ((rng.random::<f64>() * 2.0 - 1.0) * (4.0f64 / 3.0).ln()).exp();
            let (cw, ch) = ((area * ratio).sqrt(), (area / ratio).sqrt());
            if cw <= w && ch <= h {
                return SourceBox {
                    left: (w - cw) * rng.random::<f64>(),
                    top: (h - ch) * rng.random::<f64>(),
                    width: cw,
                    height: ch,
                };
            }
        }
        let side = w.min(h);
        SourceBox { left: (w - side) / 2.0, top: (h - side) / 2.0, width: side, height: side }
    }
}

/// Mirrors H×W×3 values left to right.
pub(super) fn mirror(values: &mut [f32], width: usize) {
    for row in values.chunks_exact_mut(width * 3) {
        for x in 0..width / 2 {
            for c in 0..3 {
                row.swap(x * 3 + c, (width - 1 - x) * 3 + c);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn crops_lie_inside_and_keep_their_share() {
        let augment = Augment { crop_min: 0.3, flip: true };
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for (w, h) in [(64, 64), (300, 40), (1, 1)] {
            for _ in 0..200 {
                let b = augment.source_box(w, h, &mut rng);
                assert!(b.left >= 0.0 && b.top >= 0.0, "{b:?}");
                assert!(b.left + b.width <= f64::from(w) + 1e-9 && b.top + b.height <= f64::from(h) + 1e-9, "{b:?}");
                if w == h {
                    assert!(b.width * b.height >= 0.3 * f64::from(w * h) - 1e-9, "{b:?}");
                }
            }
        }
    }

    #[test]
    fn mirroring_twice_gives_the_picture_back() {
        let values: Vec<f32> = (0..5 * 5 * 3).map(|i| i as f32).collect();
        let mut twice = values.clone();
        mirror(&mut twice, 5);
        assert_eq!(&twice[..3], &values[12..15]);
        mirror(&mut twice, 5);
        assert_eq!(twice, values);
    }
}
