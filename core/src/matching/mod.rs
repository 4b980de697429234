//! Matching of int8 codes against a gallery block, without a heap: what a microcontroller runs, and what the
//! host runs to say what the microcontroller will answer.
//!
//! A code `c` stands for the embedding `c · scale`; its slices are compared by their directions alone, so the
//! scale cancels: similarity = (1/K) Σₖ (aₖ·bₖ) / (‖aₖ‖ ‖bₖ‖) in code units, K learners. That is
//! [`crate::distance::similarity`] of the decoded and group-normalised embeddings, but for rounding. The dot
//! products are exact integers and every float operation has one order, so two machines agree to the last bit.

mod block;
#[cfg(feature = "std")]
mod build;
mod ranking;
#[cfg(all(test, feature = "std"))]
mod tests;

pub use block::{BlockError, GalleryBlock, MAX_LEARNERS, MAX_NAME};
#[cfg(feature = "std")]
pub use build::{BuildError, GalleryBlockBuilder};
pub use ranking::{Ranked, Ranking};

use crate::decision::Decision;
use crate::{EmbeddingLayout, int8};

/// The gallery's answer to one probe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Known, unsure or unknown.
    pub decision: Decision,
    /// The nearest identity; `None` where the gallery is empty. It is accepted only where the decision is
    /// [`Decision::Known`].
    pub best: Option<Ranked>,
    /// The second-nearest identity, where the gallery holds two.
    pub runner_up: Option<Ranked>,
}

/// Writes 1/‖cₖ‖, in code units, for every learner's slice of `code`; 0 for a slice of zeros, which is then
/// similar to nothing.
///
/// # Panics
/// Where `code` has not the layout's number of values or `inverses` not one value for each learner.
pub fn inverse_lengths(code: &[i8], layout: &EmbeddingLayout, inverses: &mut [f32]) {
    assert_eq!(code.len(), layout.dim(), "a code has as many values as its layout");
    assert_eq!(inverses.len(), layout.learners(), "one length for each learner");
    for (inverse, slice) in inverses.iter_mut().zip(layout.slices()) {
        let slice = &code[slice];
        let squares = int8::dot(slice, slice);
        *inverse = if squares == 0 { 0.0 } else { 1.0 / libm::sqrtf(squares as f32) };
    }
}

/// Similarity of two codes from their inverse lengths; in \[−1, 1\] but for rounding.
///
/// # Panics
/// Where a code or its lengths do not fit the layout.
pub fn similarity(a: (&[i8], &[f32]), b: (&[i8], &[f32]), layout: &EmbeddingLayout) -> f32 {
    let lengths = a.1.iter().zip(b.1).map(|(x, y)| x * y);
    let sum: f32 = layout
        .slices()
        .zip(lengths)
        .map(|(slice, inverse)| int8::dot(&a.0[slice.clone()], &b.0[slice]) as f32 * inverse)
        .sum();
    sum / layout.learners() as f32
}
