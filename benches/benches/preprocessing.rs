//! From a camera's JPEG to the model's input: decoding 640 × 480, then a box or the whole frame to 224 px, normalised; one
//! thread.

use std::hint::black_box;
use std::io::Cursor;

use criterion::{Criterion, criterion_group, criterion_main};
use dnc_core::picture::{decode, decode_into};
use dnc_core::preprocess::{PixelLayout, Preprocess, Resampler};
use dnc_edge::live::Region;
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
    // A camera's detector draws another box each time.
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
}

criterion_group!(benches, decoding, preprocessing);
criterion_main!(benches);
