//! What a miner answers.

/// Anchor, positive and negative of each triplet, as rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Triplets {
    /// Row of each anchor.
    pub anchors: Vec<usize>,
    /// Row of the same identity.
    pub positives: Vec<usize>,
    /// Row of another identity.
    pub negatives: Vec<usize>,
}

impl Triplets {
    /// Number of triplets.
    pub fn len(&self) -> usize {
        self.anchors.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    /// One more.
    pub fn push(&mut self, anchor: usize, positive: usize, negative: usize) {
        self.anchors.push(anchor);
        self.positives.push(positive);
        self.negatives.push(negative);
    }
}
