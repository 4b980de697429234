//! Embeddings with the identity of each.

use std::collections::HashMap;

/// Rows of equal width, one embedding each, with the identity of each row.
#[derive(Debug, Clone, Copy)]
pub struct Labelled<'a> {
    /// Row-major embeddings, `labels.len()` × `dim`.
    pub embeddings: &'a [f32],
    /// Values of one embedding.
    pub dim: usize,
    /// Identity of each row.
    pub labels: &'a [u32],
}

impl<'a> Labelled<'a> {
    /// Pairs embeddings with labels.
    ///
    /// # Panics
    /// Where the matrix does not have a row for each label.
    pub fn new(embeddings: &'a [f32], dim: usize, labels: &'a [u32]) -> Self {
        assert_eq!(embeddings.len(), dim * labels.len(), "one row of {dim} values for each label");
        Self { embeddings, dim, labels }
    }

    /// Embedding of row `i`.
    pub fn row(&self, i: usize) -> &'a [f32] {
        &self.embeddings[i * self.dim..][..self.dim]
    }
}

/// Number of rows of each label.
pub fn label_counts(labels: &[u32]) -> HashMap<u32, usize> {
    let mut counts = HashMap::new();
    for label in labels {
        *counts.entry(*label).or_default() += 1;
    }
    counts
}
