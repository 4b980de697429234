//! Whether what a model gave is an embedding.

use dnc_core::EmbeddingLayout;
use dnc_core::distance::dot;

use super::{EmbedError, LENGTH_TOLERANCE};

/// Checks that every value is finite and every learner's slice has length 1.
pub(crate) fn check(embedding: &[f32], layout: &EmbeddingLayout) -> Result<(), EmbedError> {
    if let Some((index, value)) = embedding.iter().enumerate().find(|(_, v)| !v.is_finite()) {
        return Err(EmbedError::NotFinite { index, value: *value });
    }
    for (learner, slice) in layout.slices().enumerate() {
        let length = dot(&embedding[slice.clone()], &embedding[slice]).sqrt();
        if (length - 1.0).abs() > LENGTH_TOLERANCE {
            return Err(EmbedError::NotNormalised { learner, length });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finite_group_normalised_embeddings_pass() {
        let layout = EmbeddingLayout::new(4, 2).unwrap();
        assert!(check(&[0.6, 0.8, 0.0, -1.0], &layout).is_ok());
        let short = check(&[0.6, 0.8, 0.0, 0.9], &layout).unwrap_err();
        assert!(matches!(short, EmbedError::NotNormalised { learner: 1, .. }), "{short}");
        let zeros = check(&[0.0, 0.0, 0.0, 1.0], &layout).unwrap_err();
        assert!(matches!(zeros, EmbedError::NotNormalised { learner: 0, .. }), "{zeros}");
        let nan = check(&[0.6, 0.8, f32::NAN, 1.0], &layout).unwrap_err();
        assert!(matches!(nan, EmbedError::NotFinite { index: 2, .. }), "{nan}");
    }
}
