//! One picture or box to what was seen on it: the model's own thread has one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dnc_core::preprocess::{PictureView, Resampler};
use image::{ImageError, RgbImage};
use sha2::{Digest, Sha256};

use super::intake::open_picture_into;
use super::{IntakeError, IntakeLimits, Opened, Region, RegionError};
use crate::embedder::{EmbedError, Embedder};
use crate::gallery::GalleryError;
use crate::thumbnail;

/// Nothing was seen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SeenError {
    /// The picture was not let in.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The box cuts nothing out.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// The model failed.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// The gallery cannot be searched with this model.
    #[error(transparent)]
    Gallery(#[from] GalleryError),
    /// No small picture can be made of it.
    #[error("no thumbnail can be made of the picture: {0}; send a larger one")]
    Thumbnail(ImageError),
    /// The decoder or the runtime panicked.
    #[error("the picture made the decoder or the model break off; leave it out, and report it")]
    Panicked,
}

/// An embedder with what goes before and after it.
pub struct Recognizer {
    embedder: Embedder,
    limits: IntakeLimits,
    resampler: Resampler,
    /// Memory of a picture before.
    spare: RgbImage,
    /// Shorter side of the small pictures that are kept, px.
    kept_side: Option<u32>,
}

impl Recognizer {
    /// Lets pictures within `limits` in.
    pub fn new(embedder: Embedder, limits: IntakeLimits) -> Self {
        Self { embedder, limits, resampler: Resampler::default(), spare: RgbImage::default(), kept_side: None }
    }

    /// Makes small pictures that are kept beside embeddings, their shorter side `side` px; none where that is `None`.
    #[must_use]
    pub fn with_thumbnails(self, side: Option<u32>) -> Self {
        Self { kept_side: side, ..self }
    }

    /// Runs `look`, and makes an error of a panic: a decoder or a runtime that panics on one picture must not end a
    /// program that is to run for months. What it leaves behind are buffers, which the next picture fills anew.
    ///
    /// # Errors
    /// Those of `look`, and [`SeenError::Panicked`].
    pub fn guarded<T>(&mut self, look: impl FnOnce(&mut Self) -> Result<T, SeenError>) -> Result<T, SeenError> {
        catch_unwind(AssertUnwindSafe(|| look(self))).unwrap_or(Err(SeenError::Panicked))
    }

    /// Decodes a file and looks at its box, or at all of it.
    ///
    /// # Errors
    /// Where the picture is not let in or the box cuts nothing out.
    pub fn open(&mut self, bytes: &[u8], region: Option<&Region>) -> Result<Opened, SeenError> {
        let mut picture = std::mem::take(&mut self.spare);
        open_picture_into(bytes, &self.limits, &mut picture)?;
        Ok(Opened::new(picture, region.copied())?)
    }

    /// Takes a picture's memory back, for the next file.
    pub fn take_back(&mut self, picture: Opened) {
        self.spare = picture.into_picture();
    }

    /// Embeds what is looked at.
    ///
    /// # Errors
    /// Where the model fails.
    pub fn embed<'a>(&mut self, picture: impl Into<PictureView<'a>>) -> Result<Vec<f32>, SeenError> {
        Ok(self.embedder.embed(picture)?.to_vec())
    }

    /// Embeds several parts in one run; see [`Embedder::embed_each`].
    pub fn embed_each(&mut self, parts: &[PictureView<'_>]) -> Vec<Result<Vec<f32>, SeenError>> {
        self.embedder.embed_each(parts).into_iter().map(|embedded| Ok(embedded?)).collect()
    }

    /// A small JPEG of what is looked at, to be shown.
    pub fn shown(&mut self, picture: &Opened) -> Vec<u8> {
        thumbnail::shown(picture, &mut self.resampler)
    }

    /// A JPEG of what is looked at, to be kept beside its embedding, where [`with_thumbnails`](Self::with_thumbnails) asked
    /// for it.
    ///
    /// # Errors
    /// Where the picture has no pixels.
    pub fn kept(&self, picture: &Opened) -> Result<Option<Vec<u8>>, SeenError> {
        self.kept_side.map(|side| thumbnail::kept(picture, side)).transpose().map_err(SeenError::Thumbnail)
    }
}

/// What a view is known by in the gallery: SHA-256 of the picture's bytes, as `dnc-edge enroll` has it, followed by
/// its box where it has one: two people on one picture are two views.
pub fn view_hash(bytes: &[u8], region: Option<&Region>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(bytes);
    if let Some(region) = region {
        for number in <[f64; 4]>::from(*region) {
            hash.update(number.to_le_bytes());
        }
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_of_one_picture_are_different_views_and_the_whole_is_the_file() {
        let (a, b) = (Region::from([0.0, 0.0, 5.0, 5.0]), Region::from([5.0, 0.0, 5.0, 5.0]));
        assert_ne!(view_hash(b"x", Some(&a)), view_hash(b"x", Some(&b)));
        let whole: [u8; 32] = Sha256::digest(b"x").into();
        assert_eq!(view_hash(b"x", None), whole);
    }
}
