use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::*;

/// What `fast_image_resize` makes of the same rectangle.
fn theirs(picture: &RgbImage, source: SourceBox, width: u32, height: u32) -> Vec<u8> {
    let (w, h) = (f64::from(picture.width()), f64::from(picture.height()));
    let (left, top) = (source.left.clamp(0.0, w - SMALLEST), source.top.clamp(0.0, h - SMALLEST));
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).crop(
        left,
        top,
        source.width.max(SMALLEST).min(w - left),
        source.height.max(SMALLEST).min(h - top),
    );
    let mut pixels = vec![0; (width * height) as usize * CHANNELS];
    let from = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8x3).unwrap();
    let mut to = Image::from_slice_u8(width, height, &mut pixels, PixelType::U8x3).unwrap();
    Resizer::new().resize(&from, &mut to, &options).unwrap();
    pixels
}

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
fn every_byte_is_the_one_of_fast_image_resize() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut resampler = Resampler::default();
    for case in 0..400 {
        let (w, h) = (rng.random_range(1..200), rng.random_range(1..150));
        let picture = noise(w, h, &mut rng);
        let source = if case % 4 == 0 {
            SourceBox { left: 0.0, top: 0.0, width: f64::from(w), height: f64::from(h) }
        } else {
            rectangle(w, h, &mut rng)
        };
        let (width, height) = (rng.random_range(1..90), rng.random_range(1..90));
        let ours = resampler.resample(&picture, source, width, height);
        assert!(ours == theirs(&picture, source, width, height), "{source:?} of {w} × {h} to {width} × {height}");
    }
}

#[test]
fn large_reductions_and_the_model_s_own_sizes_are_the_same_too() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut resampler = Resampler::default();
    for (w, h, size) in
        [(640, 480, 224), (1920, 1080, 224), (3000, 40, 7), (2500, 2500, 1), (224, 224, 224), (64, 64, 48)]
    {
        let picture = noise(w, h, &mut rng);
        let side = f64::from(w.min(h)) * 7.0 / 8.0;
        let source = SourceBox {
            left: (f64::from(w) - side) / 2.0,
            top: (f64::from(h) - side) / 2.0,
            width: side,
            height: side,
        };
        let ours = resampler.resample(&picture, source, size, size);
        assert!(ours == theirs(&picture, source, size, size), "{w} × {h} to {size}");
    }
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
