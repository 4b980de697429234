//! A change is one transaction: it is on the disk as a whole, or there is no trace of it.

use super::revision::{Effect, Revision};
use super::write::Tables;
use super::{Gallery, GalleryError};

/// Why a transaction was given up: the storage's fault, or the caller's.
pub(super) enum Stop<E> {
    Storage(redb::Error),
    Refused(E),
}

impl<S: Into<redb::Error>, E> From<S> for Stop<E> {
    fn from(error: S) -> Self {
        Self::Storage(error.into())
    }
}

/// A refusal, to be returned with `?`.
pub(super) fn refuse<T, E>(error: E) -> Result<T, Stop<E>> {
    Err(Stop::Refused(error))
}

impl Gallery {
    /// Runs `change` in a transaction that is on the disk when this returns `Ok`, and leaves no trace otherwise.
    pub(super) fn writing<T, E: From<GalleryError>>(
        &mut self,
        change: impl FnOnce(&mut Tables<'_>) -> Result<T, Stop<E>>,
    ) -> Result<T, E> {
        let transaction = self.begin_write()?;
        let done = Tables::open(&transaction)
            .map_err(Stop::from)
            .and_then(|mut tables| change(&mut tables).map(|done| (done, tables.effect)));
        match done {
            Ok((done, Effect::Nothing)) => Ok(transaction.abort().map(|()| done).map_err(|e| self.storage_error(e))?),
            Ok((done, effect)) => {
                // Before the commit: where that fails, nobody knows what is on the disk.
                if effect == Effect::Searched {
                    self.revision = Revision::next();
                }
                Ok(transaction.commit().map(|()| done).map_err(|e| self.storage_error(e))?)
            }
            Err(Stop::Storage(error)) => Err(self.storage_error(error).into()),
            Err(Stop::Refused(error)) => Err(error),
        }
    }

    pub(super) fn no_identity(&self, name: &str) -> GalleryError {
        GalleryError::NoIdentity { path: self.path.clone(), name: name.to_owned() }
    }
}
