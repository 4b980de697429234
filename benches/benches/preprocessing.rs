//! From a camera's JPEG to the model's input: decoding 640 × 480, then a box or the whole frame to 224 px, normalised; one
//! thread. Beside our resampler the library whose bytes it gives, `fast_image_resize`, with memory of its own used again.

use std::hint::black_box;
use std::io::Cursor;

use criterion::{Criterion, criterion_group, criterion_main};
use dnc_core::picture::{decode, decode_into};
use dnc_core::preprocess::{PixelLayout, Preprocess, Resampler, SourceBox};
use dnc_edge::live::Region;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

const SIZE: u32 = 224;

/// Edges, gradients and noise.
fn frame(width: u32, height: u32) -> RgbImage {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    RgbImage::from_fn(width, height, |x, y| {
        let block = ((x / 80 + y / 60) % 5) as u8 * 40;
        let noise: u8 = rng.random_range(0..24);
        Rgb([block + noise, (x / 16) as u8 + noise / 2, (y / 16) as u8 + noise])
    })
}

fn decoding(c: &mut Criterion) {
    let mut jpeg = Cursor::new(Vec::new());
    JpegEncoder::new_with_quality(&mut jpeg, 90).encode_image(&frame(640, 480)).expect("memory takes all");
    let jpeg = jpeg.into_inner();
    let mut group = c.benchmark_group("decode a JPEG of 640 x 480");
    group.sample_size(30);
    group.bench_function("anew", |b| b.iter(|| black_box(decode(&jpeg)).expect("a whole JPEG")));
    let mut picture = RgbImage::default();
    group.bench_function("into the same memory", |b| {
        b.iter(|| decode_into(black_box(&jpeg), &mut picture).expect("a whole JPEG"));
    });
    group.finish();
}

fn preprocessing(c: &mut Criterion) {
    let rule = Preprocess::imagenet(SIZE);
    let (mut resampler, mut input) = (Resampler::default(), vec![0.0; rule.values()]);
    let picture = frame(640, 480);
    // A camera's detector draws another box each time: the weights of the one before are of no use.
    let boxes = [220.0, 221.0, 222.0].map(|width| Region::from([200.5, 60.0, width, 400.0]));
    let mut group = c.benchmark_group("box to 224 px");
    group.sample_size(50);
    let mut next = boxes.iter().cycle();
    group.bench_function("cut, resize and normalise", |b| {
        b.iter(|| {
            let region = next.next().expect("boxes are without end");
            let view = region.of(&picture).expect("the box lies in the picture");
            rule.apply(view, &mut resampler, PixelLayout::Chw, &mut input);
        });
    });
    let mut next = boxes.iter().cycle();
    group.bench_function("the same from a copy of the box", |b| {
        b.iter(|| {
            let region = next.next().expect("boxes are without end");
            let cut = region.of(&picture).expect("the box lies in the picture").to_picture();
            rule.apply(&cut, &mut resampler, PixelLayout::Chw, &mut input);
        });
    });
    group.finish();
    for (width, height) in [(640, 480), (1920, 1080)] {
        whole_frame(c, &frame(width, height));
    }
}

/// The resampling alone.
fn whole_frame(c: &mut Criterion, picture: &RgbImage) {
    let (width, height) = picture.dimensions();
    let SourceBox { left, top, width: w, height: h } = Preprocess::imagenet(SIZE).source_box(width, height);
    let source = SourceBox { left, top, width: w, height: h };
    let mut group = c.benchmark_group(format!("resample {width} x {height} to 224 px"));
    group.sample_size(50);
    let mut ours = Resampler::default();
    group.bench_function("ours", |b| {
        b.iter(|| {
            black_box(ours.resample(picture, source, SIZE, SIZE));
        });
    });
    let (mut resizer, mut pixels) = (Resizer::new(), vec![0; (SIZE * SIZE * 3) as usize]);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).crop(left, top, w, h);
    group.bench_function("fast_image_resize", |b| {
        b.iter(|| {
            let from = ImageRef::new(width, height, picture.as_raw(), PixelType::U8x3).expect("three bytes a pixel");
            let mut to = Image::from_slice_u8(SIZE, SIZE, &mut pixels, PixelType::U8x3).expect("room for the result");
            resizer.resize(&from, &mut to, &options).expect("the box lies in the picture");
        });
    });
    group.finish();
}

criterion_group!(benches, decoding, preprocessing);
criterion_main!(benches);
