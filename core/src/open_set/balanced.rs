//! The rule that the device decides by where no rate was asked for.

use super::enrolment::{Draws, enrolments};
use super::{OpenSetRates, balanced_rule, measure, over_draws};
use crate::decision::DecisionRule;
use crate::metrics::Labelled;

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
    let all = over_draws(set, learners, &drawn).trials;
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
    use crate::open_set::testing::set;

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
