//! The open-set decision over identities: known, unsure or unknown.

use serde::{Deserialize, Serialize};

/// Thresholds of the decision. Similarities are in \[−1, 1\] (see [`crate::distance`]).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionRule {
    /// The best identity is accepted only at or above this similarity.
    pub threshold: f32,
    /// The best identity must lead the runner-up by at least this much, in similarity.
    pub margin: f32,
}

/// What the gallery says of one probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The best identity is above the threshold and clear of the runner-up.
    Known,
    /// The best identity is above the threshold, the runner-up too near.
    Unsure,
    /// No identity reaches the threshold.
    Unknown,
}

impl DecisionRule {
    /// Decides from the similarities of the best identity and of the runner-up *identity* (each identity
    /// counted by its best view); `None` where the gallery has no such identity.
    ///
    /// A similarity that is not a number is never accepted.
    pub fn decide(&self, best: Option<f32>, runner_up: Option<f32>) -> Decision {
        let Some(best) = best else { return Decision::Unknown };
        // Written so that NaN falls through to `Unknown`.
        if best >= self.threshold {
            match runner_up {
                Some(second) if best - second < self.margin => Decision::Unsure,
                _ => Decision::Known,
            }
        } else {
            Decision::Unknown
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    #[test]
    fn the_three_answers() {
        let rule = DecisionRule { threshold: 0.7, margin: 0.05 };
        assert_eq!(rule.decide(None, None), Decision::Unknown);
        assert_eq!(rule.decide(Some(0.69), None), Decision::Unknown);
        assert_eq!(rule.decide(Some(0.7), None), Decision::Known);
        assert_eq!(rule.decide(Some(0.8), Some(0.7)), Decision::Known);
        assert_eq!(rule.decide(Some(0.8), Some(0.78)), Decision::Unsure);
        assert_eq!(rule.decide(Some(f32::NAN), Some(0.1)), Decision::Unknown);
    }
}
