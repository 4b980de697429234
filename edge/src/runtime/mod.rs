//! What runs a model: one trait, so that the rest of the device does not know which library does it.

mod tract;

pub use tract::TractRuntime;

/// Runs one model.
pub trait Runtime: Send {
    /// Name of the library, as `tract`.
    fn name(&self) -> &str;

    /// Embeds `n` pictures: `input` holds n×3×H×W values (preprocessed, channel planes), `out` is filled with
    /// n×d values.
    ///
    /// # Errors
    /// Where `input` has another length than `n` pictures, or the model fails.
    fn embed(&mut self, input: &[f32], n: usize, out: &mut Vec<f32>) -> Result<(), RuntimeError>;

    /// A second instance for another thread; the weights are shared.
    ///
    /// # Errors
    /// Where the library cannot open one.
    fn fork(&self) -> Result<Box<dyn Runtime>, RuntimeError>;

    /// A value of the model file's own metadata, where it has one of this name.
    fn metadata(&self, key: &str) -> Option<&str>;
}

/// A model that cannot be loaded or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// The bytes are no model that the runtime understands.
    #[error("{runtime} cannot load the model: {reason}; copy the whole bundle again or export the model again")]
    Load {
        /// The library.
        runtime: &'static str,
        /// What it says.
        reason: String,
    },
    /// The model's input or output is not what the manifest says.
    #[error("the model has {found} where the manifest's field {field} asks for {expected}; export the model again")]
    Shape {
        /// Field of the manifest.
        field: &'static str,
        /// What the model has.
        found: String,
        /// What the manifest asks for.
        expected: String,
    },
    /// The caller's input has another length.
    #[error("{found} input values for {pictures} pictures of {each} values each")]
    Input {
        /// Values given.
        found: usize,
        /// Pictures announced.
        pictures: usize,
        /// Values of one picture.
        each: usize,
    },
    /// The model failed on an input.
    #[error("{runtime} cannot run the model: {reason}; export the model again")]
    Run {
        /// The library.
        runtime: &'static str,
        /// What it says.
        reason: String,
    },
}
