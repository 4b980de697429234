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

impl Answer {
    /// The decision in words: what was compared with what.
    pub fn why(&self) -> String {
        let Some(best) = &self.best else { return "the gallery is empty".to_owned() };
        let (similarity, threshold) = (best.similarity, self.threshold);
        let mut text = match self.decision {
            Decision::Unknown => format!("similarity {similarity:.3} is below the threshold {threshold:.3}"),
            _ => format!("similarity {similarity:.3} reaches the threshold {threshold:.3}"),
        };
        if let (Decision::Known | Decision::Unsure, Some(next)) = (self.decision, &self.runner_up) {
            let only = if self.decision == Decision::Unsure { " only" } else { "" };
            let (lead, needed) = (similarity - next.similarity, self.margin);
            text += &format!(", and leads {} by {lead:.3}{only}; {needed:.3} is needed", next.identity);
        }
        if self.extrapolated {
            text += "; the gallery is larger than those that the threshold was measured with";
        }
        text
    }
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
    fn every_decision_is_told_in_words() {
        let named = |identity: &str, similarity| Some(Match { identity: identity.into(), similarity });
        let mut answer = Answer {
            decision: Decision::Known,
            best: named("a", 0.8),
            runner_up: named("b", 0.7),
            ranked: Vec::new(),
            threshold: 0.5,
            margin: 0.05,
            extrapolated: false,
        };
        assert_eq!(answer.why(), "similarity 0.800 reaches the threshold 0.500, and leads b by 0.100; 0.050 is needed");
        answer.decision = Decision::Unsure;
        assert!(answer.why().contains("leads b by 0.100 only"), "{}", answer.why());
        (answer.decision, answer.threshold, answer.extrapolated) = (Decision::Unknown, 0.9, true);
        assert!(answer.why().starts_with("similarity 0.800 is below the threshold 0.900; the gallery is larger"));
        answer.best = None;
        assert_eq!(answer.why(), "the gallery is empty");
    }

    #[test]
    fn more_identities_or_more_views_than_measured_are_beyond_it() {
        let measured = MeasuredSizes { identities: 10, views_per_identity: 2 };
        assert!(!measured.exceeded_by(10, 20));
        assert!(!measured.exceeded_by(4, 20));
        assert!(measured.exceeded_by(11, 11));
        assert!(measured.exceeded_by(4, 21));
    }
}
