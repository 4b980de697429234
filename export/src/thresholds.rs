//! Decision thresholds from validation identities: some are enrolled, the others are strangers, and the
//! device's own rule is run over many such draws.

use dnc_core::decision::DecisionRule;
use dnc_core::metrics::Labelled;
use dnc_core::open_set::{OpenSetRates, Trial, balanced_rule, measure, trials};
use dnc_datasets::enrolment::enrolments;

pub use dnc_datasets::enrolment::Draws;

/// A rule with what it was measured on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The balanced rule.
    pub rule: DecisionRule,
    /// Its rates over all trials.
    pub rates: OpenSetRates,
    /// Identities enrolled in each draw.
    pub gallery_identities: usize,
    /// Views enrolled of the identity with the most.
    pub views_per_identity: usize,
}

/// Measures the rule on group-normalised embeddings; half of the identities with two views or more are
/// enrolled in each draw. `None` where fewer than four identities have two views: no rate could be told.
pub fn measure_rule(set: Labelled<'_>, learners: usize, draws: Draws) -> Option<Measured> {
    let drawn = enrolments(set.labels, draws);
    let trials_of = |rows: &[usize]| {
        let values: Vec<f32> = rows.iter().flat_map(|row| set.row(*row)).copied().collect();
        let labels: Vec<u32> = rows.iter().map(|row| set.labels[*row]).collect();
        (values, labels)
    };
    let mut all: Vec<Trial> = Vec::new();
    for draw in &drawn {
        let ((gallery, enrolled), (probes, truth)) = (trials_of(&draw.gallery), trials_of(&draw.probes));
        let gallery = Labelled::new(&gallery, set.dim, &enrolled);
        all.extend(trials(gallery, Labelled::new(&probes, set.dim, &truth), learners));
    }
    let rule = balanced_rule(&all)?;
    let rates = measure(&all, &rule);
    Some(Measured {
        rule,
        rates,
        gallery_identities: drawn.first()?.identities,
        views_per_identity: drawn.iter().map(|d| d.views_per_identity).max()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dnc_core::normalize::l2_normalize;
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};

    /// Identities as directions with some jitter.
    fn set(identities: u32, jitter: f32) -> (Vec<f32>, Vec<u32>) {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let (mut rows, mut labels) = (Vec::new(), Vec::new());
        for identity in 0..identities {
            let centre: Vec<f32> = (0..16).map(|_| rng.random_range(-1.0..1.0)).collect();
            for _ in 0..5 {
                let mut row: Vec<f32> = centre.iter().map(|c| c + rng.random_range(-jitter..jitter)).collect();
                l2_normalize(&mut row);
                rows.extend(row);
                labels.push(identity);
            }
        }
        (rows, labels)
    }

    const DRAWS: Draws = Draws { views: 3, draws: 8, seed: 1 };

    #[test]
    fn tight_identities_are_told_from_strangers_and_loose_ones_less() {
        let (rows, labels) = set(20, 0.05);
        let tight = measure_rule(Labelled::new(&rows, 16, &labels), 1, DRAWS).unwrap();
        assert!(tight.rates.balanced() > 0.99, "{tight:?}");
        assert_eq!((tight.gallery_identities, tight.views_per_identity), (10, 3));
        assert_eq!((tight.rates.known, tight.rates.strangers), (8 * 10 * 2, 8 * 10 * 5));
        let (rows, labels) = set(20, 2.0);
        let loose = measure_rule(Labelled::new(&rows, 16, &labels), 1, DRAWS).unwrap();
        assert!(loose.rates.balanced() < tight.rates.balanced() - 0.1, "{loose:?}");
    }

    #[test]
    fn too_few_identities_give_no_rule() {
        let (rows, labels) = set(3, 0.1);
        assert_eq!(measure_rule(Labelled::new(&rows, 16, &labels), 1, DRAWS), None);
    }
}
