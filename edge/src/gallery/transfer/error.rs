//! What can be wrong with an exported file.

use std::io;
use std::path::PathBuf;

use super::super::{GalleryError, Space};

/// A file that cannot be imported. The gallery that it was meant for is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The system refused to read.
    #[error("cannot read {}: {source}; check the path", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It does not begin as an exported gallery does.
    #[error("{}: not an exported gallery; give a file that `dnc-edge gallery export --to FILE` wrote", path.display())]
    NotAnExport {
        /// The file.
        path: PathBuf,
    },
    /// It has another version.
    #[error("{}: export version {found}, this build reads {}; use a newer release", path.display(), super::stream::VERSION)]
    Version {
        /// The file.
        path: PathBuf,
        /// Version found.
        found: u16,
    },
    /// It ends before its last record.
    #[error("{}: cut off after {at} bytes; copy the whole file again", path.display())]
    Cut {
        /// The file.
        path: PathBuf,
        /// Bytes that are there.
        at: u64,
    },
    /// Its content is not what was written.
    #[error(
        "{}: damaged in record {record}, which begins at byte {at}: {reason}; copy the file again or export again",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Number of the record, from 0.
        record: u64,
        /// Where it begins.
        at: u64,
        /// What was found.
        reason: String,
    },
    /// It was exported from a gallery of another model.
    #[error(
        "{}: exported with model space {found}, {} is of {wanted}: embeddings of two models cannot be compared; import \
         it into a gallery of its own and make one for your model from its thumbnails: \
         dnc-edge gallery import --gallery OLD --from {}, then \
         dnc-edge gallery re-embed --bundle B --gallery OLD --out NEW",
        path.display(), gallery.display(), path.display()
    )]
    OtherSpace {
        /// The file.
        path: PathBuf,
        /// The gallery.
        gallery: PathBuf,
        /// Space of the file.
        found: Box<Space>,
        /// Space of the gallery.
        wanted: Box<Space>,
    },
    /// The gallery cannot be written.
    #[error(transparent)]
    Gallery(#[from] GalleryError),
}
