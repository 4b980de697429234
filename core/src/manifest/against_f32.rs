//! What a variant loses against the f32 model.

use serde::{Deserialize, Serialize};

/// Retrieval by a variant and by the f32 model on the same queries, and whether the loss was allowed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgainstF32 {
    /// Runtime that ran both.
    pub runtime: String,
    /// Queries, at least 1: each picture against all others.
    pub queries: usize,
    /// Recall@1 of this variant, in \[0, 1\].
    pub recall_at_1: f64,
    /// Recall@1 of the f32 model, in \[0, 1\].
    pub f32_recall_at_1: f64,
    /// Mean average precision of this variant, in \[0, 1\].
    pub map: f64,
    /// Mean average precision of the f32 model, in \[0, 1\].
    pub f32_map: f64,
    /// Points of recall@1 lost: 100 × (`f32_recall_at_1` − `recall_at_1`). Positive is worse than f32.
    pub drop: f64,
    /// 95 % interval of `drop`, points, lower end first: paired bootstrap over identities
    /// ([`crate::metrics::paired_drop`]).
    pub interval: [f64; 2],
    /// Resamples of the bootstrap, at least 1.
    pub resamples: usize,
    /// Its seed.
    pub seed: u64,
    /// Mean cosine of the variant's embeddings to the f32 model's, in \[−1, 1\].
    pub mean_cosine: f64,
    /// Largest drop that was allowed, points, in \[0, 100\].
    pub max_drop: f64,
    /// Smallest mean cosine that was allowed, in \[−1, 1\].
    pub min_cosine: f64,
    /// Whether `drop` ≤ `max_drop` and `mean_cosine` ≥ `min_cosine`.
    pub passed: bool,
}
