//! Reading the committed state.

use std::collections::HashMap;

use dnc_core::int8;
use dnc_core::manifest::hex;
use dnc_core::normalize::group_normalize;
use dnc_core::scan::{Rows, Scan};
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata};
use serde::Serialize;

use super::tables::{EMBEDDINGS, IDENTITIES, IDENTITY_VIEWS, PICTURES, VIEWS, ViewRow};
use super::{Gallery, GalleryError, Snapshot};

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
        identities: &impl ReadableTable<u64, (&'static str, &'static str)>,
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
            let embeddings = read.open_table(EMBEDDINGS)?;
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

    /// Copies the committed state into memory for searching: f32 embeddings where they are kept, decoded int8
    /// codes (group-normalised again) elsewhere. Searches read every row as f32: exact.
    ///
    /// # Errors
    /// Where the file cannot be read or a row contradicts another.
    pub fn snapshot(&self) -> Result<Snapshot, GalleryError> {
        self.snapshot_for(Scan::F32)
    }

    /// [`snapshot`](Self::snapshot), with rows read as `scan` says.
    ///
    /// # Errors
    /// As it.
    pub fn snapshot_for(&self, scan: Scan) -> Result<Snapshot, GalleryError> {
        let layout = self.space.layout;
        self.reading(|read| {
            let (mut values, mut identity_of, mut names) = (Vec::new(), Vec::new(), Vec::new());
            let (identities, embeddings) = (read.open_table(IDENTITIES)?, read.open_table(EMBEDDINGS)?);
            let mut positions: HashMap<u64, u32> = HashMap::new();
            let mut embedding = vec![0.0f32; layout.dim()];
            for row in read.open_table(VIEWS)?.iter()? {
                let (id, row) = row?;
                let (identity, scale, code, ..) = row.value();
                let lost = |what: &str| redb::Error::Corrupted(format!("view {} has {what}", id.value()));
                match embeddings.get(id.value())? {
                    Some(kept) => {
                        let (values, rest) = kept.value().as_chunks::<4>();
                        if values.len() != layout.dim() || !rest.is_empty() {
                            return Err(lost("an embedding of another width"));
                        }
                        embedding.iter_mut().zip(values).for_each(|(e, v)| *e = f32::from_le_bytes(*v));
                    }
                    None => {
                        if code.len() != layout.dim() {
                            return Err(lost("a code of another width"));
                        }
                        let code: Vec<i8> = code.iter().map(|c| c.cast_signed()).collect();
                        int8::decode(&code, scale, &mut embedding);
                        group_normalize(&mut embedding, &layout);
                    }
                }
                let position = match positions.get(&identity) {
                    Some(position) => *position,
                    None => {
                        let facts = identities.get(identity)?.ok_or_else(|| lost("no identity"))?;
                        names.push(facts.value().0.to_owned());
                        let position = names.len() as u32 - 1;
                        positions.insert(identity, position);
                        position
                    }
                };
                values.extend_from_slice(&embedding);
                identity_of.push(position);
            }
            let rows = Rows::new(layout.dim(), values, identity_of, scan);
            Ok(Snapshot { path: self.path.clone(), space: self.space.clone(), rows, names })
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
