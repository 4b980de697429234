//! Where the decision's thresholds come from.

use std::path::PathBuf;

use dnc_core::decision::DecisionRule;
use dnc_core::manifest::Variant;

use crate::answer::IdentificationRule;
use crate::bundle::Bundle;
use crate::calibration::{Calibration, CalibrationError};
use crate::fpir::{RateError, rule_at};
use crate::gallery::Space;

/// What was asked for; the bundle's balanced rule where that is nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RuleSource {
    /// Share of strangers that may be taken for somebody, in \[0, 1\]; goes before the other two.
    pub fpir: Option<f64>,
    /// Thresholds measured on this site, and their file, in place of the bundle's.
    pub calibration: Option<(PathBuf, Calibration)>,
    /// Similarity needed, in place of the bundle's.
    pub threshold: Option<f32>,
    /// Lead over the runner-up needed, in place of the bundle's.
    pub margin: Option<f32>,
}

/// A rule that cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// No threshold for the rate.
    #[error(transparent)]
    Rate(#[from] RateError),
    /// A calibration of another model.
    #[error(transparent)]
    Calibration(#[from] CalibrationError),
    /// A value that is infinite or no number.
    #[error("{flag} is not a number; give a similarity in -1 to 1")]
    NotANumber {
        /// The flag.
        flag: &'static str,
    },
    /// The bundle has none and none was given.
    #[error(
        "{}: variant {variant} carries no measured thresholds (field variants[].decision); give --threshold and \
         --margin, or export the model again with validation pictures",
        path.display()
    )]
    None {
        /// The bundle.
        path: PathBuf,
        /// File of the variant.
        variant: String,
    },
}

impl RuleSource {
    /// The rule for a gallery of `identities` with `views` in all: the one measured for the rate, the one by hand, or
    /// the bundle's. One value by hand makes the rule one by hand, with the other from the bundle.
    ///
    /// # Errors
    /// Where a value is no number, or the bundle lacks what is needed.
    pub fn at(
        &self,
        bundle: &Bundle,
        variant: &Variant,
        identities: usize,
        views: usize,
    ) -> Result<IdentificationRule, RuleError> {
        let calibrated = match &self.calibration {
            Some((path, calibration)) => Some(calibration.applied_to(variant, &Space::of(bundle.manifest()), path)?),
            None => None,
        };
        let variant = calibrated.as_ref().unwrap_or(variant);
        if let Some(rate) = self.fpir {
            return Ok(rule_at(bundle, variant, rate, identities, views)?);
        }
        for (flag, value) in [("--threshold", self.threshold), ("--margin", self.margin)] {
            if value.is_some_and(|v| !v.is_finite()) {
                return Err(RuleError::NotANumber { flag });
            }
        }
        let measured = IdentificationRule::of(variant);
        let (threshold, margin) =
            (self.threshold.or(measured.map(|m| m.rule.threshold)), self.margin.or(measured.map(|m| m.rule.margin)));
        let (Some(threshold), Some(margin)) = (threshold, margin) else {
            return Err(RuleError::None { path: bundle.path().to_owned(), variant: variant.file.clone() });
        };
        let by_hand = self.threshold.is_some() || self.margin.is_some();
        Ok(match measured {
            Some(measured) if !by_hand => measured,
            _ => IdentificationRule::by_hand(DecisionRule { threshold, margin }),
        })
    }
}
