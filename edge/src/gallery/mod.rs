//! The gallery: enrolled identities and their views in one crash-safe file, bound to one embedding space.

mod bar;
mod codes;
mod committed;
mod enroll;
mod error;
mod expire;
#[cfg(feature = "hnsw")]
mod index;
mod load;
mod migrate;
mod moment;
#[cfg(not(feature = "hnsw"))]
mod no_index;
mod open;
mod re_embed;
mod read;
mod recall;
mod remove;
mod rename;
mod revision;
mod search;
mod snapshot;
mod space;
mod tables;
mod transaction;
mod transfer;
mod upkeep;
mod verify;
mod write;

use std::path::{Path, PathBuf};

use redb::{Database, Durability, ReadOnlyDatabase, ReadTransaction, ReadableDatabase, WriteTransaction};

#[cfg(feature = "hnsw")]
use index::Index;
#[cfg(not(feature = "hnsw"))]
use no_index::Index;

pub use bar::BarOutcome;
pub use codes::CodedView;
pub use committed::Committed;
pub use enroll::{NewView, Outcome};
pub use error::GalleryError;
pub use expire::{Age, Expired};
pub use re_embed::{Embedded, LeftOut, ReEmbedded};
pub use read::{BarredView, Counts, Duplicate, Identity, View};
pub use recall::Recall;
pub use revision::Revision;
pub use search::Search;
pub use snapshot::Snapshot;
pub use space::Space;
pub use tables::FORMAT;
pub use transfer::{Contents, ImportError, Imported, check_export};
pub use upkeep::Stats;
pub use verify::Verified;

/// Longest name of an identity, bytes.
pub const MAX_NAME_BYTES: usize = 256;

/// Longest small picture that is kept of a view, bytes.
pub const MAX_THUMBNAIL_BYTES: usize = 1 << 20;

/// Memory, in bytes, that redb may use for its page cache. The search runs on a [`Snapshot`], not on pages.
const CACHE_BYTES: usize = 16 << 20;

/// An opened gallery. One process may have it open for writing, others read it meanwhile.
#[derive(Debug)]
pub struct Gallery {
    storage: Storage,
    path: PathBuf,
    space: Space,
    format: &'static str,
    revision: Revision,
}

enum Storage {
    Writing(Database),
    Reading(ReadOnlyDatabase),
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Writing(_) => "Writing",
            Self::Reading(_) => "Reading",
        })
    }
}

impl Gallery {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The embedding space that it is bound to.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// Version of its format: [`FORMAT`], or an older one where it was opened for reading only.
    pub fn format(&self) -> &'static str {
        self.format
    }

    /// Checks that embeddings of `space` may be compared with this gallery's.
    ///
    /// # Errors
    /// Where the gallery was made with another model; the error names both.
    pub fn check_space(&self, space: &Space) -> Result<(), GalleryError> {
        if self.space == *space {
            return Ok(());
        }
        Err(GalleryError::OtherSpace {
            path: self.path.clone(),
            found: Box::new(self.space.clone()),
            wanted: Box::new(space.clone()),
        })
    }

    fn storage_error(&self, error: impl Into<redb::Error>) -> GalleryError {
        GalleryError::storage(&self.path, error)
    }

    fn begin_read(&self) -> Result<ReadTransaction, GalleryError> {
        match &self.storage {
            Storage::Writing(db) => db.begin_read(),
            Storage::Reading(db) => db.begin_read(),
        }
        .map_err(|e| self.storage_error(e))
    }

    /// Begins a transaction that is on the disk when its commit returns.
    fn begin_write(&self) -> Result<WriteTransaction, GalleryError> {
        let Storage::Writing(db) = &self.storage else {
            return Err(GalleryError::ReadOnly { path: self.path.clone() });
        };
        let mut transaction = db.begin_write().map_err(|e| self.storage_error(e))?;
        transaction.set_durability(Durability::Immediate).map_err(|e| self.storage_error(e))?;
        Ok(transaction)
    }
}
