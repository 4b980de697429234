//! Version of the bundle format.

use serde::{Deserialize, Serialize};

/// Name of the manifest inside a bundle.
pub const MANIFEST_FILE: &str = "manifest.json";

/// Version of the bundle format that this build writes. A reader refuses another major version.
///
/// 1.1 added, all optional: how a variant was calibrated, what it costs against f32, its mean cosine, thresholds by
/// false-positive identification rate, the ONNX opset, a fixed batch and the output of pooled features.
pub const FORMAT: FormatVersion = FormatVersion { major: 1, minor: 1 };

/// Version of the bundle format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormatVersion {
    /// Changes when an old reader would misread the bundle.
    pub major: u32,
    /// Changes when a field is added that an old reader may ignore.
    pub minor: u32,
}
