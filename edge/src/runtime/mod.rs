//! What runs a model: one trait, so that the rest of the device does not know which library does it.

mod choice;
mod elf;
mod error;
mod guard;
pub mod library;
mod options;
mod ort;
mod tract;

use std::path::Path;

pub use choice::{choose, precision_name};
pub use error::RuntimeError;
pub use guard::{ModelFault, check_model, check_parts};
pub use options::{Engine, Provider, RuntimeOptions};
pub use ort::{OrtOptions, OrtRuntime, Placed};
pub use tract::TractRuntime;

/// How many pictures a run of a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batching {
    /// Any number, one after another: more at a time gain nothing.
    OneByOne,
    /// As many as there are, together.
    Together,
    /// This many, fixed in the model's file.
    Fixed(usize),
}

/// Runs one model.
pub trait Runtime: Send {
    /// Name of the library, as `tract`.
    fn name(&self) -> &str;

    /// Version of the library, as it says itself.
    fn version(&self) -> &str;

    /// The library's file, where it is not a part of this program.
    fn library(&self) -> Option<&Path> {
        None
    }

    /// How many pictures a run takes.
    fn batching(&self) -> Batching;

    /// Embeds `n` pictures: `input` holds n×3×H×W values (preprocessed, channel planes), `out` is filled with
    /// n×d values.
    ///
    /// # Errors
    /// Where `input` has another length than `n` pictures, or the model fails.
    fn embed(&mut self, input: &[f32], n: usize, out: &mut Vec<f32>) -> Result<(), RuntimeError>;

    /// A second instance for another thread. tract's share the weights, ONNX Runtime's load them again.
    ///
    /// # Errors
    /// Where the library cannot open one.
    fn fork(&self) -> Result<Box<dyn Runtime>, RuntimeError>;

    /// What of the machine it runs on, where the library has a choice: what was asked for and did not come too.
    fn placement(&self) -> &[Placed] {
        &[]
    }

    /// A value of the model file's own metadata, where it has one of this name.
    fn metadata(&self, key: &str) -> Option<&str>;
}
