//! Open-set identification among the pictures of a part.

use dnc_core::metrics::{Labelled, verification::FEWEST_FALSE_ACCEPTS};
use dnc_core::open_set::enrolment::{Draws, enrolments};
use dnc_core::open_set::identification_points;
use dnc_core::open_set::over_draws;

use super::report::OpenSetReport;

/// How enrolments are drawn; views as `dnc-export` enrols them.
const DRAWS: Draws = Draws { views: 5, draws: 4, seed: 1 };

/// False-positive identification rates that are reported where the pictures support them.
const RATES: [f64; 3] = [0.1, 0.01, 0.001];

/// Enrols half of the identities several times and runs the decision rule on all other views. `None` where fewer
/// than four identities have two views.
pub(super) fn measure(set: Labelled<'_>, learners: usize) -> Option<OpenSetReport> {
    let drawn = enrolments(set.labels, DRAWS);
    let all = over_draws(set, learners, &drawn).trials;
    // Over the draws each picture is a stranger at some time, but no more often than it counts for itself.
    let strangers = all.iter().filter(|trial| !trial.enrolled).count().min(set.labels.len());
    let supported = RATES.iter().copied().filter(|rate| rate * strangers as f64 >= FEWEST_FALSE_ACCEPTS);
    Some(OpenSetReport {
        gallery_identities: drawn.first()?.identities,
        views_per_identity: drawn.iter().map(|draw| draw.views_per_identity).max()?,
        draws: drawn.len(),
        points: identification_points(&all, &supported.collect::<Vec<_>>()),
    })
}
