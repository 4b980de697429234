//! From a picture to its embedding: preprocessing, model, and a check of what came out.

use dnc_core::EmbeddingLayout;
use dnc_core::distance::dot;
use dnc_core::manifest::{ManifestError, Target, Variant};
use dnc_core::preprocess::{PixelLayout, Preprocess, Resampler};
use image::RgbImage;

use crate::bundle::{Bundle, BundleError};
use crate::runtime::{Engine, OrtRuntime, Placed, Runtime, RuntimeError, RuntimeOptions, TractRuntime, choose};

/// How far the length of a learner's slice may be from 1 in what a model returns.
pub const LENGTH_TOLERANCE: f32 = 1e-2;

/// Key of a model file's own metadata that repeats the manifest's `space_id`.
pub const SPACE_ID_KEY: &str = "space_id";

/// A picture that cannot be embedded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbedError {
    /// The bundle has no usable model.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The model cannot be loaded or run.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The picture has no pixels.
    #[error("the picture has {width} × {height} px, at least 1 × 1 is needed")]
    EmptyPicture {
        /// Its width, px.
        width: u32,
        /// Its height, px.
        height: u32,
    },
    /// A value of the embedding is infinite or no number.
    #[error("value {index} of the embedding is {value}: the model is broken; export it again")]
    NotFinite {
        /// Position in the embedding.
        index: usize,
        /// The value.
        value: f32,
    },
    /// A slice of the embedding has not length 1.
    #[error(
        "slice {learner} of the embedding has length {length}, expected 1 ± {LENGTH_TOLERANCE}: the model does not \
         normalise its output as field output.learners says; export it again"
    )]
    NotNormalised {
        /// The slice, from 0.
        learner: usize,
        /// Its length.
        length: f32,
    },
}

/// A loaded model with the preprocessing that belongs to it. One a thread: see [`fork`](Self::fork).
pub struct Embedder {
    runtime: Box<dyn Runtime>,
    preprocess: Preprocess,
    layout: EmbeddingLayout,
    variant: Variant,
    resampler: Resampler,
    input: Vec<f32>,
}

impl Embedder {
    /// Loads the bundle's first variant for tract.
    ///
    /// # Errors
    /// Where the bundle has none, its file differs from the manifest (length, SHA-256, shapes, `space_id`), or
    /// tract cannot load it.
    pub fn new(bundle: &Bundle) -> Result<Self, EmbedError> {
        Self::with_variant(bundle, bundle.variant_for(Target::Tract)?)
    }

