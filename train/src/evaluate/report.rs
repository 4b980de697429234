//! What an evaluation tells.

use std::collections::BTreeMap;

use dnc_core::metrics::{RankingScores, RetrievalScores, Verification};
use dnc_core::open_set::IdentificationPoint;
use serde::Serialize;

/// Scores of one part of a set. All scores are in \[0, 1\].
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// What was scored.
    pub model: String,
    /// Name of the set.
    pub set: String,
    /// Part of it.
    pub part: &'static str,
    /// Who was query and who gallery.
    pub protocol: &'static str,
    /// Galleries drawn, where the protocol draws them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draws: Option<usize>,
    /// How the ranking was changed (re-ranking, query expansion), with its settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ranking: Option<String>,
    /// Broken pictures left out.
    pub skipped: usize,
    /// Mean inverse negative penalty.
    pub minp: f64,
    /// Cumulative matching characteristic at ranks 1 to 50.
    pub cmc: Vec<f64>,
    /// k-means clusters against identities, by the embeddings as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nmi: Option<ClusterAgreement>,
    /// Accept rates over pairs, by the embeddings as they are; of the first draw where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// Open-set identification, by the embeddings as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_set: Option<OpenSetReport>,
    /// Scores of each learner's share of the embedding alone, where they were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub per_learner: Vec<LearnerScores>,
    /// Standard deviations over the draws, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub std: Option<Spread>,
    /// The scores; means over the draws where there are several. Stands last: scripts read the last `map` and
    /// `recall` of the line.
    pub scores: RetrievalScores,
}

/// Normalised mutual information of k-means clusters and identities.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClusterAgreement {
    /// Clusters: as many as there are identities.
    pub clusters: usize,
    /// Divided by the arithmetic mean of the entropies.
    pub arithmetic: f64,
    /// Divided by their geometric mean.
    pub geometric: f64,
}

/// Open-set identification: some identities are enrolled, the others are strangers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OpenSetReport {
    /// Identities enrolled in each draw.
    pub gallery_identities: usize,
    /// Views enrolled of the identity with the most.
    pub views_per_identity: usize,
    /// Draws of who is enrolled, all trials taken together.
    pub draws: usize,
    /// The decision rule at several false-positive identification rates.
    pub points: Vec<IdentificationPoint>,
}

/// One learner's share of the embedding alone: its slice, or the whole times its mask.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LearnerScores {
    /// The learner, counted from 0.
    pub learner: usize,
    /// Values of its share: of its slice, or with a mask all.
    pub dim: usize,
    /// Whether it is a mask's.
    pub masked: bool,
    /// Recall by k.
    pub recall: BTreeMap<usize, f64>,
    /// Mean average precision.
    pub map: f64,
}

/// Standard deviations over draws (divided by their number less one).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spread {
    /// Of recall, by k.
    pub recall: BTreeMap<usize, f64>,
    /// Of the mean average precision.
    pub map: f64,
    /// Of the mean average precision at R.
    pub map_at_r: f64,
    /// Of the mean inverse negative penalty.
    pub minp: f64,
    /// Of the CMC at ranks 1 to 50.
    pub cmc: Vec<f64>,
}

impl From<RankingScores> for Spread {
    fn from(scores: RankingScores) -> Self {
        let RankingScores { retrieval: RetrievalScores { recall, map, map_at_r, .. }, minp, cmc } = scores;
        Self { recall, map, map_at_r, minp, cmc }
    }
}
