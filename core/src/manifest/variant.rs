//! The model files of a bundle.

use serde::{Deserialize, Serialize};

use super::{Accuracy, AgainstF32, CalibrationFacts, DecisionFacts, Verification};

/// Runtime that a variant is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// ONNX Runtime.
    Ort,
    /// TensorRT.
    Tensorrt,
    /// tract.
    Tract,
}

/// Arithmetic of a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32-bit float.
    F32,
    /// 16-bit float weights.
    F16,
    /// 8-bit integer.
    Int8,
}

/// One model file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// Runtimes that it was verified with.
    pub targets: Vec<Target>,
    /// Its arithmetic.
    pub precision: Precision,
    /// File name inside the bundle.
    pub file: String,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Bytes of the file.
    pub bytes: u64,
    /// Version of ONNX's operator set that the file uses (since format 1.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opset: Option<i64>,
    /// How its integer ranges were found (since format 1.1); for [`Precision::Int8`] alone, and absent there where
    /// no picture was needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationFacts>,
    /// How near the device's runtime came to the training network.
    pub verification: Verification,
    /// Retrieval accuracy measured with the device's runtime, where a set was given.
    pub accuracy: Option<Accuracy>,
    /// What it loses against the f32 variant (since format 1.1), where it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against_f32: Option<AgainstF32>,
    /// Decision thresholds, where they could be measured.
    pub decision: Option<DecisionFacts>,
}
