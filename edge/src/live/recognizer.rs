//! One picture or box to what was seen on it: the model's own thread has one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dnc_core::preprocess::Resampler;
use image::{ImageError, RgbImage};
use sha2::{Digest, Sha256};

use super::{IntakeError, IntakeLimits, Region, RegionError, Site, open_picture};
use crate::answer::Answer;
use crate::embedder::{EmbedError, Embedder};
use crate::gallery::GalleryError;
use crate::thumbnail;

/// Somebody on a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Group-normalised embedding, d values.
    pub embedding: Vec<f32>,
    /// Who it is.
    pub answer: Answer,
}

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
    /// Shorter side of the small pictures that are kept, px.
    kept_side: Option<u32>,
}

impl Recognizer {
    /// Lets pictures within `limits` in.
    pub fn new(embedder: Embedder, limits: IntakeLimits) -> Self {
        Self { embedder, limits, resampler: Resampler::default(), kept_side: None }
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

    /// Decodes a file and cuts the box out of it.
    ///
    /// # Errors
    /// Where the picture is not let in or the box cuts nothing out.
    pub fn open(&self, bytes: &[u8], region: Option<&Region>) -> Result<RgbImage, SeenError> {
        let picture = open_picture(bytes, &self.limits)?;
        Ok(match region {
            Some(region) => region.crop(&picture)?,
            None => picture,
        })
    }

    /// Embeds what was cut out.
    ///
    /// # Errors
    /// Where the model fails.
    pub fn embed(&mut self, picture: &RgbImage) -> Result<Vec<f32>, SeenError> {
        Ok(self.embedder.embed_picture(picture)?)
    }

    /// Embeds what was cut out, and asks the gallery who it is.
    ///
    /// # Errors
    /// Where the model fails.
    pub fn see(&mut self, picture: &RgbImage, site: &Site, top: usize) -> Result<Seen, SeenError> {
        let embedding = self.embed(picture)?;
        let answer = site.identify(&embedding, top)?;
        Ok(Seen { embedding, answer })
    }

    /// A small JPEG of what was cut out, to be shown.
    pub fn shown(&mut self, picture: &RgbImage) -> Vec<u8> {
        thumbnail::shown(picture, &mut self.resampler)
    }

    /// A JPEG of what was cut out, to be kept beside its embedding, where [`with_thumbnails`](Self::with_thumbnails) asked
    /// for it.
    ///
    /// # Errors
    /// Where the picture has no pixels.
    pub fn kept(&self, picture: &RgbImage) -> Result<Option<Vec<u8>>, SeenError> {
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
