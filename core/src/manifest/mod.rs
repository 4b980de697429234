//! The manifest of a bundle: what the device must know of a model, and how it checks that it has it.

mod error;
mod quantisation;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::decision::DecisionRule;
use crate::layout::{EmbeddingLayout, LayoutError};
use crate::open_set::OpenSetRates;
use crate::preprocess::Preprocess;

pub use error::ManifestError;
pub use quantisation::{AgainstF32, CalibrationFacts};

/// Name of the manifest inside a bundle.
pub const MANIFEST_FILE: &str = "manifest.json";

/// Version of the bundle format that this build writes. A reader refuses another major version.
pub const FORMAT: FormatVersion = FormatVersion { major: 1, minor: 1 };

/// Most pictures of a fixed batch.
const MOST_BATCH: usize = 1024;

/// Version of the bundle format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormatVersion {
    /// Changes when an old reader would misread the bundle.
    pub major: u32,
    /// Changes when a field is added that an old reader may ignore.
    pub minor: u32,
}

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

/// The model's input: N×3×H×W values of type f32.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InputSpec {
    /// Name of the graph's input.
    pub name: String,
    /// `[3, H, W]`.
    pub shape: [usize; 3],
    /// How a picture becomes these values.
    pub preprocess: Preprocess,
    /// Pictures of a batch, N, where the graph takes only so many; any number otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<usize>,
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
    /// The second output, where the graph has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<FeaturesSpec>,
}

/// The pooled features as a second output: N×dim values of type f32, not normalised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeaturesSpec {
    /// Name of the graph's output.
    pub name: String,
    /// Values of a picture.
    pub dim: usize,
}

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
    /// ONNX operator set of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opset: Option<i64>,
    /// How near the device's runtime came to the training network.
    pub verification: Verification,
    /// Retrieval accuracy measured with the device's runtime, where a set was given.
    pub accuracy: Option<Accuracy>,
    /// How it was quantised, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationFacts>,
    /// Its accuracy beside that of the f32 variant, where both were measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against_f32: Option<AgainstF32>,
    /// Decision thresholds, where they could be measured.
    pub decision: Option<DecisionFacts>,
}

/// Comparison of a variant with the training network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// Runtime that ran the file.
    pub runtime: String,
    /// Pictures compared.
    pub pictures: usize,
    /// Lowest cosine of a picture's two embeddings.
    pub min_cosine: f64,
    /// Mean cosine of the pictures' embeddings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_cosine: Option<f64>,
}

/// Retrieval accuracy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// Name of the set and the part of it.
    pub set: String,
    /// Who was query and who gallery.
    pub protocol: String,
    /// Queries.
    pub queries: usize,
    /// Recall@k by k, in \[0, 1\].
    pub recall: BTreeMap<usize, f64>,
    /// Mean average precision, in \[0, 1\].
    pub map: f64,
}

/// A decision rule and how it was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionFacts {
    /// The rule that maximises the mean of known-accept and stranger-reject rate.
    pub rule: DecisionRule,
    /// Its rates on the trials it was chosen from.
    pub rates: OpenSetRates,
    /// Identities enrolled in each trial gallery; above it an answer is extrapolated.
    pub gallery_identities: usize,
    /// Views of each enrolled identity.
    pub views_per_identity: usize,
    /// Set and part that gave the trials (never the test part).
    pub set: String,
}

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

/// SHA-256 of `bytes`, hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The identifier of an embedding space: SHA-256 over the weights' hash, the preprocessing and the slices.
pub fn space_id(weights_sha256: &str, preprocess: &Preprocess, layout: &EmbeddingLayout) -> String {
    let preprocess = serde_json::to_string(preprocess).expect("numbers and names always serialise");
    sha256_hex(format!("{weights_sha256}\n{preprocess}\n{}/{}", layout.dim(), layout.learners()).as_bytes())
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
    /// Where the text is no manifest, has another major version, or its fields contradict one another.
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
        manifest.layout().map_err(|source| ManifestError::Layout { path: path.to_owned(), source })?;
        let size = manifest.input.preprocess.size as usize;
        let field = |field, found: String, expected: String| {
            Err(ManifestError::Field { path: path.to_owned(), field, found, expected })
        };
        if manifest.input.shape != [3, size, size] {
            return field("input.shape", format!("{:?}", manifest.input.shape), format!("{:?}", [3, size, size]));
        }
        // A picture's input must fit in memory: a hostile manifest may name any number.
        if size == 0 || size > 4096 {
            return field("input.preprocess.size", size.to_string(), "1 to 4096 px".into());
        }
        if manifest.output.dim > 65_536 {
            return field("output.dim", manifest.output.dim.to_string(), "at most 65,536".into());
        }
        if manifest.variants.is_empty() {
            return field("variants", "empty".into(), "at least one model file".into());
        }
        if manifest.input.preprocess.std.iter().any(|s| !s.is_finite() || *s <= 0.0) {
            let found = format!("{:?}", manifest.input.preprocess.std);
            return field("input.preprocess.std", found, "numbers above 0".into());
        }
        if manifest.input.batch.is_some_and(|n| n == 0 || n > MOST_BATCH) {
            let found = manifest.input.batch.unwrap_or_default().to_string();
            return field("input.batch", found, format!("1 to {MOST_BATCH} pictures"));
        }
        for variant in &manifest.variants {
            let plain = Path::new(&variant.file).components().count() == 1
                && !variant.file.contains(['/', '\\'])
                && variant.file != "..";
            if !plain {
                return field("variants[].file", variant.file.clone(), "a file name without folders".into());
            }
        }
        Ok(manifest)
    }

    /// Text to be written as [`MANIFEST_FILE`].
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("numbers and names always serialise");
        text.push('\n');
        text
    }
}

