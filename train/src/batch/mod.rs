//! From training pictures to batches of input values: decoded once, cropped and mirrored at random, prepared
//! ahead of the step that learns from them.

mod augment;
mod disk;
mod pictures;
mod prefetch;
#[cfg(test)]
mod tests;

use dnc_core::picture::{self, PictureError};
use dnc_core::preprocess::{PixelLayout, Preprocess, Resampler};
use dnc_datasets::Sample;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use rayon::prelude::*;

pub use augment::Augment;
pub use disk::DiskCache;
pub use pictures::{PictureCache, Places, Storage};
pub use prefetch::{Prefetch, Prepared, prepare};

use crate::sampler::Batch;

impl PictureCache {
    /// Input values of a batch, N×H×W×3, cropped and mirrored by `seed`. On one thread: several batches are
    /// prepared at once.
    ///
    /// # Errors
    /// Where a picture that is not in memory cannot be had any more.
    pub fn augmented(
        &self,
        batch: &Batch,
        preprocess: &Preprocess,
        augment: &Augment,
        seed: u64,
    ) -> Result<Vec<f32>, PictureError> {
        let mut values = vec![0.0; batch.samples.len() * preprocess.values()];
        let mut resampler = Resampler::default();
        let places = values.chunks_exact_mut(preprocess.values()).zip(&batch.samples);
        for (place, (out, sample)) in places.enumerate() {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(place as u64);
            let picture = self.picture(*sample)?;
            let source = augment.source_box(picture.width(), picture.height(), &mut rng);
            preprocess.apply_box(&*picture, source, &mut resampler, PixelLayout::Hwc, out);
            if augment.flip && rng.random_bool(0.5) {
                augment::mirror(out, preprocess.size as usize);
            }
        }
        Ok(values)
    }

    /// Input values of pictures as evaluation sees them.
    ///
    /// # Errors
    /// Where a picture that is not in memory cannot be had any more.
    pub fn plain(&self, samples: std::ops::Range<usize>, preprocess: &Preprocess) -> Result<Vec<f32>, PictureError> {
        let mut values = vec![0.0; samples.len() * preprocess.values()];
        values.par_chunks_mut(preprocess.values()).zip(samples).try_for_each_init(
            Resampler::default,
            |resampler, (out, sample)| {
                preprocess.apply(&*self.picture(sample)?, resampler, PixelLayout::Hwc, out);
                Ok(())
            },
        )?;
        Ok(values)
    }
}

/// Decodes one picture as evaluation sees it, for callers without a cache.
///
/// # Errors
/// Where the picture is broken.
pub fn read_plain(sample: &Sample, preprocess: &Preprocess, layout: PixelLayout) -> Result<Vec<f32>, PictureError> {
    let picture = picture::read(&sample.path)?;
    let mut values = vec![0.0; preprocess.values()];
    preprocess.apply(&picture, &mut Resampler::default(), layout, &mut values);
    Ok(values)
}
