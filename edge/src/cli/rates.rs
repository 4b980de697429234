//! The thresholds by false-positive identification rate, as `dnc-edge info` shows them.

use dnc_core::manifest::Variant;

/// A line for each measured size and rate.
pub fn lines(variant: &Variant) -> Vec<String> {
    let table = variant.decision.iter().flat_map(|facts| &facts.by_gallery);
    table
        .map(|r| {
            let (identities, views) = (r.gallery_identities, r.views_per_identity);
            format!(
                "--fpir {} up to {identities} identities, {} views in all: threshold {:.3}, known accepted {:.3} (measured \
                 {:.4} on {} views of strangers)",
                r.target,
                identities.saturating_mul(views),
                r.rule.threshold,
                r.known_accept_rate,
                r.fpir,
                r.stranger_probes
            )
        })
        .collect()
}
