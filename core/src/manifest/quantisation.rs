//! What a bundle says of a variant that is not f32: how it was made, and what it costs.

use serde::{Deserialize, Serialize};

/// How a variant was quantised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationFacts {
    /// Set and part that the calibration pictures are of (never the test part).
    pub set: String,
    /// Calibration pictures.
    pub pictures: usize,
    /// Seed that drew them.
    pub seed: u64,
    /// Rule that chose the activations' ranges, as `mse`.
    pub observer: String,
    /// Whether channels were equalised across layers.
    pub equalised: bool,
    /// Whether biases were corrected.
    pub bias_corrected: bool,
    /// Layers that were left in float.
    pub float_layers: Vec<String>,
}

/// Accuracy of a variant beside the f32 variant's, on the same queries and with the same runtime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgainstF32 {
    /// Runtime that ran both.
    pub runtime: String,
    /// Queries.
    pub queries: usize,
    /// Recall@1 of the variant, in \[0, 1\].
    pub recall_at_1: f64,
    /// Recall@1 of the f32 variant, in \[0, 1\].
    pub f32_recall_at_1: f64,
    /// Mean average precision of the variant, in \[0, 1\].
    pub map: f64,
    /// Mean average precision of the f32 variant, in \[0, 1\].
    pub f32_map: f64,
    /// Recall@1 that the variant loses, in points (hundredths); negative where it gains.
    pub drop: f64,
    /// 95 % interval of the drop, in points: paired bootstrap over identities.
    pub interval: [f64; 2],
    /// Mean cosine of the variant's embeddings to the f32 variant's.
    pub mean_cosine: f64,
    /// Largest drop that was allowed, in points.
    pub max_drop: f64,
    /// Whether the drop was within it.
    pub passed: bool,
}
