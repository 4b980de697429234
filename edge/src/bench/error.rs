//! What can go wrong while measuring.

use std::path::PathBuf;

use dnc_core::picture::PictureError;

use crate::live::RegionError;
use crate::{BundleError, EmbedError, GalleryError};

/// A measurement that cannot be made, or a report that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchError {
    /// The bundle cannot be used.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The model cannot be loaded or run.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// A picture cannot be read.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The box cuts nothing out of a picture.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// The gallery cannot be read.
    #[error(transparent)]
    Gallery(#[from] GalleryError),
    /// The built-in pictures cannot be encoded.
    #[error("cannot encode a built-in picture: {0}; give pictures of your own")]
    Encode(#[from] image::ImageError),
    /// A report cannot be read.
    #[error("cannot read report {}: {reason}", path.display())]
    Report {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A report of another form.
    #[error("report {} has format {found}, this program reads {}; measure again with this version", path.display(), super::report::FORMAT)]
    ReportFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// Two reports have nothing in common.
    #[error("{} and {} measured no variant with the same library, threads and batch: nothing to compare", a.display(), b.display())]
    NothingInCommon {
        /// One file.
        a: PathBuf,
        /// The other.
        b: PathBuf,
    },
}
