//! The decision thresholds of a variant.

use serde::{Deserialize, Serialize};

use crate::decision::DecisionRule;
use crate::open_set::OpenSetRates;

/// A decision rule and how it was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionFacts {
    /// The rule that maximises the mean of known-accept and stranger-reject rate.
    pub rule: DecisionRule,
    /// Its rates on the trials it was chosen from.
    pub rates: OpenSetRates,
    /// Identities enrolled in each trial gallery; above it an answer is extrapolated.
    pub gallery_identities: usize,
    /// Views of each enrolled identity.
    pub views_per_identity: usize,
    /// Set and part that gave the trials (never the test part).
    pub set: String,
    /// Thresholds by false-positive identification rate, gallery size and views (since format 1.1); empty where
    /// there were too few strangers to tell any rate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_gallery: Vec<IdentificationThreshold>,
}

/// The lowest threshold that keeps the false-positive identification rate (FPIR: share of strangers' probes answered
/// *known*) at or below a target, for one size of gallery.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct IdentificationThreshold {
    /// Identities enrolled in each trial gallery, at least 1.
    pub gallery_identities: usize,
    /// Views of each of them, at least 1.
    pub views_per_identity: usize,
    /// FPIR asked for, in (0, 1\].
    pub target: f64,
    /// The rule. Its margin is 0: a margin refuses fewer strangers the fewer identities are enrolled, so with one
    /// the rate would not hold in smaller galleries.
    pub rule: DecisionRule,
    /// FPIR measured over all draws, at most `target`.
    pub fpir: f64,
    /// Share of probes of enrolled identities answered *known* with their own identity, in \[0, 1\].
    pub known_accept_rate: f64,
    /// Different pictures that were a probe of an enrolled identity in some draw.
    pub known_probes: usize,
    /// Different pictures that were a stranger's probe in some draw.
    pub stranger_probes: usize,
    /// Draws of who is enrolled.
    pub draws: usize,
}
