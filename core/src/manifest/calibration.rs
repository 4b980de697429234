//! How the integer ranges of a variant were found.

use serde::{Deserialize, Serialize};

/// Calibration of an 8-bit variant: training pictures went through the f32 network and each activation's range was
/// observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalibrationFacts {
    /// Set and part that gave the pictures (never the test part).
    pub set: String,
    /// Pictures observed, at least 1.
    pub pictures: usize,
    /// Seed of their choice.
    pub seed: u64,
    /// Rule that turned observed values into a range, as `min-max` or `percentile 99.99`.
    pub observer: String,
    /// Whether neighbouring layers' channels were equalised (Nagel et al., ICCV 2019, section 4.1).
    pub equalised: bool,
    /// Whether biases were corrected for the mean error of quantised layers (ibid., section 4.2).
    pub bias_corrected: bool,
    /// Layers left in float, by name; empty where all of them compute in integers.
    pub float_layers: Vec<String>,
}
