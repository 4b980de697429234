//! How a gallery in memory is searched.

use dnc_core::scan::Scan;

use super::GalleryError;

/// What a search reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// Every row.
    Rows(Scan),
    /// The rows that an approximate index leads to (feature `hnsw`).
    Hnsw,
}

impl Default for Search {
    /// Exact.
    fn default() -> Self {
        Self::Rows(Scan::F32)
    }
}

impl From<Scan> for Search {
    fn from(scan: Scan) -> Self {
        Self::Rows(scan)
    }
}

impl Search {
    /// Whether this build can search so.
    ///
    /// # Errors
    /// Where it is without the feature.
    pub fn check(self) -> Result<(), GalleryError> {
        match self {
            Self::Hnsw if !cfg!(feature = "hnsw") => Err(GalleryError::NoIndex),
            Self::Hnsw | Self::Rows(_) => Ok(()),
        }
    }

    /// How the rows are kept for it; those that an index leads to are compared in f32.
    pub(super) fn rows(self) -> Scan {
        match self {
            Self::Rows(scan) => scan,
            Self::Hnsw => Scan::F32,
        }
    }
}

#[cfg(all(test, not(feature = "hnsw")))]
mod tests {
    use super::*;

    #[test]
    fn a_build_without_the_index_names_the_feature() {
        let said = Search::Hnsw.check().unwrap_err().to_string();
        assert!(said.contains("--features hnsw") && said.contains("--scan int8"), "{said}");
    }
}
