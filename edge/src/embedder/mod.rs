//! From a picture to its embedding: preprocessing, model, and a check of what came out.

mod check;
mod error;
mod load;
mod warm_up;

use dnc_core::EmbeddingLayout;
use dnc_core::manifest::Variant;
use dnc_core::preprocess::{PictureView, PixelLayout, Preprocess, Resampler};
use image::RgbImage;

use crate::runtime::{Placed, Runtime};

pub(crate) use check::check;
pub use error::EmbedError;

/// How far the length of a learner's slice may be from 1 in what a model returns.
pub const LENGTH_TOLERANCE: f32 = 1e-2;

/// Key of a model file's own metadata that repeats the manifest's `space_id`.
pub const SPACE_ID_KEY: &str = "space_id";

/// A loaded model with the preprocessing that belongs to it. One a thread: see [`fork`](Self::fork).
///
/// Input and output lie in memory that is used again: after the first picture of a size, [`embed`](Self::embed) allocates
/// nothing but what the runtime takes for itself, and the resampling filter's weights.
pub struct Embedder {
    runtime: Box<dyn Runtime>,
    preprocess: Preprocess,
    layout: EmbeddingLayout,
    variant: Variant,
    resampler: Resampler,
    input: Vec<f32>,
    output: Vec<f32>,
}

impl Embedder {
    /// The variant that is loaded.
    pub fn variant(&self) -> &Variant {
        &self.variant
    }

    /// Slices of the embeddings.
    pub fn layout(&self) -> EmbeddingLayout {
        self.layout
    }

    /// What runs the model.
    pub fn runtime(&self) -> &dyn Runtime {
        &*self.runtime
    }

    /// What became of the execution providers that were asked for, where the runtime has a choice.
    pub fn placement(&self) -> &[Placed] {
        self.runtime.placement()
    }

    /// Embeds one picture, or a part of it, which is read where it lies: d values, each learner's slice of length 1, the
    /// whole of length √K. They stand until the next call.
    ///
    /// # Errors
    /// Where the picture is empty, the model fails, or its output is not finite or not group-normalised.
    pub fn embed<'a>(&mut self, picture: impl Into<PictureView<'a>>) -> Result<&[f32], EmbedError> {
        self.prepare([picture])?;
        self.embed_prepared()
    }

    /// Embeds one picture as [`embed`](Self::embed) does, into a vector of its own.
    ///
    /// # Errors
    /// As [`embed`](Self::embed).
    pub fn embed_picture(&mut self, picture: &RgbImage) -> Result<Vec<f32>, EmbedError> {
        Ok(self.embed(picture)?.to_vec())
    }

    /// Embeds several pictures in one run: n×d values, a row each, in the order given.
    ///
    /// # Errors
    /// As [`embed`](Self::embed); one bad picture fails the batch.
    pub fn embed_batch<'a, P: Into<PictureView<'a>>>(
        &mut self,
        pictures: impl IntoIterator<Item = P>,
    ) -> Result<Vec<f32>, EmbedError> {
        self.prepare(pictures)?;
        Ok(self.embed_prepared()?.to_vec())
    }

    /// Embeds several pictures in one run: for each its embedding, or why there is none. Where the run fails, each is
    /// embedded alone: one bad picture spoils no other.
    pub fn embed_each(&mut self, pictures: &[PictureView<'_>]) -> Vec<Result<Vec<f32>, EmbedError>> {
        if pictures.len() > 1
            && let Ok(values) = self.embed_batch(pictures.iter().copied())
        {
            return values.chunks_exact(self.layout.dim()).map(|row| Ok(row.to_vec())).collect();
        }
        pictures.iter().map(|picture| Ok(self.embed(*picture)?.to_vec())).collect()
    }

    /// Resizes and normalises `pictures` into the model's input, which is kept until the next call.
    ///
    /// # Errors
    /// Where a picture is empty; nothing is prepared then.
    pub fn prepare<'a, P: Into<PictureView<'a>>>(
        &mut self,
        pictures: impl IntoIterator<Item = P>,
    ) -> Result<(), EmbedError> {
        let each = self.preprocess.values();
        self.input.clear();
        for picture in pictures {
            let picture = picture.into();
            if picture.is_empty() {
                self.input.clear();
                return Err(EmbedError::EmptyPicture { width: picture.width(), height: picture.height() });
            }
            let start = self.input.len();
            self.input.resize(start + each, 0.0);
            self.preprocess.apply(picture, &mut self.resampler, PixelLayout::Chw, &mut self.input[start..]);
        }
        Ok(())
    }

    /// Embeds what was [prepared](Self::prepare): n×d values, none where nothing was. They stand until the next call.
    ///
    /// # Errors
    /// Where the model fails, or its output is not finite or not group-normalised.
    pub fn embed_prepared(&mut self) -> Result<&[f32], EmbedError> {
        self.run()?;
        for embedding in self.output.chunks_exact(self.layout.dim()) {
            check(embedding, &self.layout)?;
        }
        Ok(&self.output)
    }

    /// Runs the model on what was prepared.
    fn run(&mut self) -> Result<(), EmbedError> {
        self.output.clear();
        let pictures = self.input.len() / self.preprocess.values();
        if pictures > 0 {
            self.runtime.embed(&self.input, pictures, &mut self.output)?;
        }
        Ok(())
    }
}
