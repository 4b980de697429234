//! The distances that a miner chooses by.

use dnc_core::distance::squared_euclidean;
use rayon::prelude::*;

/// D of every anchor to every row, in \[0, 2\]. The first rows are the anchors.
#[derive(Debug, Clone, PartialEq)]
pub struct Distances {
    values: Vec<f32>,
    anchors: usize,
    rows: usize,
    dim: usize,
}

impl Distances {
    /// Of the first `anchors` rows of `unit` to all its rows, `dim` values each, of unit length.
    ///
    /// # Panics
    /// Where `unit` is no whole number of rows, or holds fewer than `anchors`.
    pub fn between(unit: &[f32], dim: usize, anchors: usize) -> Self {
        assert!(dim > 0 && unit.len().is_multiple_of(dim), "{} values are no rows of {dim}", unit.len());
        let rows = unit.len() / dim;
        assert!(anchors <= rows, "{anchors} anchors of {rows} rows");
        let row = |i: usize| &unit[i * dim..][..dim];
        // Differences and not 2 − 2u·v, which loses the small distances that miners sort by.
        let values = (0..anchors * rows)
            .into_par_iter()
            .with_min_len(1 << 10)
            .map(|i| squared_euclidean(row(i / rows), row(i % rows)).sqrt())
            .collect();
        Self { values, anchors, rows, dim }
    }

    /// Number of anchors.
    pub fn anchors(&self) -> usize {
        self.anchors
    }

    /// Values of an embedding: what the distances are distributed by.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Distances of one anchor to all rows.
    pub fn of(&self, anchor: usize) -> &[f32] {
        &self.values[anchor * self.rows..][..self.rows]
    }
}

/// What an anchor can be compared with, as rows in their order.
pub(super) struct Candidates {
    /// The anchor.
    pub anchor: usize,
    /// Other rows of its identity, at least one.
    pub positives: Vec<usize>,
    /// Rows of other identities, at least one.
    pub negatives: Vec<usize>,
}

/// The anchors, in order, that have a positive and a negative among the rows with these `labels`.
pub(super) fn candidates(anchors: usize, labels: &[u32]) -> impl Iterator<Item = Candidates> {
    (0..anchors).filter_map(|anchor| {
        let (same, negatives): (Vec<usize>, Vec<usize>) = (0..labels.len()).partition(|&i| labels[i] == labels[anchor]);
        let positives: Vec<usize> = same.into_iter().filter(|&i| i != anchor).collect();
        (!positives.is_empty() && !negatives.is_empty()).then_some(Candidates { anchor, positives, negatives })
    })
}
