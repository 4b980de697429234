//! What goes into the model's graph and what comes out of it.

use serde::{Deserialize, Serialize};

use crate::preprocess::Preprocess;

/// The model's input: N×3×H×W values of type f32.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InputSpec {
    /// Name of the graph's input.
    pub name: String,
    /// `[3, H, W]`.
    pub shape: [usize; 3],
    /// N where the graph fixes it, 1 to 1,024 (since format 1.1); absent where any number of pictures goes in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<usize>,
    /// How a picture becomes these values.
    pub preprocess: Preprocess,
}

/// The model's output: N×d values of type f32, each learner's slice of unit length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutputSpec {
    /// Name of the graph's output.
    pub name: String,
    /// Values of an embedding, d.
    pub dim: usize,
    /// Number of slices, K.
    pub learners: usize,
    /// The second output, where the graph has one (since format 1.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<FeaturesSpec>,
}

/// The second output: N×F values of type f32, the backbone's features after global average pooling, before the
/// embedding layer and without normalisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeaturesSpec {
    /// Name of the graph's output; not the embedding's.
    pub name: String,
    /// Values of a row, F: 1 to 65,536.
    pub dim: usize,
}
