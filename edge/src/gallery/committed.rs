//! The committed state at one moment, to be read while the gallery is written to.

use std::path::PathBuf;

use redb::ReadTransaction;

use super::revision::Revision;
use super::{Gallery, GalleryError, Space, Storage};

/// A committed state. It stays readable, and keeps its pages in the file, until it is dropped.
pub struct Committed {
    pub(super) path: PathBuf,
    pub(super) space: Space,
    revision: Option<Revision>,
    read: ReadTransaction,
}

impl Gallery {
    /// The state as it is committed now.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn committed(&self) -> Result<Committed, GalleryError> {
        let (path, space, revision) = (self.path.clone(), self.space.clone(), self.revision());
        Ok(Committed { path, space, revision, read: self.begin_read()? })
    }

    /// Stands for what a search of the committed state reads: while it stays, nothing of that has changed. `None` where
    /// the gallery is open for reading only: another process may change it.
    pub fn revision(&self) -> Option<Revision> {
        match self.storage {
            Storage::Writing(_) => Some(self.revision),
            Storage::Reading(_) => None,
        }
    }
}

impl Committed {
    /// As [`Gallery::revision`], of this state.
    pub fn revision(&self) -> Option<Revision> {
        self.revision
    }

    pub(super) fn reading<T>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, GalleryError> {
        read(&self.read).map_err(|e| GalleryError::storage(&self.path, e))
    }
}
