//! The JSON lines that `dnc-edge --json` writes: one object a line, UTF-8. Fields are added, never renamed.

use dnc_core::decision::Decision;
use dnc_core::manifest::Manifest;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Match};
use crate::gallery::Identity;

mod gallery;

pub use gallery::*;

/// An identity and how near it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchLine {
    /// Name of the identity.
    pub identity: String,
    /// Similarity of its best view, in \[−1, 1\].
    pub similarity: f32,
}

/// A line of `identify`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnswerLine {
    /// Path of the picture, as it was given.
    pub picture: String,
    /// `known`, `unsure` or `unknown`.
    pub decision: Decision,
    /// The nearest identity, whatever the decision; null where the gallery is empty.
    pub identity: Option<String>,
    /// Its similarity.
    pub similarity: Option<f32>,
    /// The second-nearest identity.
    pub runner_up: Option<MatchLine>,
    /// Similarity needed.
    pub threshold: f32,
    /// Lead over the runner-up needed.
    pub margin: f32,
    /// Whether the gallery is larger than those the threshold was measured with.
    pub extrapolated: bool,
    /// The nearest identities, best first.
    pub top: Vec<MatchLine>,
    /// The decision in words: what was compared with what.
    #[serde(default)]
    pub why: String,
    /// Who it really is, where the CSV file says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truth: Option<String>,
}

/// A line of `identify` for a picture that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenLine {
    /// Path of the picture, as it was given.
    pub picture: String,
    /// Why there is no answer.
    pub error: String,
}

/// A line of `enroll`. A view is on the disk when its line is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EnrollLine {
    /// A picture was enrolled.
    Enrolled {
        /// Path of the picture.
        picture: String,
        /// Its identity.
        identity: String,
        /// Id of the view.
        view: u64,
    },
    /// The same picture is enrolled already.
    Duplicate {
        /// Path of the picture.
        picture: String,
        /// The identity asked for.
        identity: String,
        /// The identity it is enrolled under.
        enrolled_as: String,
        /// Id of the view.
        view: u64,
    },
    /// The picture is barred from the identity.
    Barred {
        /// Path of the picture.
        picture: String,
        /// The identity asked for.
        identity: String,
    },
    /// A picture was broken and skipped.
    Skipped {
        /// Path of the picture.
        picture: String,
        /// Why.
        error: String,
    },
    /// The end of the run.
    Summary(EnrollSummary),
}

/// What a run of `enroll` did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrollSummary {
    /// Views written by this run.
    pub enrolled: usize,
    /// Pictures that were enrolled under the same identity before.
    pub duplicates: usize,
    /// Pictures that are enrolled under another identity.
    pub conflicts: usize,
    /// Pictures that are barred from the identity asked for.
    #[serde(default)]
    pub barred: usize,
    /// Broken pictures that were skipped.
    pub skipped: usize,
    /// Identities of the gallery.
    pub identities: u64,
    /// Views of the gallery.
    pub views: u64,
    /// Whether the run was interrupted before its end.
    pub interrupted: bool,
}

/// The object of `info`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InfoLine<'a> {
    /// Path of the bundle.
    pub bundle: String,
    /// Runtime that this build runs it with.
    pub runtime: &'a str,
    /// Version of it, as it says itself.
    pub runtime_version: &'a str,
    /// File of it, where it is not a part of this program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_library: Option<String>,
    /// File of the variant that is run.
    pub variant: &'a str,
    /// Execution providers that were asked for, and why one does not run, where the runtime has a choice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<ProviderLine>,
    /// The bundle's manifest.
    pub manifest: &'a Manifest,
    /// The gallery, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gallery: Option<GalleryLine>,
}

/// An execution provider in `info`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderLine {
    /// Its name.
    pub provider: &'static str,
    /// Whether it runs the model.
    pub runs: bool,
    /// Why it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// A gallery in `info`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GalleryLine {
    /// Path of the file.
    pub path: String,
    /// Length of the file.
    pub bytes: u64,
    /// Version of its format.
    pub format: &'static str,
    /// The space it is bound to.
    pub space_id: String,
    /// Whether that is the bundle's.
    pub same_space: bool,
    /// Identities enrolled.
    pub identities: u64,
    /// Views enrolled.
    pub views: u64,
}

/// A line of `list`.
pub type IdentityLine = Identity;

impl From<Match> for MatchLine {
    fn from(m: Match) -> Self {
        Self { identity: m.identity, similarity: m.similarity }
    }
}

impl AnswerLine {
    /// The line for an answer to `picture`.
    pub fn new(picture: String, answer: Answer, truth: Option<String>) -> Self {
        let why = answer.why();
        let (identity, similarity) = answer.best.map(|m| (m.identity, m.similarity)).unzip();
        Self {
            picture,
            decision: answer.decision,
            identity,
            similarity,
            runner_up: answer.runner_up.map(MatchLine::from),
            threshold: answer.threshold,
            margin: answer.margin,
            extrapolated: answer.extrapolated,
            top: answer.ranked.into_iter().map(MatchLine::from).collect(),
            why,
            truth,
        }
    }
}
