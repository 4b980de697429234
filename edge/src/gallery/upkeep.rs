//! What a gallery's file holds, and giving back what it no longer needs.

use redb::{CompactionError, ReadableTable, ReadableTableMetadata};
use serde::{Deserialize, Serialize};

use super::read::if_there;
use super::tables::{BARRED, EMBEDDINGS, IDENTITIES, IDENTITY_VIEWS, NAMES, PICTURES, SEEN, THUMBNAILS, VIEWS};
use super::{Gallery, GalleryError, Storage};

/// What a gallery's file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Identities.
    pub identities: u64,
    /// Those of them that have no view.
    pub without_views: u64,
    /// Views.
    pub views: u64,
    /// Views of the identity that has most.
    pub most_views: u64,
    /// Views with an f32 embedding beside the int8 code.
    pub with_f32: u64,
    /// Views with a small picture.
    pub thumbnails: u64,
    /// Bytes of the small pictures.
    pub thumbnail_bytes: u64,
    /// Views barred from an identity.
    pub bars: u64,
    /// When the oldest view was enrolled.
    pub oldest: Option<String>,
    /// When the newest view was enrolled.
    pub newest: Option<String>,
    /// Bytes of all rows, without the pages around them.
    pub stored_bytes: u64,
}

impl Gallery {
    /// Counts what is kept.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn stats(&self) -> Result<Stats, GalleryError> {
        self.reading(|read| {
            let (identities, views) = (read.open_table(IDENTITIES)?, read.open_table(VIEWS)?);
            let (listed, embeddings) = (read.open_table(IDENTITY_VIEWS)?, read.open_table(EMBEDDINGS)?);
            let mut stats = Stats { identities: identities.len()?, views: views.len()?, ..Stats::default() };
            stats.with_f32 = embeddings.len()?;
            let (mut with_views, mut run, mut last) = (0, 0, None);
            // The pairs stand in the order of the identities: each is one run.
            for pair in listed.iter()? {
                let (identity, _) = pair?.0.value();
                if last != Some(identity) {
                    (with_views, run, last) = (with_views + 1, 0, Some(identity));
                }
                run += 1;
                stats.most_views = stats.most_views.max(run);
            }
            stats.without_views = stats.identities.saturating_sub(with_views);
            for row in views.iter()? {
                let row = row?.1;
                let time = row.value().5;
                if stats.oldest.as_deref().is_none_or(|oldest| time < oldest) {
                    stats.oldest = Some(time.to_owned());
                }
                if stats.newest.as_deref().is_none_or(|newest| time > newest) {
                    stats.newest = Some(time.to_owned());
                }
            }
            let (names, pictures) = (read.open_table(NAMES)?, read.open_table(PICTURES)?);
            stats.stored_bytes = identities.stats()?.stored_bytes()
                + views.stats()?.stored_bytes()
                + listed.stats()?.stored_bytes()
                + embeddings.stats()?.stored_bytes()
                + names.stats()?.stored_bytes()
                + pictures.stats()?.stored_bytes();
            if let Some(thumbnails) = if_there(read, THUMBNAILS)? {
                stats.thumbnails = thumbnails.len()?;
                for row in thumbnails.iter()? {
                    stats.thumbnail_bytes += row?.1.value().len() as u64;
                }
                stats.stored_bytes += thumbnails.stats()?.stored_bytes();
            }
            if let Some(barred) = if_there(read, BARRED)? {
                stats.bars = barred.len()?;
                stats.stored_bytes += barred.stats()?.stored_bytes();
            }
            if let Some(seen) = if_there(read, SEEN)? {
                stats.stored_bytes += seen.stats()?.stored_bytes();
            }
            Ok(stats)
        })
    }

    /// Moves what is kept to the front of the file and cuts the rest off; no content changes. Answers whether anything
    /// was moved. The file is shorter once the gallery is closed.
    ///
    /// # Errors
    /// Where another process is reading just now, the gallery is open for reading only, or the disk refuses. What was
    /// committed is kept.
    pub fn compact(&mut self) -> Result<bool, GalleryError> {
        let path = self.path.clone();
        let Storage::Writing(db) = &mut self.storage else { return Err(GalleryError::ReadOnly { path }) };
        db.compact().map_err(|error| match error {
            CompactionError::TransactionInProgress => GalleryError::BeingRead { path },
            other => GalleryError::storage(&path, other),
        })
    }
}
