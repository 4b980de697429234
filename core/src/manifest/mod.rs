//! The manifest of a bundle: what the device must know of a model, and how it checks that it has it.

mod accuracy;
mod against_f32;
mod calibration;
mod check;
mod decision;
mod error;
mod format;
#[cfg(test)]
mod fuzz;
mod hash;
mod tensors;
#[cfg(test)]
mod testing;
mod training;
mod variant;

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::layout::{EmbeddingLayout, LayoutError};

pub use accuracy::{Accuracy, Verification};
pub use against_f32::AgainstF32;
pub use calibration::CalibrationFacts;
pub use decision::{DecisionFacts, IdentificationThreshold};
pub use error::ManifestError;
pub use format::{FORMAT, FormatVersion, MANIFEST_FILE};
pub use hash::{check_hash, hex, sha256_hex, space_id, space_tag};
pub use tensors::{FeaturesSpec, InputSpec, OutputSpec};
pub use training::TrainingFacts;
pub use variant::{Precision, Target, Variant};

/// The manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this file's form.
    pub format: FormatVersion,
    /// What makes two embeddings comparable: SHA-256 (hex) over weights, preprocessing and slices.
    pub space_id: String,
    /// The model's input.
    pub input: InputSpec,
    /// The model's output.
    pub output: OutputSpec,
    /// Model files of this bundle; the first one that a runtime can run is its default.
    pub variants: Vec<Variant>,
    /// How the model came to be.
    pub training: TrainingFacts,
}

impl Manifest {
    /// Slices of the embedding.
    ///
    /// # Errors
    /// Where `output` names a cut that leaves a learner empty.
    pub fn layout(&self) -> Result<EmbeddingLayout, LayoutError> {
        EmbeddingLayout::new(self.output.dim, self.output.learners)
    }

    /// Reads and checks the text of a manifest; `path` is named in errors.
    ///
    /// # Errors
    /// Where the text is no manifest, has another major version, a value is out of its range, or two fields
    /// contradict one another.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ManifestError> {
        let json = |source| ManifestError::Json { path: path.to_owned(), source };
        // The version first: a later format may have fields that this build cannot read.
        #[derive(Deserialize)]
        struct Head {
            format: FormatVersion,
        }
        let head: Head = serde_json::from_str(text).map_err(json)?;
        if head.format.major != FORMAT.major {
            return Err(ManifestError::Format { path: path.to_owned(), found: head.format.major });
        }
        let manifest: Self = serde_json::from_str(text).map_err(json)?;
        check::manifest(&manifest, path)?;
        Ok(manifest)
    }

    /// Text to be written as [`MANIFEST_FILE`].
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("numbers and names always serialise");
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{FORMAT_1_0, manifest, manifest_with_everything};
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for m in [manifest(), manifest_with_everything()] {
            assert_eq!(Manifest::parse(&m.to_json(), Path::new("m")).unwrap(), m);
        }
    }

    #[test]
    fn what_is_absent_is_not_written() {
        let text = manifest().to_json();
        for field in ["batch", "features", "opset", "calibration", "mean_cosine", "against_f32", "by_gallery"] {
            assert!(!text.contains(field), "{field} in {text}");
            assert!(manifest_with_everything().to_json().contains(field), "{field}");
        }
    }

    #[test]
    fn a_manifest_of_format_1_0_is_read() {
        let m = Manifest::parse(FORMAT_1_0, Path::new("m")).unwrap();
        assert_eq!((m.format, m.output.dim, m.variants.len()), (FormatVersion { major: 1, minor: 0 }, 128, 1));
        assert_eq!((m.input.batch, &m.output.features, m.variants[0].opset), (None, &None, None));
        let decision = m.variants[0].decision.as_ref().unwrap();
        assert!(decision.by_gallery.is_empty() && decision.gallery_identities == 20);
        // Written again it says what it said: no field is lost and none is made up.
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&m.to_json()), value(FORMAT_1_0));
    }

    #[test]
    fn a_field_of_a_later_minor_version_is_ignored() {
        let text = manifest().to_json().replacen("\"minor\": 1", "\"minor\": 9, \"later\": [1]", 1);
        assert!(text.contains("later"));
        assert_eq!(Manifest::parse(&text, Path::new("m")).unwrap().variants, manifest().variants);
    }
}
