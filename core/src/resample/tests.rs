use image::RgbImage;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::*;

fn noise(width: u32, height: u32, rng: &mut ChaCha8Rng) -> RgbImage {
    RgbImage::from_fn(width, height, |_, _| image::Rgb(rng.random()))
}

/// A rectangle anywhere in a picture or over its edges; now and then one of whole pixels.
fn rectangle(width: u32, height: u32, rng: &mut ChaCha8Rng) -> SourceBox {
    let mut side = |length: u32| {
        let (a, b) = (rng.random_range(-0.2..1.2), rng.random_range(0.01..1.5));
        let (a, b) = (a * f64::from(length), b * f64::from(length));
        if rng.random_bool(0.3) { (a.round(), b.round()) } else { (a, b) }
    };
    let ((left, width), (top, height)) = (side(width), side(height));
    SourceBox { left, top, width, height }
}

#[test]
fn a_view_is_resampled_as_its_copy_is() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let picture = noise(90, 70, &mut rng);
    let (mut one, mut other) = (Resampler::default(), Resampler::default());
    for (left, top, width, height) in [(0, 0, 90, 70), (10, 20, 30, 40), (89, 69, 1, 1), (60, 0, 300, 7)] {
        let view = PictureView::new(&picture, left, top, width, height);
        let copy = view.to_picture();
        let source = rectangle(view.width(), view.height(), &mut rng);
        assert_eq!(one.resample(view, source, 16, 9), other.resample(&copy, source, 16, 9), "{left}, {top}");
    }
}

#[test]
fn rectangles_beyond_the_picture_are_clipped() {
    let mut resampler = Resampler::default();
    for (w, h) in [(1, 1), (1, 70), (70, 1), (64, 48)] {
        let picture = RgbImage::from_pixel(w, h, image::Rgb([10, 20, 30]));
        for left in [-5.0, 0.0, 0.5, f64::from(w) - 1e-9, f64::from(w), 1e9] {
            for side in [-1.0, 0.0, 1e-9, 0.3, 1e9] {
                let source = SourceBox { left, top: left, width: side, height: side };
                let pixels = resampler.resample(&picture, source, 3, 2);
                assert_eq!(pixels, [10, 20, 30].repeat(6), "{source:?} of {w} × {h}");
            }
        }
    }
}

#[test]
fn nothing_comes_of_an_empty_picture_or_size() {
    let (empty, picture) = (RgbImage::new(0, 5), RgbImage::new(4, 4));
    let whole = SourceBox { left: 0.0, top: 0.0, width: 4.0, height: 4.0 };
    let mut resampler = Resampler::default();
    assert!(resampler.resample(&empty, whole, 3, 3).is_empty());
    assert!(resampler.resample(&picture, whole, 0, 3).is_empty());
}
