//! What the gallery answers to a probe, and the rule it answers by.

use dnc_core::decision::{Decision, DecisionRule};
use dnc_core::manifest::Variant;

/// An identity and how near its best view is.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Name of the identity.
    pub identity: String,
    /// Similarity of its best view, in \[−1, 1\].
    pub similarity: f32,
}

/// The gallery's answer to one probe.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Known, unsure or unknown.
    pub decision: Decision,
    /// The nearest identity; `None` where the gallery is empty. It is accepted only where the decision is
    /// [`Decision::Known`].
    pub best: Option<Match>,
    /// The second-nearest identity, where the gallery holds two.
    pub runner_up: Option<Match>,
    /// The nearest identities, best first, as many as were asked for.
    pub ranked: Vec<Match>,
    /// Similarity at or above which the best identity is accepted.
    pub threshold: f32,
    /// Lead over the runner-up that is needed, in similarity.
    pub margin: f32,
    /// Whether the gallery is larger than those that the rule was measured with.
    pub extrapolated: bool,
}

/// Galleries that a rule was measured with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeasuredSizes {
    /// Identities enrolled.
    pub identities: usize,
    /// Views of each identity.
    pub views_per_identity: usize,
}

impl MeasuredSizes {
    /// Whether a gallery of `identities` with `views` in all is beyond the measured one. A stranger's best
    /// similarity grows with the number of identities and with the number of views it is compared with.
    pub fn exceeded_by(&self, identities: usize, views: usize) -> bool {
        identities > self.identities || views > self.identities.saturating_mul(self.views_per_identity)
    }
}

/// A decision rule and where it was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IdentificationRule {
    /// The thresholds.
    pub rule: DecisionRule,
    /// Sizes of the galleries it was measured with; `None` for a rule set by hand, whose answers are never
    /// marked as extrapolated.
    pub measured: Option<MeasuredSizes>,
}

impl IdentificationRule {
    /// The rule measured for `variant` at export, where there is one.
    pub fn of(variant: &Variant) -> Option<Self> {
        let facts = variant.decision.as_ref()?;
        let measured =
            MeasuredSizes { identities: facts.gallery_identities, views_per_identity: facts.views_per_identity };
        Some(Self { rule: facts.rule, measured: Some(measured) })
    }

    /// A rule set by hand.
    pub fn by_hand(rule: DecisionRule) -> Self {
        Self { rule, measured: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_identities_or_more_views_than_measured_are_beyond_it() {
        let measured = MeasuredSizes { identities: 10, views_per_identity: 2 };
        assert!(!measured.exceeded_by(10, 20));
        assert!(!measured.exceeded_by(4, 20));
        assert!(measured.exceeded_by(11, 11));
        assert!(measured.exceeded_by(4, 21));
    }
}
