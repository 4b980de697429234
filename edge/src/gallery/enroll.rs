//! Enrolling views: a batch is one transaction.

use dnc_core::int8;
use dnc_core::manifest::Precision;
use redb::{ReadableTable, Table, WriteTransaction};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::read::Duplicate;
use super::tables::{EMBEDDINGS, IDENTITIES, IDENTITY_VIEWS, NAMES, NEXT_IDS, PICTURES, VIEWS};
use super::{Gallery, GalleryError, MAX_NAME_BYTES};
use crate::embedder;

/// A view to be enrolled.
#[derive(Debug, Clone, PartialEq)]
pub struct NewView {
    /// Name of its identity; made where the gallery has none of this name.
    pub identity: String,
    /// Group-normalised embedding, d values.
    pub embedding: Vec<f32>,
    /// Where the picture came from, as its path.
    pub source: String,
    /// SHA-256 of the picture's bytes.
    pub picture_sha256: [u8; 32],
    /// Precision of the variant that embedded it.
    pub precision: Precision,
    /// Whether the f32 embedding is kept beside the int8 code: 4·d bytes more, and searches on exact values.
    pub keep_f32: bool,
}

/// What became of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is enrolled, with this id.
    Enrolled(u64),
    /// The same picture was enrolled before; nothing was written for it.
    Duplicate(Duplicate),
}

impl Gallery {
    /// Enrols a batch. When this returns `Ok`, every view of it is on the disk. On an error of the disk the
    /// gallery, once opened again, has the whole batch or nothing of it; on any other error, nothing.
    ///
    /// # Errors
    /// Where an embedding or a name cannot be used, the gallery is open for reading only, or the disk refuses.
    pub fn enroll(&mut self, views: &[NewView]) -> Result<Vec<Outcome>, GalleryError> {
        for view in views {
            self.check_view(view)?;
        }
        let transaction = self.begin_write()?;
        let outcomes = write_views(&transaction, views).map_err(|e| self.storage_error(e))?;
        transaction.commit().map_err(|e| self.storage_error(e))?;
        Ok(outcomes)
    }

    fn check_view(&self, view: &NewView) -> Result<(), GalleryError> {
        check_name(&view.identity)?;
        let (of, layout) = (view.source.clone(), &self.space.layout);
        if view.embedding.len() != layout.dim() {
            return Err(GalleryError::Width { of, found: view.embedding.len(), expected: layout.dim() });
        }
        embedder::check(&view.embedding, layout)
            .map_err(|source| GalleryError::Embedding { of, source: Box::new(source) })
    }
}

/// Whether an identity may be called so.
pub(super) fn check_name(name: &str) -> Result<(), GalleryError> {
    let fits = !name.trim().is_empty() && name.len() <= MAX_NAME_BYTES && !name.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(GalleryError::Name { name: name.to_owned() }) }
}

fn write_views(transaction: &WriteTransaction, views: &[NewView]) -> Result<Vec<Outcome>, redb::Error> {
    let now = now();
    let mut next_ids = transaction.open_table(NEXT_IDS)?;
    let mut identities = transaction.open_table(IDENTITIES)?;
    let mut names = transaction.open_table(NAMES)?;
    let mut rows = transaction.open_table(VIEWS)?;
    let mut embeddings = transaction.open_table(EMBEDDINGS)?;
    let mut identity_views = transaction.open_table(IDENTITY_VIEWS)?;
    let mut pictures = transaction.open_table(PICTURES)?;
    let mut outcomes = Vec::with_capacity(views.len());
    for view in views {
        let known = pictures.get(&view.picture_sha256)?.map(|id| id.value());
        if let Some(id) = known {
            outcomes.push(Outcome::Duplicate(Duplicate::of(id, &rows, &identities)?));
            continue;
        }
        let known = names.get(view.identity.as_str())?.map(|id| id.value());
        let identity = match known {
            Some(id) => id,
            None => {
                let id = take_id(&mut next_ids, "identity")?;
                names.insert(view.identity.as_str(), id)?;
                identities.insert(id, (view.identity.as_str(), now.as_str()))?;
                id
            }
        };
        let id = take_id(&mut next_ids, "view")?;
        let mut code = vec![0i8; view.embedding.len()];
        let scale = int8::encode(&view.embedding, &mut code);
        let code: Vec<u8> = code.iter().map(|c| c.cast_unsigned()).collect();
        let (source, precision) = (view.source.as_str(), precision_name(view.precision));
        let row = (identity, scale, code.as_slice(), source, &view.picture_sha256, now.as_str(), precision);
        rows.insert(id, row)?;
        if view.keep_f32 {
            let bytes: Vec<u8> = view.embedding.iter().flat_map(|v| v.to_le_bytes()).collect();
            embeddings.insert(id, bytes.as_slice())?;
        }
        identity_views.insert((identity, id), ())?;
        pictures.insert(&view.picture_sha256, id)?;
        outcomes.push(Outcome::Enrolled(id));
    }
    Ok(outcomes)
}

fn take_id(next_ids: &mut Table<'_, &'static str, u64>, kind: &'static str) -> Result<u64, redb::Error> {
    let id = next_ids.get(kind)?.map_or(1, |next| next.value());
    next_ids.insert(kind, id + 1)?;
    Ok(id)
}

fn precision_name(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "f32",
        Precision::F16 => "f16",
        Precision::Int8 => "int8",
    }
}

/// This moment in UTC, RFC 3339, whole seconds.
fn now() -> String {
    let now = OffsetDateTime::now_utc();
    // A year of five digits is the only time that RFC 3339 cannot hold.
    now.replace_nanosecond(0).unwrap_or(now).format(&Rfc3339).unwrap_or_else(|_| now.to_string())
}
