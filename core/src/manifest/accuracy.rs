//! How well a variant does what it is for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Comparison of a variant with the training network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// Runtime that ran the file.
    pub runtime: String,
    /// Pictures compared.
    pub pictures: usize,
    /// Lowest cosine of a picture's two embeddings.
    pub min_cosine: f64,
    /// Mean of the pictures' cosines (since format 1.1); not below the lowest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_cosine: Option<f64>,
}

/// Retrieval accuracy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// Name of the set and the part of it.
    pub set: String,
    /// Who was query and who gallery.
    pub protocol: String,
    /// Queries.
    pub queries: usize,
    /// Recall@k by k, in \[0, 1\].
    pub recall: BTreeMap<usize, f64>,
    /// Mean average precision, in \[0, 1\].
    pub map: f64,
}
