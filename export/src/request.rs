//! What an export is asked for, and what it gives.

use std::path::PathBuf;

use dnc_core::manifest::Manifest;
use dnc_core::open_set::Draws;
use dnc_edge::runtime::OrtOptions;
use dnc_train::checkpoint::Which;

use crate::gate::Limits;
use crate::kind::Kind;
use crate::quantise::Recipe;
use crate::report::VariantReport;

/// What an export is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Folder of the run.
    pub run: PathBuf,
    /// Which of its checkpoints.
    pub checkpoint: Which,
    /// Folder, or `.dnc` file, that the bundle becomes.
    pub out: PathBuf,
    /// Pictures, where they are not where the run found them.
    pub data: Option<PathBuf>,
    /// Replace a bundle that is there.
    pub force: bool,
    /// Variants beside f32, in the order they stand in the bundle.
    pub variants: Vec<Kind>,
    /// Learners kept, the first ones; all where `None`.
    pub learners: Option<usize>,
    /// ONNX operator set.
    pub opset: i64,
    /// Pictures of a batch; any number where `None`.
    pub batch: Option<usize>,
    /// Whether the pooled features are a second output.
    pub features: bool,
    /// How numbers become integers, but for the scheme.
    pub recipe: Recipe,
    /// Calibration pictures, at most, and the seed that draws them.
    pub calibration: (usize, u64),
    /// What the gate allows.
    pub limits: Limits,
    /// Whether the gate may judge by fewer queries than are needed to tell half a point.
    pub allow_small: bool,
    /// ONNX Runtime's options.
    pub ort: OrtOptions,
    /// Pictures compared with the training network.
    pub verify_pictures: usize,
    /// How the decision thresholds are measured.
    pub draws: Draws,
}

/// What an export gave.
#[derive(Debug, Clone)]
pub struct Exported {
    /// The manifest written.
    pub manifest: Manifest,
    /// What the gate found on each variant but f32.
    pub gate: Vec<VariantReport>,
    /// Notes for the user.
    pub notes: Vec<String>,
}
