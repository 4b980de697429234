//! Everything that is told of a decision: the balanced rule and the thresholds by gallery size.

use super::{Draws, measure_by_gallery, measure_rule};
use crate::manifest::DecisionFacts;
use crate::metrics::Labelled;

/// Measures the decision on group-normalised embeddings of `learners` slices, of the pictures that `name` tells of.
/// `None` where fewer than four identities have two views. The text beside it says what is missing where no rate could
/// be told, and ends with `next`, what to do about it.
pub fn decision_facts(
    set: Labelled<'_>,
    learners: usize,
    draws: Draws,
    name: &str,
    next: &str,
) -> Option<(DecisionFacts, Option<String>)> {
    let balanced = measure_rule(set, learners, draws)?;
    let table = measure_by_gallery(set, learners, draws);
    let note = table.note(next);
    let facts = DecisionFacts {
        rule: balanced.rule,
        rates: balanced.rates,
        gallery_identities: balanced.gallery_identities,
        views_per_identity: balanced.views_per_identity,
        set: name.to_owned(),
        by_gallery: table.rows,
    };
    Some((facts, note))
}