/// Checks a model file's bytes against its variant.
///
/// # Errors
/// Where the hash differs; the error names `path`.
pub fn check_hash(variant: &Variant, bytes: &[u8], path: &Path) -> Result<(), ManifestError> {
    let found = sha256_hex(bytes);
    if found != variant.sha256 {
        return Err(ManifestError::Hash { path: path.to_owned(), expected: variant.sha256.clone(), found });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            format: FORMAT,
            space_id: "s".into(),
            input: InputSpec {
                name: "picture".into(),
                shape: [3, 32, 32],
                preprocess: Preprocess::imagenet(32),
                batch: None,
            },
            output: OutputSpec { name: "embedding".into(), dim: 8, learners: 2, features: None },
            variants: vec![Variant {
                targets: vec![Target::Tract],
                precision: Precision::F32,
                file: "model.f32.onnx".into(),
                sha256: sha256_hex(b"model"),
                bytes: 5,
                opset: Some(17),
                verification: Verification {
                    runtime: "tract".into(),
                    pictures: 1,
                    min_cosine: 1.0,
                    mean_cosine: Some(1.0),
                },
                accuracy: None,
                calibration: None,
                against_f32: None,
                decision: None,
            }],
            training: TrainingFacts {
                set: "set".into(),
                backbone: "mobilenet_v2 width 1".into(),
                learners: 2,
                epochs: 1,
                seed: 1,
                tool: "dnc-train 0.1.0".into(),
            },
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let m = manifest();
        assert_eq!(Manifest::parse(&m.to_json(), Path::new("m")).unwrap(), m);
    }

    /// Format 1.0 had none of the fields that may be missing now.
    #[test]
    fn a_manifest_of_format_1_0_is_read() {
        let mut m = manifest();
        (m.format.minor, m.variants[0].opset, m.variants[0].verification.mean_cosine) = (0, None, None);
        let text = m.to_json();
        for field in ["batch", "features", "opset", "mean_cosine", "calibration", "against_f32"] {
            assert!(!text.contains(field), "{field} in {text}");
        }
        assert_eq!(Manifest::parse(&text, Path::new("m")).unwrap(), m);
    }

    #[test]
    fn contradictions_are_refused_by_field() {
        let refuse = |change: fn(&mut Manifest)| {
            let mut m = manifest();
            change(&mut m);
            Manifest::parse(&m.to_json(), Path::new("dir/manifest.json")).unwrap_err().to_string()
        };
        assert!(refuse(|m| m.format.major = 2).contains("format.major is 2"));
        assert!(refuse(|m| m.input.shape = [3, 16, 32]).contains("input.shape"));
        assert!(refuse(|m| m.output.learners = 9).contains("output"));
        assert!(refuse(|m| m.variants[0].file = "../../etc/passwd".into()).contains("variants[].file"));
        assert!(refuse(|m| m.variants.clear()).contains("variants"));
        assert!(refuse(|m| m.input.preprocess.std[1] = 0.0).contains("std"));
        assert!(refuse(|m| m.output.dim = 70_000).contains("output.dim"));
        assert!(refuse(|m| m.input.batch = Some(0)).contains("input.batch is 0"));
        assert!(Manifest::parse("{", Path::new("dir/manifest.json")).unwrap_err().to_string().contains("dir/"));
    }

    #[test]
    fn another_file_is_refused_with_both_hashes() {
        let m = manifest();
        assert!(check_hash(&m.variants[0], b"model", Path::new("f")).is_ok());
        let error = check_hash(&m.variants[0], b"other", Path::new("dir/f")).unwrap_err().to_string();
        assert!(error.contains("dir/f") && error.contains(&m.variants[0].sha256), "{error}");
    }

    #[test]
    fn the_space_changes_with_weights_preprocessing_and_slices() {
        let layout = |k| EmbeddingLayout::new(8, k).unwrap();
        let base = space_id("w", &Preprocess::imagenet(32), &layout(2));
        assert_eq!(base, space_id("w", &Preprocess::imagenet(32), &layout(2)));
        assert_ne!(base, space_id("x", &Preprocess::imagenet(32), &layout(2)));
        assert_ne!(base, space_id("w", &Preprocess::imagenet(64), &layout(2)));
        assert_ne!(base, space_id("w", &Preprocess::imagenet(32), &layout(4)));
    }
}
