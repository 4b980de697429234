//! Removing an identity with all its views, in one transaction.

use super::transaction::refuse;
use super::{Gallery, GalleryError};

impl Gallery {
    /// Removes the identity called `name`, with its views and its bars, and answers how many views went with it. When
    /// this returns `Ok`, the removal is on the disk; on an error of the disk it is there as a whole or not at all.
    ///
    /// # Errors
    /// Where there is no such identity, the gallery is open for reading only, or the disk refuses.
    pub fn remove(&mut self, name: &str) -> Result<usize, GalleryError> {
        let missing = self.no_identity(name);
        self.writing(|tables| {
            let Some(identity) = tables.identity(name)? else { return refuse(missing) };
            Ok(tables.remove_identity(identity, name)?)
        })
    }
}
