//! Who is query and who is gallery.

use dnc_core::metrics::{Labelled, RetrievalScores, retrieval};

use crate::Sample;

/// How a test part is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// Every picture is a query against all others.
    LeaveOneOut,
    /// Queries against the gallery, as the set names them.
    QueryGallery,
    /// The same; gallery pictures of the query's identity by the query's own camera are passed over.
    CameraAware,
    /// One random picture of each identity as gallery, the others as queries; mean and deviation of the draws.
    GalleryDraws {
        /// Number of draws.
        draws: usize,
        /// Seed of the draws.
        seed: u64,
    },
}

impl Protocol {
    /// Name for reports and manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::LeaveOneOut => "leave-one-out",
            Self::QueryGallery => "query-gallery",
            Self::CameraAware => "camera-aware",
            Self::GalleryDraws { .. } => "gallery-draws",
        }
    }

    /// Scores row-major `embeddings` (`samples.len()` × `dim`), a row for each sample.
    ///
    /// # Panics
    /// Where there is not a row for each sample.
    pub fn score(self, samples: &[&Sample], embeddings: &[f32], dim: usize, ks: &[usize]) -> RetrievalScores {
        let labels: Vec<u32> = samples.iter().map(|s| s.identity).collect();
        let set = Labelled::new(embeddings, dim, &labels);
        // The others are filled in on branch metrics.
        retrieval(set, set, ks, |query, row| query == row)
    }
}
