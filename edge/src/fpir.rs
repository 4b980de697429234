//! The rule for a false-positive identification rate, from the table that export measured.

use std::path::PathBuf;

use dnc_core::manifest::{IdentificationThreshold, Variant};

use crate::answer::{IdentificationRule, MeasuredSizes};
use crate::bundle::Bundle;

/// A rate that the bundle has no threshold for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RateError {
    /// No rate was measured at all.
    #[error(
        "{}: variant {variant} carries no thresholds by false-positive identification rate (field \
         variants[].decision.by_gallery); leave --fpir out, or export the model again with more validation identities",
        path.display()
    )]
    NoTable {
        /// The bundle.
        path: PathBuf,
        /// File of the variant.
        variant: String,
    },
    /// Other rates were measured.
    #[error("{}: no threshold for a false-positive identification rate of {asked}; measured are {}", path.display(), list(measured))]
    NotMeasured {
        /// The bundle.
        path: PathBuf,
        /// The rate asked for.
        asked: f64,
        /// The measured ones, high ones first.
        measured: Vec<f64>,
    },
}

fn list(rates: &[f64]) -> String {
    rates.iter().map(f64::to_string).collect::<Vec<_>>().join(", ")
}

/// Rates of `variant`'s table, high ones first.
pub fn rates(variant: &Variant) -> Vec<f64> {
    let mut rates: Vec<f64> = table(variant).iter().map(|row| row.target).collect();
    rates.sort_by(|a, b| b.total_cmp(a));
    rates.dedup();
    rates
}

/// The rule that keeps the share of strangers answered *known* at or below `rate` in a gallery of `identities` with
/// `views` in all: that of the smallest measured gallery which is no smaller. In a gallery larger than all measured
/// ones it is the strictest rule of the rate, and answers then say that they are extrapolated.
///
/// # Errors
/// Where `variant` of `bundle` has no threshold for `rate`; the error lists the rates that it has.
pub fn rule_at(
    bundle: &Bundle,
    variant: &Variant,
    rate: f64,
    identities: usize,
    views: usize,
) -> Result<IdentificationRule, RateError> {
    let path = bundle.path().to_owned();
    let measured = rates(variant);
    if measured.is_empty() {
        return Err(RateError::NoTable { path, variant: variant.file.clone() });
    }
    row_at(table(variant), rate, identities, views)
        .map(|row| IdentificationRule { rule: row.rule, measured: Some(sizes(row)) })
        .ok_or(RateError::NotMeasured { path, asked: rate, measured })
}

fn table(variant: &Variant) -> &[IdentificationThreshold] {
    variant.decision.as_ref().map_or(&[], |facts| &facts.by_gallery)
}

fn sizes(row: &IdentificationThreshold) -> MeasuredSizes {
    MeasuredSizes { identities: row.gallery_identities, views_per_identity: row.views_per_identity }
}

fn row_at(
    table: &[IdentificationThreshold],
    rate: f64,
    identities: usize,
    views: usize,
) -> Option<&IdentificationThreshold> {
    let of_rate = || table.iter().filter(|row| row.target == rate);
    let covers = of_rate().filter(|row| !sizes(row).exceeded_by(identities, views));
    let smallest = covers.min_by_key(|row| (row.gallery_identities, row.views_per_identity));
    // Beyond them all the strictest: views of one identity are alike, and many views of few identities may be met by
    // strangers less than few views of many.
    let strictest = || of_rate().max_by(|a, b| a.rule.threshold.total_cmp(&b.rule.threshold));
    smallest.or_else(strictest)
}

#[cfg(test)]
mod tests {
    use dnc_core::decision::DecisionRule;

    use super::*;

    fn row(identities: usize, views: usize, target: f64) -> IdentificationThreshold {
        IdentificationThreshold {
            gallery_identities: identities,
            views_per_identity: views,
            target,
            // Few views of many identities are met by more strangers here than many views of few.
            rule: DecisionRule { threshold: 0.5 + identities as f32 / 100.0 - views as f32 / 1000.0, margin: 0.0 },
            fpir: target,
            known_accept_rate: 0.5,
            known_probes: 100,
            stranger_probes: 1000,
            draws: 20,
        }
    }

    #[test]
    fn the_smallest_measured_gallery_that_is_no_smaller_is_taken() {
        let table: Vec<_> = [(20, 1), (5, 5), (20, 2), (5, 1), (10, 2), (10, 1), (5, 2)]
            .iter()
            .flat_map(|&(n, v)| [row(n, v, 0.1), row(n, v, 0.01)])
            .collect();
        let found = |identities, views| {
            let r = row_at(&table, 0.01, identities, views).unwrap();
            assert_eq!(r.target, 0.01);
            (r.gallery_identities, r.views_per_identity)
        };
        assert_eq!(found(0, 0), (5, 1));
        assert_eq!(found(5, 5), (5, 1));
        assert_eq!(found(5, 6), (5, 2));
        assert_eq!(found(3, 12), (5, 5), "three identities of four views");
        assert_eq!(found(6, 6), (10, 1));
        assert_eq!(found(20, 40), (20, 2));
        assert_eq!(found(21, 21), (20, 1), "beyond all: the strictest");
        assert_eq!(found(4, 400), (20, 1));
        assert_eq!(row_at(&table, 0.02, 5, 5), None);
    }
}
