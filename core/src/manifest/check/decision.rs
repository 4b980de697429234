//! Decision thresholds.

use std::collections::BTreeSet;

use super::ManifestError;
use super::range::Fields;
use crate::manifest::{DecisionFacts, IdentificationThreshold};

/// Most rows of the table by gallery size.
const MAX_ROWS: usize = 1000;

pub(super) fn decision(d: &DecisionFacts, fields: Fields<'_>) -> Result<(), ManifestError> {
    fields.cosine("variants[].decision.rule.threshold", d.rule.threshold.into())?;
    fields.count("variants[].decision.rule.margin", d.rule.margin, 0.0..=2.0)?;
    fields.share("variants[].decision.rates.known_accept_rate", d.rates.known_accept_rate)?;
    fields.share("variants[].decision.rates.stranger_reject_rate", d.rates.stranger_reject_rate)?;
    fields.some("variants[].decision.gallery_identities", d.gallery_identities)?;
    fields.some("variants[].decision.views_per_identity", d.views_per_identity)?;
    fields.count("variants[].decision.by_gallery", d.by_gallery.len(), 0..=MAX_ROWS)?;
    let mut seen = BTreeSet::new();
    for row in &d.by_gallery {
        identification_threshold(row, fields)?;
        let (n, views) = (row.gallery_identities, row.views_per_identity);
        let found = format_args!("twice {n} identities of {views} views at {}", row.target);
        let first = seen.insert((n, views, row.target.to_bits()));
        fields.check(first, "variants[].decision.by_gallery", found, "each size and rate once")?;
    }
    Ok(())
}

fn identification_threshold(row: &IdentificationThreshold, fields: Fields<'_>) -> Result<(), ManifestError> {
    fields.some("variants[].decision.by_gallery[].gallery_identities", row.gallery_identities)?;
    fields.some("variants[].decision.by_gallery[].views_per_identity", row.views_per_identity)?;
    let target = row.target;
    fields.check(
        target > 0.0 && target <= 1.0,
        "variants[].decision.by_gallery[].target",
        target,
        "above 0, at most 1",
    )?;
    fields.cosine("variants[].decision.by_gallery[].rule.threshold", row.rule.threshold.into())?;
    fields.count("variants[].decision.by_gallery[].rule.margin", row.rule.margin, 0.0..=2.0)?;
    // A share of counts and its complement differ by rounding.
    let kept = (0.0..=target + 1e-9).contains(&row.fpir);
    fields.check(kept, "variants[].decision.by_gallery[].fpir", row.fpir, format_args!("0 to target, {target}"))?;
    fields.share("variants[].decision.by_gallery[].known_accept_rate", row.known_accept_rate)?;
    fields.some("variants[].decision.by_gallery[].known_probes", row.known_probes)?;
    fields.some("variants[].decision.by_gallery[].stranger_probes", row.stranger_probes)?;
    fields.some("variants[].decision.by_gallery[].draws", row.draws)
}
