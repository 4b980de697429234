//! Removing an identity with all its views, in one transaction.

use redb::WriteTransaction;

use super::tables::{EMBEDDINGS, IDENTITIES, IDENTITY_VIEWS, NAMES, PICTURES, VIEWS, views_of};
use super::{Gallery, GalleryError};

impl Gallery {
    /// Removes the identity called `name` and answers how many views went with it. When this returns `Ok`, the
    /// removal is on the disk; on an error of the disk it is there as a whole or not at all.
    ///
    /// # Errors
    /// Where there is no such identity, the gallery is open for reading only, or the disk refuses.
    pub fn remove(&mut self, name: &str) -> Result<usize, GalleryError> {
        let transaction = self.begin_write()?;
        let removed = remove_rows(&transaction, name).map_err(|e| self.storage_error(e))?;
        let Some(views) = removed else {
            return Err(GalleryError::NoIdentity { path: self.path.clone(), name: name.to_owned() });
        };
        transaction.commit().map_err(|e| self.storage_error(e))?;
        Ok(views)
    }
}

fn remove_rows(transaction: &WriteTransaction, name: &str) -> Result<Option<usize>, redb::Error> {
    let mut names = transaction.open_table(NAMES)?;
    let Some(identity) = names.remove(name)?.map(|id| id.value()) else { return Ok(None) };
    transaction.open_table(IDENTITIES)?.remove(identity)?;
    let mut identity_views = transaction.open_table(IDENTITY_VIEWS)?;
    let ids = views_of(&identity_views, identity)?;
    let mut views = transaction.open_table(VIEWS)?;
    let mut embeddings = transaction.open_table(EMBEDDINGS)?;
    let mut pictures = transaction.open_table(PICTURES)?;
    for id in &ids {
        identity_views.remove((identity, *id))?;
        embeddings.remove(*id)?;
        let picture = views.remove(*id)?.map(|row| *row.value().4);
        if let Some(picture) = picture {
            pictures.remove(&picture)?;
        }
    }
    Ok(Some(ids.len()))
}
