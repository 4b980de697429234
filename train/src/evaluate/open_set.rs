//! Open-set identification among the pictures of a part.

use dnc_core::metrics::{Labelled, verification::FEWEST_FALSE_ACCEPTS};
use dnc_core::open_set::{Trial, identification_points, trials};
use dnc_datasets::enrolment::{Draws, enrolments};

use super::report::OpenSetReport;

/// How enrolments are drawn; views as `dnc-export` enrols them.
const DRAWS: Draws = Draws { views: 5, draws: 4, seed: 1 };

/// False-positive identification rates that are reported where the pictures support them.
const RATES: [f64; 3] = [0.1, 0.01, 0.001];

/// Enrols half of the identities several times and runs the decision rule on all other views. `None` where fewer
/// than four identities have two views.
pub(super) fn measure(set: Labelled<'_>, learners: usize) -> Option<OpenSetReport> {
    let drawn = enrolments(set.labels, DRAWS);
    let pick = |rows: &[usize]| -> (Vec<f32>, Vec<u32>) {
        let values = rows.iter().flat_map(|row| set.row(*row)).copied().collect();
        (values, rows.iter().map(|row| set.labels[*row]).collect())
    };
    let mut all: Vec<Trial> = Vec::new();
    for draw in &drawn {
        let ((gallery, enrolled), (probes, truth)) = (pick(&draw.gallery), pick(&draw.probes));
        let gallery = Labelled::new(&gallery, set.dim, &enrolled);
        all.extend(trials(gallery, Labelled::new(&probes, set.dim, &truth), learners));
    }
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
