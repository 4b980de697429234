//! Decision thresholds measured on the site's own enrolled views, kept in a file beside the bundle's.

use std::path::{Path, PathBuf};

use dnc_core::manifest::{DecisionFacts, Variant};
use dnc_core::metrics::Labelled;
use dnc_core::open_set::{Draws, decision_facts};
use serde::{Deserialize, Serialize};

use crate::Space;
use crate::gallery::Snapshot;

/// Form of the file.
pub const FORMAT: u32 = 1;

/// Thresholds of a site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Form of the file, [`FORMAT`].
    pub format: u32,
    /// The embedding space that they are true for.
    pub space_id: String,
    /// File of the variant whose embeddings of strangers were measured; `None` where all embeddings were the gallery's.
    pub variant: Option<String>,
    /// When, RFC 3339, UTC.
    pub time: String,
    /// The thresholds, in the form of the manifest's.
    pub decision: DecisionFacts,
}

/// Thresholds that cannot be measured or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrationError {
    /// Too few identities.
    #[error(
        "{}: {found} identities have two views or more, four are needed to measure a threshold (half of them play strangers); \
         enrol more views, or go on with the bundle's thresholds", path.display()
    )]
    TooFew {
        /// The gallery.
        path: PathBuf,
        /// Identities with two views.
        found: usize,
    },
    /// The file cannot be read or written.
    #[error("calibration {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It was measured with another model.
    #[error(
        "calibration {} was measured in space {found}, the bundle's is {expected}: measure again with `dnc-edge calibrate`",
        path.display()
    )]
    OtherSpace {
        /// The file.
        path: PathBuf,
        /// Its space.
        found: String,
        /// The bundle's.
        expected: String,
    },
}

impl Calibration {
    /// Measures the thresholds on the views of `snapshot`: in each draw half of the identities are enrolled with some of
    /// their views, and the decision is made on their other views and on all views of the other half, who play the
    /// strangers. `strangers` are embeddings, row by row, of pictures of people who are known to be not enrolled: they are
    /// strangers in every draw by gallery size, and with enough of them (100) the whole gallery is enrolled there. The
    /// text beside the thresholds says what is missing where no rate could be told.
    ///
    /// # Errors
    /// Where fewer than four identities have two views.
    ///
    /// # Panics
    /// Where `strangers` is not whole rows of the gallery's width.
    pub fn measure(
        snapshot: &Snapshot,
        (strangers, variant): (&[f32], Option<&Variant>),
        draws: Draws,
        time: String,
    ) -> Result<(Self, Option<String>), CalibrationError> {
        let layout = snapshot.space().layout;
        let dim = layout.dim();
        assert!(strangers.len().is_multiple_of(dim), "strangers are rows of {dim} values");
        let (mut values, mut labels) = (Vec::new(), Vec::new());
        for view in 0..snapshot.views() {
            values.extend_from_slice(snapshot.row(view));
            labels.push(snapshot.identity_of(view));
        }
        let enrolled = snapshot.identities() as u32;
        let apart = strangers.len() / dim;
        values.extend_from_slice(strangers);
        // Each of a stranger's pictures is somebody else: nobody of a single view is ever enrolled.
        labels.extend((0..apart as u32).map(|i| enrolled + i));
        let name = format!(
            "{}: {} views of {enrolled} identities, {apart} pictures of strangers",
            snapshot.path().display(),
            snapshot.views()
        );
        let next = "enrol more, or give --strangers pictures of people who are not enrolled";
        let set = Labelled::new(&values, dim, &labels);
        let (decision, note) = decision_facts(set, layout.learners(), draws, &name, next).ok_or_else(|| {
            let mut counts = vec![0usize; enrolled as usize];
            (0..snapshot.views()).for_each(|view| counts[snapshot.identity_of(view) as usize] += 1);
            let found = counts.iter().filter(|n| **n >= 2).count();
            CalibrationError::TooFew { path: snapshot.path().to_owned(), found }
        })?;
        let (space_id, variant) =
            (snapshot.space().space_id.clone(), variant.filter(|_| apart > 0).map(|v| v.file.clone()));
        Ok((Self { format: FORMAT, space_id, variant, time, decision }, note))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Where it cannot be read, has another form, or its thresholds are no similarities.
    pub fn read(path: &Path) -> Result<Self, CalibrationError> {
        let fail = |reason: String| CalibrationError::File { path: path.to_owned(), reason };
        let text = std::fs::read_to_string(path).map_err(|e| fail(format!("cannot be read: {e}")))?;
        let read: Self = serde_json::from_str(&text)
            .map_err(|e| fail(format!("is not what `dnc-edge calibrate --out` writes: {e}")))?;
        if read.format != FORMAT {
            return Err(fail(format!("has format {}, this program reads {FORMAT}; measure again", read.format)));
        }
        let rules = std::iter::once(&read.decision.rule).chain(read.decision.by_gallery.iter().map(|row| &row.rule));
        for rule in rules {
            // Just above 1 where nobody is to be accepted.
            let sound = (-1.0..=1.001).contains(&rule.threshold) && (0.0..=2.0).contains(&rule.margin);
            if !sound {
                let (t, m) = (rule.threshold, rule.margin);
                return Err(fail(format!(
                    "has threshold {t} and margin {m}; -1 to 1 and 0 to 2 are possible; measure again"
                )));
            }
        }
        Ok(read)
    }

    /// Writes a file; one that is there is replaced whole or not at all.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), CalibrationError> {
        let fail = |reason: String| CalibrationError::File { path: path.to_owned(), reason };
        let text = serde_json::to_string_pretty(self).map_err(|e| fail(e.to_string()))? + "\n";
        let aside = path.with_extension("aside");
        std::fs::write(&aside, text).and_then(|()| std::fs::rename(&aside, path)).map_err(|e| {
            // What is left of it helps nobody.
            let _ = std::fs::remove_file(&aside);
            fail(format!("cannot be written: {e}"))
        })
    }

    /// `variant` with these thresholds in the place of its own.
    ///
    /// # Errors
    /// Where they were measured in another space than `space`. `path` is their file, for the message.
    pub fn applied_to(&self, variant: &Variant, space: &Space, path: &Path) -> Result<Variant, CalibrationError> {
        if self.space_id != space.space_id {
            let (path, found, expected) = (path.to_owned(), self.space_id.clone(), space.space_id.clone());
            return Err(CalibrationError::OtherSpace { path, found, expected });
        }
        Ok(Variant { decision: Some(self.decision.clone()), ..variant.clone() })
    }
}
