//! Why a picture has no embedding.

use super::LENGTH_TOLERANCE;
use crate::bundle::BundleError;
use crate::runtime::RuntimeError;
use crate::words::counted;

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
    /// The model takes another number of pictures in a run.
    #[error(
        "model {file} takes {} in a run, fixed in its file, and {asked} were asked for (--batch): leave --batch out, or \
         export the model again without a fixed batch", counted(*fixed, "picture")
    )]
    FixedBatch {
        /// File of the variant.
        file: String,
        /// Pictures that it takes.
        fixed: usize,
        /// Pictures asked for.
        asked: usize,
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
