//! From a bundle's file to a loaded model.

use dnc_core::manifest::{ManifestError, Target, Variant};
use dnc_core::preprocess::Resampler;

use super::{EmbedError, Embedder, SPACE_ID_KEY};
use crate::bundle::{Bundle, BundleError};
use crate::runtime::{Engine, OrtRuntime, Runtime, RuntimeError, RuntimeOptions, TractRuntime, choose};

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
    /// `space_id`), the library cannot be had or cannot load it, or it has no use for the threads of one run.
    pub fn open(bundle: &Bundle, options: &RuntimeOptions) -> Result<Self, EmbedError> {
        let (engine, variant) = choose(bundle, options)?;
        match engine {
            Engine::Tract if options.ort.threads > 1 => {
                Err(RuntimeError::Threads { asked: options.ort.threads }.into())
            }
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
            output: Vec::new(),
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
            output: Vec::new(),
        })
    }

    /// This embedder and its forks, for `threads` threads (at least one).
    ///
    /// # Errors
    /// Where the runtime cannot open another instance.
    pub fn spread(self, threads: usize) -> Result<Vec<Self>, EmbedError> {
        let mut embedders = Vec::with_capacity(threads.max(1));
        for _ in 1..threads {
            embedders.push(self.fork()?);
        }
        embedders.push(self);
        Ok(embedders)
    }
}
