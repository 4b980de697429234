//! Why a model cannot be loaded or run.

use super::guard::ModelFault;

/// A model that cannot be loaded or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// The file says something that no runtime is trusted with.
    #[error("the model is refused: {0}; copy the whole bundle again or export the model again")]
    Refused(Box<ModelFault>),
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
    /// tract was asked to spread one run over threads.
    #[error(
        "tract runs the model on 1 thread, and {asked} were asked for one run (--runtime-threads): leave it out, since \
         pictures at once (--threads) use the cores too, or take ONNX Runtime (--runtime ort)"
    )]
    Threads {
        /// Threads asked for.
        asked: usize,
    },
    /// ONNX Runtime's library is not there, or is none.
    #[error("ONNX Runtime cannot be loaded: {reason}; {next}")]
    Library {
        /// What was tried and what the system says.
        reason: String,
        /// What to do.
        next: String,
    },
    /// None of the execution providers asked for can be had.
    #[error("{reasons}; add cpu to --ep to fall back, or give a library that has them (--ort-library)")]
    Provider {
        /// Each provider with what the library says.
        reasons: String,
    },
}

// Its text is part of the error's own; boxed, as it is larger than all others.
impl From<ModelFault> for RuntimeError {
    fn from(fault: ModelFault) -> Self {
        Self::Refused(Box::new(fault))
    }
}
