//! What is measured, and how.

use dnc_core::expansion::QueryExpansion;
use dnc_core::rerank::KReciprocal;
use dnc_datasets::protocol::Protocol;

use crate::trainer::RECALL_AT;

/// A group of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Metric {
    /// Recall@k, CMC, mAP, mAP@R, mINP: always measured
    Retrieval,
    /// Normalised mutual information of k-means clusters and identities
    Nmi,
    /// True-accept rate at false-accept rates, over pairs
    Verification,
    /// True-positive identification rate at false-positive identification rates, half of the identities enrolled
    OpenSet,
}

/// Options of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluationOptions {
    /// Who is query and who gallery; [`Scope::protocol`](super::Scope::protocol) where it is `None`.
    pub protocol: Option<Protocol>,
    /// Metrics beside those of [`Metric::Retrieval`].
    pub metrics: Vec<Metric>,
    /// Ranks of recall@k.
    pub recall_at: Vec<usize>,
    /// Rank by k-reciprocal re-ranking instead of the distance alone.
    pub rerank: Option<KReciprocal>,
    /// Expand each query by its nearest gallery pictures.
    pub expansion: Option<QueryExpansion>,
    /// Score each learner's slice alone as well.
    pub per_learner: bool,
}

impl Default for EvaluationOptions {
    fn default() -> Self {
        Self {
            protocol: None,
            metrics: vec![Metric::Retrieval, Metric::Nmi, Metric::Verification, Metric::OpenSet],
            recall_at: RECALL_AT.to_vec(),
            rerank: None,
            expansion: None,
            per_learner: false,
        }
    }
}
