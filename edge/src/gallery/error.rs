//! What can be wrong with a gallery.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::Space;
use crate::embedder::EmbedError;

/// A gallery that cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GalleryError {
    /// There is no such file.
    #[error("{}: no such gallery; `dnc-edge enroll --bundle B --gallery {}` makes one", path.display(), path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is no gallery.
    #[error("{}: not a gallery ({reason}); give another --gallery", path.display())]
    NotAGallery {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file has another format version.
    #[error(
        "{}: gallery format {found}, this build reads {}; use the release that wrote it, or enrol again",
        path.display(), super::tables::READ.join(" and ")
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// Version found.
        found: String,
    },
    /// The gallery belongs to another model.
    #[error(
        "{}: made with model space {found}, the bundle's is {wanted}: embeddings of two models cannot be compared; \
         use that model's bundle, make a gallery for this one from the thumbnails that `dnc-edge enroll \
         --keep-thumbnails` kept: dnc-edge gallery re-embed --bundle B --gallery {} --out NEW, or enrol the pictures into \
         a new gallery: dnc-edge enroll --bundle B --gallery NEW PICTURES",
        path.display(), path.display()
    )]
    OtherSpace {
        /// The file.
        path: PathBuf,
        /// Space of the gallery.
        found: Box<Space>,
        /// Space of the bundle.
        wanted: Box<Space>,
    },
    /// Another process holds the file.
    #[error("{}: another process is writing to this gallery; wait until it has ended", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// Another process is in the middle of reading.
    #[error("{}: another process is reading this gallery just now; give the same command again", path.display())]
    BeingRead {
        /// The file.
        path: PathBuf,
    },
    /// The gallery was opened for reading.
    #[error("{}: opened for reading only; open it for writing", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// This build has no approximate index.
    #[error(
        "this build of dnc-edge has no approximate index; build it with `cargo build --release -p dnc-edge --features hnsw` \
         (which needs a C++ compiler), or give --scan int8"
    )]
    NoIndex,
    /// No approximate index could be made.
    #[error("{}: no index of {views} views could be made: {reason}; give --scan int8, which needs no index", path.display())]
    Index {
        /// The file.
        path: PathBuf,
        /// Views of the gallery.
        views: usize,
        /// What the index says.
        reason: String,
    },
    /// The system refused to read or write.
    #[error("{}: {source}; {}", path.display(), next_step(source))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file's content contradicts itself.
    #[error("{}: the gallery is damaged: {reason}; restore a copy, or enrol into a new gallery", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// No identity has this name.
    #[error("{}: no identity {name:?}; `dnc-edge list --gallery {}` shows them", path.display(), path.display())]
    NoIdentity {
        /// The file.
        path: PathBuf,
        /// The name asked for.
        name: String,
    },
    /// The name is another identity's.
    #[error(
        "{}: an identity {name:?} is there already; `dnc-edge gallery merge` joins two, or choose another name",
        path.display()
    )]
    NameTaken {
        /// The file.
        path: PathBuf,
        /// The name asked for.
        name: String,
    },
    /// A view is not one of the identity's.
    #[error(
        "{}: view {view} is not one of {name:?}; `dnc-edge gallery views --gallery {} --identity NAME` shows them",
        path.display(), path.display()
    )]
    NotItsView {
        /// The file.
        path: PathBuf,
        /// The view named.
        view: u64,
        /// The identity.
        name: String,
    },
    /// None or all views of an identity were named for a new one.
    #[error(
        "{named} of the {of} views of {name:?} are named: a split takes some of them and leaves some; \
         `dnc-edge gallery rename` gives the whole identity another name"
    )]
    SplitOfAll {
        /// The identity.
        name: String,
        /// Views named.
        named: usize,
        /// Views that it has.
        of: usize,
    },
    /// A picture is not barred from the identity.
    #[error(
        "{}: picture {} is not barred from {name:?}; `dnc-edge gallery views --gallery {} --barred` shows those that are",
        path.display(), dnc_core::manifest::hex(picture), path.display()
    )]
    NotBarred {
        /// The file.
        path: PathBuf,
        /// SHA-256 of the picture's bytes.
        picture: [u8; 32],
        /// The identity.
        name: String,
    },
    /// A small picture that is too long to be kept.
    #[error(
        "the thumbnail of {of} has {bytes} bytes, at most {} are kept; give a smaller --keep-thumbnails",
        super::MAX_THUMBNAIL_BYTES
    )]
    Thumbnail {
        /// What it shows.
        of: String,
        /// Its length.
        bytes: usize,
    },
    /// An identity was to be merged into itself.
    #[error("{name:?} cannot be merged into itself; name two identities")]
    MergedWithItself {
        /// The name.
        name: String,
    },
    /// A name that cannot be kept.
    #[error(
        "identity name {name:?}: 1 to {} bytes without control characters are needed; choose another name",
        super::MAX_NAME_BYTES
    )]
    Name {
        /// The name.
        name: String,
    },
    /// An embedding that no model of this space gives.
    #[error("the embedding of {of} cannot be used: {source}")]
    Embedding {
        /// What was embedded.
        of: String,
        /// What is wrong with it.
        source: Box<EmbedError>,
    },
    /// An embedding of another width.
    #[error("the embedding of {of} has {found} values, the gallery keeps {expected}; use the gallery's own model")]
    Width {
        /// What was embedded.
        of: String,
        /// Values given.
        found: usize,
        /// Values needed.
        expected: usize,
    },
}

/// What a person can do about an error of the system.
fn next_step(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "free some space and give the same command again: what was committed is kept"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "check the file's owner and permissions, or give another --gallery"
        }
        ErrorKind::Unsupported => "put the gallery on a local disk",
        _ => "check the path and the disk; what was committed is kept",
    }
}

impl GalleryError {
    /// Sorts an error of the storage by what can be done about it.
    pub(super) fn storage(path: &Path, error: impl Into<redb::Error>) -> Self {
        let path = path.to_owned();
        match error.into() {
            redb::Error::Io(source) if source.kind() == ErrorKind::NotFound => Self::Missing { path },
            redb::Error::Io(source) if source.kind() == ErrorKind::InvalidData => {
                Self::NotAGallery { path, reason: source.to_string() }
            }
            redb::Error::Io(source) => Self::Io { path, source },
            redb::Error::DatabaseAlreadyOpen => Self::Busy { path },
            redb::Error::PreviousIo => {
                Self::Io { path, source: io::Error::other("an earlier write to this gallery failed") }
            }
            // Another release of redb has the file open and locks it by other rules.
            redb::Error::LockProtocolMismatch => Self::Busy { path },
            redb::Error::Unsupported => {
                let source = io::Error::new(ErrorKind::Unsupported, "this file system has no file locks");
                Self::Io { path, source }
            }
            other @ redb::Error::UpgradeRequired(_) => Self::Format { path, found: other.to_string() },
            other => Self::Damaged { path, reason: other.to_string() },
        }
    }
}
