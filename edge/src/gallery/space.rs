//! The embedding space that a gallery is bound to.

use std::fmt;

use dnc_core::EmbeddingLayout;
use dnc_core::manifest::Manifest;

/// What makes two embeddings comparable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    /// Identifier of weights, preprocessing and slices: the manifest's `space_id`.
    pub space_id: String,
    /// Slices of the embeddings.
    pub layout: EmbeddingLayout,
}

impl Space {
    /// The space of a bundle's embeddings.
    ///
    /// # Panics
    /// Where the manifest's slices cannot be cut, which [`Manifest::parse`] and so
    /// [`Bundle::open`](crate::Bundle::open) refuse.
    pub fn of(manifest: &Manifest) -> Self {
        let layout = manifest.layout().expect("a parsed manifest's slices can be cut");
        Self { space_id: manifest.space_id.clone(), layout }
    }
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} values, {} slices)", self.space_id, self.layout.dim(), self.layout.learners())
    }
}
