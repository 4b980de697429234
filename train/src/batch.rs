//! From training pictures to batches of input values: decoded once, cropped and mirrored at random, prepared
//! ahead of the step that learns from them.

use std::sync::mpsc::{Receiver, sync_channel};

use dnc_core::picture::{self, PictureError};
use dnc_core::preprocess::{PixelLayout, Preprocess, Resampler, SourceBox};
use dnc_datasets::Sample;
use image::RgbImage;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use rayon::prelude::*;

use crate::sampler::Batch;

/// Batches prepared ahead.
const AHEAD: usize = 3;
/// A cached picture's shorter side, in multiples of the resized one: enough for the smallest random crops.
const CACHED_SHORTER: u32 = 2;

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
    fn source_box(&self, width: u32, height: u32, rng: &mut ChaCha8Rng) -> SourceBox {
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

/// Decoded training pictures, large ones reduced.
pub struct PictureCache {
    pictures: Vec<RgbImage>,
}

impl PictureCache {
    /// Decodes the pictures of `samples` in parallel; answers the samples that could be decoded beside the
    /// cache, and what is broken. `progress` is called once a picture.
    pub fn load<'a>(
        samples: &[&'a Sample],
        preprocess: &Preprocess,
        progress: impl Fn() + Sync,
    ) -> (Self, Vec<&'a Sample>, Vec<PictureError>) {
        let limit = preprocess.resize_shorter * CACHED_SHORTER;
        let (pictures, broken) = dnc_datasets::pictures::map(samples, |_, picture| reduced(picture, limit), progress);
        let (whole, pictures) =
            samples.iter().zip(pictures).filter_map(|(sample, picture)| Some((*sample, picture?))).unzip();
        (Self { pictures }, whole, broken)
    }

    /// Input values of a batch, N×H×W×3, cropped and mirrored by `seed`.
    pub fn augmented(&self, batch: &Batch, preprocess: &Preprocess, augment: &Augment, seed: u64) -> Vec<f32> {
        let mut values = vec![0.0; batch.samples.len() * preprocess.values()];
        values.par_chunks_mut(preprocess.values()).zip(&batch.samples).enumerate().for_each_init(
            Resampler::default,
            |resampler, (place, (out, sample))| {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                rng.set_stream(place as u64);
                let picture = &self.pictures[*sample];
                let source = augment.source_box(picture.width(), picture.height(), &mut rng);
                preprocess.apply_box(picture, source, resampler, PixelLayout::Hwc, out);
                if augment.flip && rng.random_bool(0.5) {
                    mirror(out, preprocess.size as usize);
                }
            },
        );
        values
    }

    /// Input values of pictures as evaluation sees them.
    pub fn plain(&self, samples: std::ops::Range<usize>, preprocess: &Preprocess) -> Vec<f32> {
        let mut values = vec![0.0; samples.len() * preprocess.values()];
        values.par_chunks_mut(preprocess.values()).zip(&self.pictures[samples]).for_each_init(
            Resampler::default,
            |resampler, (out, picture)| {
                preprocess.apply(picture, resampler, PixelLayout::Hwc, out);
            },
        );
        values
    }

    /// Pictures held.
    pub fn len(&self) -> usize {
        self.pictures.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.pictures.is_empty()
    }
}

fn reduced(picture: RgbImage, limit: u32) -> RgbImage {
    let (w, h) = picture.dimensions();
    if w.min(h) <= limit {
        return picture;
    }
    let scale = |side: u32| (u64::from(side) * u64::from(limit) / u64::from(w.min(h))) as u32;
    let whole = SourceBox { left: 0.0, top: 0.0, width: f64::from(w), height: f64::from(h) };
    let mut resampler = Resampler::default();
    let (w, h) = (scale(w), scale(h));
    let pixels = resampler.resample(&picture, whole, w, h).to_vec();
    RgbImage::from_raw(w, h, pixels).unwrap_or(picture)
}

/// Mirrors H×W×3 values left to right.
fn mirror(values: &mut [f32], width: usize) {
    for row in values.chunks_exact_mut(width * 3) {
        for x in 0..width / 2 {
            for c in 0..3 {
                row.swap(x * 3 + c, (width - 1 - x) * 3 + c);
            }
        }
    }
}

/// A batch ready to learn from.
pub struct Prepared {
    /// Its samples and cluster.
    pub batch: Batch,
    /// Input values, N×H×W×3.
    pub values: Vec<f32>,
}

/// Prepares `batches` in order on a thread of its own, a few ahead; the receiver ends after the last one.
/// Dropping it stops the thread.
pub fn prepare<'scope>(
    scope: &'scope std::thread::Scope<'scope, '_>,
    cache: &'scope PictureCache,
    batches: Vec<Batch>,
    preprocess: &'scope Preprocess,
    augment: Augment,
    seed: u64,
) -> Receiver<Prepared> {
    let (sender, receiver) = sync_channel(AHEAD);
    scope.spawn(move || {
        for (i, batch) in batches.into_iter().enumerate() {
            let values = cache.augmented(&batch, preprocess, &augment, seed.wrapping_add(i as u64));
            if sender.send(Prepared { batch, values }).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Decodes one picture as evaluation sees it, for callers without a cache.
///
/// # Errors
/// Where the picture is broken.
pub fn read_plain(sample: &Sample, preprocess: &Preprocess) -> Result<Vec<f32>, PictureError> {
    let picture = picture::read(&sample.path)?;
    let mut values = vec![0.0; preprocess.values()];
    preprocess.apply(&picture, &mut Resampler::default(), PixelLayout::Hwc, &mut values);
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dnc_datasets::{Role, Split};

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

    #[test]
    fn the_same_seed_gives_the_same_batch_and_large_pictures_are_reduced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.png");
        RgbImage::from_fn(400, 300, |x, y| image::Rgb([x as u8, y as u8, 7])).save(&path).unwrap();
        let sample = Sample { path, identity: 0, camera: None, split: Split::Train, role: Role::Both };
        let preprocess = Preprocess::imagenet(32);
        let (cache, whole, broken) = PictureCache::load(&[&sample, &sample], &preprocess, || ());
        assert_eq!((cache.len(), whole.len(), broken.len()), (2, 2, 0));
        assert_eq!(cache.pictures[0].dimensions().1, preprocess.resize_shorter * CACHED_SHORTER);
        let batch = Batch { cluster: 0, samples: vec![0, 1] };
        let augment = Augment { crop_min: 0.2, flip: true };
        let a = cache.augmented(&batch, &preprocess, &augment, 5);
        assert_eq!(a, cache.augmented(&batch, &preprocess, &augment, 5));
        assert_ne!(a, cache.augmented(&batch, &preprocess, &augment, 6));
        let (first, second) = a.split_at(preprocess.values());
        assert_ne!(first, second, "each place of a batch has its own crop");
    }
}
