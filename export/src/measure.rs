//! A variant's accuracy and decision thresholds, on the identities that training held out.

use std::collections::HashSet;

use dnc_core::manifest::{Accuracy, Variant};
use dnc_core::metrics::{Labelled, leave_one_out};
use dnc_core::open_set::{Draws, decision_facts};
use dnc_datasets::protocol::Protocol;
use dnc_datasets::{Dataset, Sample};
use dnc_train::trainer::RECALL_AT;

/// The validation pictures among those that were embedded.
pub struct HeldOut<'a> {
    /// The pictures.
    pub samples: Vec<&'a Sample>,
    /// Their identities.
    pub labels: Vec<u32>,
    /// Their places among the pictures embedded.
    places: Vec<usize>,
    /// Set and part, for the manifest.
    set: String,
    identities: usize,
}

impl<'a> HeldOut<'a> {
    /// Those of `embedded` whose identity is in `validation`.
    pub fn of(validation: &[&Sample], embedded: &[&'a Sample], dataset: &Dataset) -> Self {
        let held_out: HashSet<u32> = validation.iter().map(|s| s.identity).collect();
        let kept = embedded.iter().enumerate().filter(|(_, s)| held_out.contains(&s.identity));
        let (places, samples): (Vec<usize>, Vec<&Sample>) = kept.map(|(i, s)| (i, *s)).unzip();
        let set = format!("{}, validation part ({} identities)", dataset.name, held_out.len());
        let labels = samples.iter().map(|s| s.identity).collect();
        Self { samples, labels, places, set, identities: held_out.len() }
    }
}

/// Writes accuracy and thresholds into `variant`, told from the embeddings of all pictures: rows of `dim` values in
/// slices of `learners` learners.
pub fn measure(
    variant: &mut Variant,
    held_out: &HeldOut<'_>,
    (rows, dim, learners): (&[f32], usize, usize),
    draws: Draws,
    notes: &mut Vec<String>,
) {
    if held_out.samples.is_empty() {
        return;
    }
    let kept: Vec<f32> = held_out.places.iter().flat_map(|place| &rows[place * dim..][..dim]).copied().collect();
    let set = Labelled::new(&kept, dim, &held_out.labels);
    let scores = leave_one_out(set, &RECALL_AT);
    variant.accuracy = Some(Accuracy {
        set: held_out.set.clone(),
        protocol: Protocol::LeaveOneOut.name().into(),
        queries: scores.queries,
        recall: scores.recall,
        map: scores.map,
    });
    match decision_facts(set, learners, draws, &held_out.set, "train with a larger validation_share") {
        Some((facts, note)) => {
            note.into_iter().for_each(|note| tell(notes, note));
            variant.decision = Some(facts);
        }
        None => tell(
            notes,
            format!(
                "{} validation identities are too few for a decision threshold (four with two views are needed); train with a \
                 larger validation_share, or give dnc-edge --threshold and --margin",
                held_out.identities
            ),
        ),
    }
}

/// A note that holds for several variants is said once.
fn tell(notes: &mut Vec<String>, note: String) {
    if !notes.contains(&note) {
        notes.push(note);
    }
}
