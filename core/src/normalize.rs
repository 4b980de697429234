//! Group normalisation: each learner's slice to unit length.

use crate::EmbeddingLayout;

/// Below this length a slice is divided by the bound instead, so that a slice of zeros stays zeros
/// (PyTorch's `F.normalize` has the same bound).
pub const MIN_NORM: f32 = 1e-12;

/// Scales `values` to unit Euclidean length, in place.
pub fn l2_normalize(values: &mut [f32]) {
    let squares: f32 = values.iter().map(|v| v * v).sum();
    let norm = libm::sqrtf(squares).max(MIN_NORM);
    for value in values {
        *value /= norm;
    }
}

/// Scales every learner's slice of `embedding` to unit length, in place; the whole then has length √K.
///
/// # Panics
/// Where `embedding` does not have the layout's number of values.
pub fn group_normalize(embedding: &mut [f32], layout: &EmbeddingLayout) {
    assert_eq!(embedding.len(), layout.dim(), "an embedding has as many values as its layout");
    for slice in layout.slices() {
        l2_normalize(&mut embedding[slice]);
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    #[test]
    fn every_slice_gets_unit_length_and_zeros_stay() {
        let layout = EmbeddingLayout::new(5, 2).unwrap();
        let mut e = [3.0, 4.0, 0.0, 0.0, 0.0];
        group_normalize(&mut e, &layout);
        assert_eq!(e, [0.6, 0.8, 0.0, 0.0, 0.0]);
    }
}