    /// Loads one variant of `bundle` with tract.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_variant(bundle: &Bundle, variant: &Variant) -> Result<Self, EmbedError> {
        Self::load(bundle, variant, |bytes, shape, dim| Ok(Box::new(TractRuntime::load(bytes, shape, dim)?)))
    }

    /// Loads the variant that `options` ask for with the library they ask for; see [`RuntimeOptions`].
    ///
    /// # Errors
    /// Where the bundle has no such variant, its file differs from the manifest (length, SHA-256, shapes,
    /// `space_id`), or the library cannot be had or cannot load it.
    pub fn open(bundle: &Bundle, options: &RuntimeOptions) -> Result<Self, EmbedError> {
        let (engine, variant) = choose(bundle, options)?;
        match engine {
            Engine::Tract => Self::with_variant(bundle, variant),
            Engine::Ort => Self::load(bundle, variant, |bytes, shape, dim| {
                Ok(Box::new(OrtRuntime::load(bytes, shape, dim, &options.ort)?))
            }),
        }
    }

    fn load(
        bundle: &Bundle,
        variant: &Variant,
        runtime: impl FnOnce(&[u8], [usize; 3], usize) -> Result<Box<dyn Runtime>, RuntimeError>,
    ) -> Result<Self, EmbedError> {
        let manifest = bundle.manifest();
        let bytes = bundle.model_bytes(variant)?;
        let runtime = runtime(&bytes, manifest.input.shape, manifest.output.dim)?;
        if let Some(found) = runtime.metadata(SPACE_ID_KEY)
            && found != manifest.space_id
        {
            return Err(BundleError::from(ManifestError::Field {
                path: bundle.file(&variant.file),
                field: "space_id",
                found: found.to_owned(),
                expected: manifest.space_id.clone(),
            })
            .into());
        }
        Ok(Self {
            runtime,
            preprocess: manifest.input.preprocess.clone(),
            layout: bundle.layout(),
            variant: variant.clone(),
            resampler: Resampler::default(),
            input: Vec::new(),
        })
    }

    /// A second embedder for another thread; the weights are shared.
    ///
    /// # Errors
    /// Where the runtime cannot open another instance.
    pub fn fork(&self) -> Result<Self, EmbedError> {
        Ok(Self {
            runtime: self.runtime.fork()?,
            preprocess: self.preprocess.clone(),
            layout: self.layout,
            variant: self.variant.clone(),
            resampler: Resampler::default(),
            input: Vec::new(),
        })
    }

    /// The variant that is loaded.
    pub fn variant(&self) -> &Variant {
        &self.variant
    }

    /// Slices of the embeddings.
    pub fn layout(&self) -> EmbeddingLayout {
        self.layout
    }

    /// Name of the runtime.
    pub fn runtime(&self) -> &str {
        self.runtime.name()
    }

    /// What became of the execution providers that were asked for, where the runtime has a choice.
    pub fn placement(&self) -> &[Placed] {
        self.runtime.placement()
    }

    /// Embeds one picture: d values, each learner's slice of length 1, the whole of length √K.
    ///
    /// # Errors
    /// Where the picture is empty, the model fails, or its output is not finite or not group-normalised.
    pub fn embed_picture(&mut self, picture: &RgbImage) -> Result<Vec<f32>, EmbedError> {
        self.embed_batch(std::slice::from_ref(picture))
    }

    /// Embeds several pictures: n×d values, a row each, in the order given.
    ///
    /// # Errors
    /// As [`embed_picture`](Self::embed_picture); one bad picture fails the batch.
    pub fn embed_batch(&mut self, pictures: &[RgbImage]) -> Result<Vec<f32>, EmbedError> {
        self.prepare(pictures)?;
        self.embed_prepared()
    }

    /// Resizes and normalises `pictures` into the model's input, which is kept until the next call.
    ///
    /// # Errors
    /// Where a picture is empty; nothing is prepared then.
    pub fn prepare(&mut self, pictures: &[RgbImage]) -> Result<(), EmbedError> {
        let each = self.preprocess.values();
        self.input.clear();
        if let Some((width, height)) = pictures.iter().map(RgbImage::dimensions).find(|(w, h)| *w == 0 || *h == 0) {
            return Err(EmbedError::EmptyPicture { width, height });
        }
        self.input.resize(pictures.len() * each, 0.0);
        for (picture, values) in pictures.iter().zip(self.input.chunks_exact_mut(each)) {
            self.preprocess.apply(picture, &mut self.resampler, PixelLayout::Chw, values);
        }
        Ok(())
    }

    /// Embeds what was [prepared](Self::prepare): n×d values, none where nothing was.
    ///
    /// # Errors
    /// Where the model fails, or its output is not finite or not group-normalised.
    pub fn embed_prepared(&mut self) -> Result<Vec<f32>, EmbedError> {
        let mut out = Vec::new();
        let pictures = self.input.len() / self.preprocess.values();
        if pictures == 0 {
            return Ok(out);
        }
        self.runtime.embed(&self.input, pictures, &mut out)?;
        for embedding in out.chunks_exact(self.layout.dim()) {
            check(embedding, &self.layout)?;
        }
        Ok(out)
    }
}

/// Checks that every value is finite and every learner's slice has length 1.
pub(crate) fn check(embedding: &[f32], layout: &EmbeddingLayout) -> Result<(), EmbedError> {
    if let Some((index, value)) = embedding.iter().enumerate().find(|(_, v)| !v.is_finite()) {
        return Err(EmbedError::NotFinite { index, value: *value });
    }
    for (learner, slice) in layout.slices().enumerate() {
        let length = dot(&embedding[slice.clone()], &embedding[slice]).sqrt();
        if (length - 1.0).abs() > LENGTH_TOLERANCE {
            return Err(EmbedError::NotNormalised { learner, length });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finite_group_normalised_embeddings_pass() {
        let layout = EmbeddingLayout::new(4, 2).unwrap();
        assert!(check(&[0.6, 0.8, 0.0, -1.0], &layout).is_ok());
        let short = check(&[0.6, 0.8, 0.0, 0.9], &layout).unwrap_err();
        assert!(matches!(short, EmbedError::NotNormalised { learner: 1, .. }), "{short}");
        let zeros = check(&[0.0, 0.0, 0.0, 1.0], &layout).unwrap_err();
        assert!(matches!(zeros, EmbedError::NotNormalised { learner: 0, .. }), "{zeros}");
        let nan = check(&[0.6, 0.8, f32::NAN, 1.0], &layout).unwrap_err();
        assert!(matches!(nan, EmbedError::NotFinite { index: 2, .. }), "{nan}");
    }
}
