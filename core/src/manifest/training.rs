//! How a model came to be.

use serde::{Deserialize, Serialize};

/// How the model came to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingFacts {
    /// Name of the training set.
    pub set: String,
    /// Backbone, as `mobilenet_v2 width 1`.
    pub backbone: String,
    /// Number of learners while dividing.
    pub learners: usize,
    /// Epochs trained.
    pub epochs: usize,
    /// Seed of the run.
    pub seed: u64,
    /// Version of the tool that trained it.
    pub tool: String,
}
