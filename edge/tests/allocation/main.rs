//! From a decoded frame to its embedding nothing of ours is allocated for a picture: what is are the runtime's own memory and the
//! resampling filter's weights.

// The tiny network and its bundle are those of the other test program, which needs more of them.
#[allow(dead_code)]
#[path = "../edge/support/bundle.rs"]
mod bundle;
mod counting;
#[allow(dead_code)]
#[path = "../edge/support/onnx.rs"]
mod onnx;

use counting::{Counting, taken};
use dnc_core::preprocess::{PictureView, PixelLayout, Preprocess, Resampler};
use dnc_edge::live::Region;
use dnc_edge::runtime::TractRuntime;
use dnc_edge::{Bundle, Embedder, Runtime};
use image::RgbImage;

use onnx::{DIM, Network, SIZE};

#[global_allocator]
static COUNTING: Counting = Counting;

fn frame(seed: u32) -> RgbImage {
    RgbImage::from_fn(200, 120, |x, y| image::Rgb([(x + seed) as u8, y as u8, (x * y / 9) as u8]))
}

fn embedder(folder: &std::path::Path) -> Embedder {
    Embedder::new(&Bundle::open(&bundle::parts(1).folder(folder)).unwrap()).unwrap()
}

#[test]
fn cutting_resizing_and_normalising_take_what_the_resampler_takes_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut embedder = embedder(folder.path());
    let frames = [frame(1), frame(2)];
    let region = Region::from([20.5, 10.0, 90.0, 70.25]);
    embedder.prepare([region.of(&frames[0]).unwrap()]).unwrap();
    let resampled = resampler_takes(region.of(&frames[1]).unwrap());
    let (prepared, ()) = taken(|| embedder.prepare([region.of(&frames[1]).unwrap()]).unwrap());
    assert!(resampled > 0, "the counter counts");
    assert_eq!(prepared, resampled);
}

/// Allocations of the resampler for a picture of a size that it has seen before: the filter's weights.
fn resampler_takes(view: PictureView<'_>) -> usize {
    let (rule, mut resampler) = (Preprocess::imagenet(SIZE as u32), Resampler::default());
    let mut values = vec![0.0; rule.values()];
    rule.apply(view, &mut resampler, PixelLayout::Chw, &mut values);
    taken(|| rule.apply(view, &mut resampler, PixelLayout::Chw, &mut values)).0
}

#[test]
fn embedding_takes_what_the_runtime_takes_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut embedder = embedder(folder.path());
    let mut runtime = TractRuntime::load(&Network::new(1).onnx(None), [3, SIZE, SIZE], DIM).unwrap();
    let (input, mut output) = (vec![0.1; 3 * SIZE * SIZE], Vec::new());
    let frame = frame(3);
    // tract makes things on first use, for some runs on.
    for _ in 0..3 {
        runtime.embed(&input, 1, &mut output).unwrap();
        embedder.embed(&frame).unwrap();
    }
    let (its_own, ()) = taken(|| runtime.embed(&input, 1, &mut output).unwrap());
    let resampled = resampler_takes(PictureView::from(&frame));
    let (all, embedding) = taken(|| embedder.embed(&frame).unwrap().len());
    assert_eq!(embedding, DIM);
    assert!(its_own > 0, "the counter counts");
    assert_eq!(all, its_own + resampled);
}

#[test]
fn a_decoded_jpeg_takes_no_memory_for_its_pixels_after_the_first() {
    let jpeg = |frame: &RgbImage| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        frame.write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
        bytes.into_inner()
    };
    let [one, other] = [jpeg(&frame(1)), jpeg(&frame(2))];
    let mut picture = dnc_core::picture::decode(&one).unwrap();
    let memory = picture.as_ptr();
    let (into, ()) = taken(|| dnc_core::picture::decode_into(&other, &mut picture).unwrap());
    let (anew, decoded) = taken(|| dnc_core::picture::decode(&other).unwrap());
    assert_eq!((picture.as_ptr(), &picture), (memory, &decoded));
    assert_eq!(into + 1, anew, "the pixels; the rest is the decoder's own");
}
