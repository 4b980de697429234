//! Reading the committed state.

use std::collections::HashMap;

use dnc_core::manifest::hex;
use redb::{
    Key, ReadOnlyTable, ReadTransaction, ReadableTable, ReadableTableMetadata, TableDefinition, TableError, Value,
};
use serde::Serialize;

use super::tables::{
    BARRED, EMBEDDINGS, IDENTITIES, IDENTITY_VIEWS, IdentityRow, PICTURES, THUMBNAILS, VIEWS, ViewRow,
};
use super::{Gallery, GalleryError};

/// An enrolled identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Its id, never given again after a removal.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// When it was created, RFC 3339, UTC.
    pub created: String,
    /// Number of its views.
    pub views: usize,
}

/// An enrolled view, without its embedding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct View {
    /// Its id.
    pub id: u64,
    /// Id of its identity.
    pub identity: u64,
    /// Where the picture came from.
    pub source: String,
    /// SHA-256 of the picture's bytes, hex.
    pub picture_sha256: String,
    /// When it was enrolled, RFC 3339, UTC.
    pub time: String,
    /// Precision of the variant that embedded it: `f32`, `f16` or `int8`.
    pub precision: String,
    /// Whether the f32 embedding is kept.
    pub has_f32: bool,
    /// Whether a small picture is kept.
    pub has_thumbnail: bool,
}

/// A view that is not of an identity, without its embedding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BarredView {
    /// Id of the identity that it is barred from.
    pub identity: u64,
    /// Where the picture came from.
    pub source: String,
    /// SHA-256 of the picture's bytes, hex.
    pub picture_sha256: String,
    /// When it was barred, RFC 3339, UTC.
    pub time: String,
    /// Precision of the variant that embedded it.
    pub precision: String,
    /// Whether its embedding is known. It is not where a gallery was re-embedded and no picture of it was kept: it keeps
    /// the same picture from being enrolled then, and plays no part in a search.
    pub has_embedding: bool,
    /// Whether a small picture is kept.
    pub has_thumbnail: bool,
}

/// A picture that is enrolled already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// Its view.
    pub view: u64,
    /// Name of the identity it is enrolled under.
    pub identity: String,
}

/// Size of a gallery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Identities.
    pub identities: u64,
    /// Views.
    pub views: u64,
}

impl Counts {
    pub(super) fn of(read: &ReadTransaction) -> Result<Self, redb::Error> {
        let identities = read.open_table(IDENTITIES)?.len()?;
        Ok(Self { identities, views: read.open_table(VIEWS)?.len()? })
    }
}

impl Duplicate {
    pub(super) fn of(
        view: u64,
        views: &impl ReadableTable<u64, ViewRow>,
        identities: &impl ReadableTable<u64, IdentityRow>,
    ) -> Result<Self, redb::Error> {
        let lost = |what| redb::Error::Corrupted(format!("view {view} of a picture has no {what}"));
        let identity = views.get(view)?.ok_or_else(|| lost("row"))?.value().0;
        let row = identities.get(identity)?.ok_or_else(|| lost("identity"))?;
        Ok(Self { view, identity: row.value().0.to_owned() })
    }
}

impl Gallery {
    /// Numbers of identities and views.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn counts(&self) -> Result<Counts, GalleryError> {
        self.reading(Counts::of)
    }

    /// All identities, in the order of their creation.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn identities(&self) -> Result<Vec<Identity>, GalleryError> {
        self.reading(|read| {
            let mut views: HashMap<u64, usize> = HashMap::new();
            for pair in read.open_table(IDENTITY_VIEWS)?.iter()? {
                *views.entry(pair?.0.value().0).or_default() += 1;
            }
            let mut list = Vec::new();
            for row in read.open_table(IDENTITIES)?.iter()? {
                let (id, facts) = row?;
                let (id, (name, created)) = (id.value(), facts.value());
                let views = views.get(&id).copied().unwrap_or(0);
                list.push(Identity { id, name: name.to_owned(), created: created.to_owned(), views });
            }
            Ok(list)
        })
    }

    /// All views, in the order of their enrolment.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn views(&self) -> Result<Vec<View>, GalleryError> {
        self.reading(|read| {
            let (embeddings, thumbnails) = (read.open_table(EMBEDDINGS)?, if_there(read, THUMBNAILS)?);
            let mut list = Vec::new();
            for row in read.open_table(VIEWS)?.iter()? {
                let (id, row) = row?;
                let (identity, _, _, source, picture, time, precision) = row.value();
                list.push(View {
                    id: id.value(),
                    identity,
                    source: source.to_owned(),
                    picture_sha256: hex(picture),
                    time: time.to_owned(),
                    precision: precision.to_owned(),
                    has_f32: embeddings.get(id.value())?.is_some(),
                    has_thumbnail: match &thumbnails {
                        Some(thumbnails) => thumbnails.get(id.value())?.is_some(),
                        None => false,
                    },
                });
            }
            Ok(list)
        })
    }

    /// The enrolled view of the picture whose bytes have this SHA-256, where there is one.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn find_picture(&self, sha256: &[u8; 32]) -> Result<Option<Duplicate>, GalleryError> {
        self.reading(|read| {
            let Some(view) = read.open_table(PICTURES)?.get(sha256)? else { return Ok(None) };
            let found = Duplicate::of(view.value(), &read.open_table(VIEWS)?, &read.open_table(IDENTITIES)?)?;
            Ok(Some(found))
        })
    }

    /// All bars, by identity and picture.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn bars(&self) -> Result<Vec<BarredView>, GalleryError> {
        self.reading(|read| {
            let mut list = Vec::new();
            let Some(barred) = if_there(read, BARRED)? else { return Ok(list) };
            for row in barred.iter()? {
                let (key, row) = row?;
                let ((identity, picture), (values, source, time, precision, thumbnail)) = (key.value(), row.value());
                list.push(BarredView {
                    identity,
                    source: source.to_owned(),
                    picture_sha256: hex(picture),
                    time: time.to_owned(),
                    precision: precision.to_owned(),
                    has_embedding: !values.is_empty(),
                    has_thumbnail: !thumbnail.is_empty(),
                });
            }
            Ok(list)
        })
    }

    /// The small picture kept of a view, where there is one.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn thumbnail(&self, view: u64) -> Result<Option<Vec<u8>>, GalleryError> {
        self.reading(|read| {
            let Some(thumbnails) = if_there(read, THUMBNAILS)? else { return Ok(None) };
            Ok(thumbnails.get(view)?.map(|kept| kept.value().to_owned()))
        })
    }

    pub(super) fn reading<T>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, GalleryError> {
        let transaction = self.begin_read()?;
        read(&transaction).map_err(|e| self.storage_error(e))
    }
}

/// A table that a gallery of format version 1 has not.
pub(super) fn if_there<K: Key + 'static, V: Value + 'static>(
    read: &ReadTransaction,
    table: TableDefinition<'_, K, V>,
) -> Result<Option<ReadOnlyTable<K, V>>, redb::Error> {
    match read.open_table(table) {
        Ok(table) => Ok(Some(table)),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
