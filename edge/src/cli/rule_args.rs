//! By which rule a command decides.

use anyhow::bail;
use dnc_core::decision::DecisionRule;
use dnc_core::manifest::Variant;
use dnc_edge::fpir::rule_at;
use dnc_edge::{Bundle, IdentificationRule};

/// The bundle's measured rule, or another.
#[derive(Debug, clap::Args)]
pub struct RuleArgs {
    /// Share of strangers that may be taken for somebody, in place of the bundle's balanced rule: takes the threshold
    /// measured for it at the gallery's size. `dnc-edge info` lists the rates that the bundle supports.
    #[arg(long, value_name = "RATE", conflicts_with_all = ["threshold", "margin"])]
    fpir: Option<f64>,
    /// Similarity at which an identity is accepted, in place of the bundle's.
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    threshold: Option<f32>,
    /// Lead over the runner-up that is needed, in similarity, in place of the bundle's.
    #[arg(long, value_name = "S")]
    margin: Option<f32>,
}

impl RuleArgs {
    /// The rule for a gallery of `identities` with `views` in all.
    pub fn choose(
        &self,
        bundle: &Bundle,
        variant: &Variant,
        identities: usize,
        views: usize,
    ) -> anyhow::Result<IdentificationRule> {
        if let Some(rate) = self.fpir {
            return Ok(rule_at(bundle, variant, rate, identities, views)?);
        }
        for (flag, value) in [("--threshold", self.threshold), ("--margin", self.margin)] {
            if value.is_some_and(|v| !v.is_finite()) {
                bail!("{flag} is not a number; give a similarity in -1 to 1");
            }
        }
        let measured = IdentificationRule::of(variant);
        let (Some(threshold), Some(margin)) =
            (self.threshold.or(measured.map(|m| m.rule.threshold)), self.margin.or(measured.map(|m| m.rule.margin)))
        else {
            bail!(
                "{}: variant {} carries no measured thresholds (field variants[].decision); give --threshold and \
                 --margin, or export the model again with validation pictures",
                bundle.path().display(),
                variant.file
            );
        };
        let given = self.threshold.is_some() || self.margin.is_some();
        Ok(match measured {
            Some(measured) if !given => measured,
            _ => IdentificationRule::by_hand(DecisionRule { threshold, margin }),
        })
    }
}
