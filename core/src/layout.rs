//! How an embedding of `d` values is cut into the slices of `K` learners.

use core::ops::Range;

/// The cut of a `dim`-wide embedding into `learners` slices of ⌈dim/learners⌉ values, the last one shorter
/// where the division leaves a remainder (Sanakoyeu et al., CVPR 2019, section 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbeddingLayout {
    dim: usize,
    learners: usize,
}

/// A layout that cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// `dim` or `learners` is zero.
    #[error("embedding of {dim} values and {learners} learners: both must be at least 1")]
    Zero {
        /// Values of the embedding.
        dim: usize,
        /// Learners asked for.
        learners: usize,
    },
    /// Slices of ⌈dim/learners⌉ values use up the embedding before the last learner gets one.
    #[error(
        "an embedding of {dim} values cannot be cut for {learners} learners: slices of {slice} values leave \
         learner {empty} empty; take a dimension that {learners} divides, or at most {most} learners"
    )]
    EmptyLearner {
        /// Values of the embedding.
        dim: usize,
        /// Learners asked for.
        learners: usize,
        /// Values of a slice.
        slice: usize,
        /// The first learner without a value, counted from 0.
        empty: usize,
        /// Learners that slices of this width can serve.
        most: usize,
    },
}

impl EmbeddingLayout {
    /// Cuts `dim` values into `learners` slices.
    ///
    /// # Errors
    /// Where either is zero or a learner would be left without a value (as `dim` = 10, `learners` = 7).
    pub const fn new(dim: usize, learners: usize) -> Result<Self, LayoutError> {
        if dim == 0 || learners == 0 {
            return Err(LayoutError::Zero { dim, learners });
        }
        let slice = dim.div_ceil(learners);
        let most = dim.div_ceil(slice);
        if most < learners {
            return Err(LayoutError::EmptyLearner { dim, learners, slice, empty: most, most });
        }
        Ok(Self { dim, learners })
    }

    /// Values of the whole embedding.
    pub const fn dim(&self) -> usize {
        self.dim
    }

    /// Number of learners, K.
    pub const fn learners(&self) -> usize {
        self.learners
    }

    /// Whether all slices have the same width, so that a reshape can cut them.
    pub const fn is_even(&self) -> bool {
        self.dim.is_multiple_of(self.learners)
    }

    /// The values of learner `k`.
    ///
    /// # Panics
    /// Where `k` is not below [`learners`](Self::learners).
    pub fn slice(&self, k: usize) -> Range<usize> {
        assert!(k < self.learners, "learner {k} of {}", self.learners);
        let width = self.dim.div_ceil(self.learners);
        k * width..((k + 1) * width).min(self.dim)
    }

    /// All slices, in the order of their learners.
    pub fn slices(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let layout = *self;
        (0..layout.learners).map(move |k| layout.slice(k))
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    #[test]
    fn slices_cover_every_value_once() {
        for dim in 1..60 {
            for learners in 1..12 {
                let Ok(layout) = EmbeddingLayout::new(dim, learners) else { continue };
                let covered: Vec<usize> = layout.slices().flatten().collect();
                assert_eq!(covered, (0..dim).collect::<Vec<_>>(), "{dim} / {learners}");
                assert!(layout.slices().all(|s| !s.is_empty()), "{dim} / {learners}");
            }
        }
    }

    #[test]
    fn an_empty_learner_is_refused() {
        let error = EmbeddingLayout::new(10, 7).unwrap_err();
        assert!(matches!(error, LayoutError::EmptyLearner { most: 5, empty: 5, .. }), "{error}");
        assert!(EmbeddingLayout::new(10, 4).is_ok());
        assert!(EmbeddingLayout::new(0, 1).is_err());
    }
}
