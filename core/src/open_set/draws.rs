//! The device's search, run over draws of who is enrolled.

use std::collections::HashSet;

use super::enrolment::Enrolment;
use super::{Trial, trials};
use crate::metrics::Labelled;

/// What all draws gave.
#[derive(Debug, Default)]
pub struct DrawnTrials {
    /// Every draw's trials, one for each of its probes.
    pub trials: Vec<Trial>,
    /// Different pictures among the probes of enrolled identities.
    pub known_probes: usize,
    /// Different pictures among the strangers' probes.
    pub stranger_probes: usize,
}

/// Searches each draw's gallery for its probes; embeddings are group-normalised, of `learners` slices.
pub fn over_draws(set: Labelled<'_>, learners: usize, drawn: &[Enrolment]) -> DrawnTrials {
    let rows_of = |rows: &[usize]| {
        let values: Vec<f32> = rows.iter().flat_map(|row| set.row(*row)).copied().collect();
        let labels: Vec<u32> = rows.iter().map(|row| set.labels[*row]).collect();
        (values, labels)
    };
    let mut all = Vec::new();
    let (mut known, mut strangers) = (HashSet::new(), HashSet::new());
    for draw in drawn {
        let ((gallery, enrolled), (probes, truth)) = (rows_of(&draw.gallery), rows_of(&draw.probes));
        let gallery = Labelled::new(&gallery, set.dim, &enrolled);
        let found = trials(gallery, Labelled::new(&probes, set.dim, &truth), learners);
        for (trial, row) in found.iter().zip(&draw.probes) {
            (if trial.enrolled { &mut known } else { &mut strangers }).insert(*row);
        }
        all.extend(found);
    }
    DrawnTrials { trials: all, known_probes: known.len(), stranger_probes: strangers.len() }
}
