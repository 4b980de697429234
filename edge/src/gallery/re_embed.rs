//! A gallery for another model, from the small pictures that were kept.

use std::collections::HashMap;

use dnc_core::manifest::Precision;
use redb::ReadableTable;

use super::enroll::check_embedding;
use super::read::if_there;
use super::tables::{BARRED, EMBEDDINGS, IDENTITIES, SEEN, THUMBNAILS, VIEWS};
use super::transaction::Stop;
use super::write::{Entry, Kept, bytes_of};
use super::{Gallery, GalleryError};
use crate::runtime::precision_name;

/// What a re-embedding carried over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReEmbedded {
    /// Identities, all of them.
    pub identities: usize,
    /// Views with a new embedding.
    pub views: usize,
    /// Bars with a new embedding.
    pub bars: usize,
    /// What has no new embedding.
    pub left_out: Vec<LeftOut>,
}

/// A view that is not in the new gallery, or a bar that is there without an embedding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Name of its identity.
    pub identity: String,
    /// Where the picture came from.
    pub source: String,
    /// Whether it is a bar.
    pub bar: bool,
    /// Why.
    pub reason: String,
}

/// Gives small pictures to the new model: an embedding for each, or why there is none.
pub type Embedded<E> = Result<Vec<Result<Vec<f32>, String>>, E>;

/// A view or a bar on its way.
struct Carried {
    identity: u64,
    source: String,
    picture: [u8; 32],
    time: String,
    keep_f32: bool,
    thumbnail: Vec<u8>,
}

impl Gallery {
    /// Writes every identity, view and bar into `new`, an empty gallery of another model, with the embeddings that
    /// `embed` gives for batches of at most `batch` small pictures. Names and times stay, the ids are new. This gallery
    /// is not changed. A view without a small picture is left out; so is the embedding of such a bar: the same picture
    /// is still not enrolled, and the bar plays no part in a search.
    ///
    /// # Errors
    /// What `embed` says, and where one of the two galleries cannot be read or written; `new` has a part of it then.
    pub fn re_embed_into<E: From<GalleryError>>(
        &self,
        new: &mut Self,
        precision: Precision,
        batch: usize,
        mut embed: impl FnMut(&[&[u8]]) -> Embedded<E>,
    ) -> Result<ReEmbedded, E> {
        let mut done = ReEmbedded::default();
        let names = self.carry_identities(new)?;
        done.identities = names.len();
        let name = |identity: u64| names.get(&identity).cloned().unwrap_or_default();
        for bar in [false, true] {
            let ids = if bar { self.ids_of_bars()? } else { self.ids_of_views()? };
            for ids in ids.chunks(batch.max(1)) {
                let rows = ids.iter().map(|id| self.carried(id)).collect::<Result<Vec<_>, _>>()?;
                let rows: Vec<Carried> = rows.into_iter().flatten().collect();
                let pictures: Vec<&[u8]> =
                    rows.iter().map(|row| &*row.thumbnail).filter(|bytes| !bytes.is_empty()).collect();
                let mut embedded = embed(&pictures)?.into_iter();
                let mut values = Vec::with_capacity(rows.len());
                for row in &rows {
                    let found = match row.thumbnail.is_empty() {
                        true => Err("no thumbnail was kept".to_owned()),
                        false => embedded.next().unwrap_or_else(|| Err("the model gave no embedding".to_owned())),
                    };
                    if let Err(reason) = &found {
                        let (identity, source) = (name(row.identity), row.source.clone());
                        done.left_out.push(LeftOut { identity, source, bar, reason: reason.clone() });
                    }
                    if let Ok(values) = &found {
                        check_embedding(values, &new.space.layout, &row.source)?;
                        if bar {
                            done.bars += 1
                        } else {
                            done.views += 1
                        };
                    }
                    values.push(found.ok());
                }
                new.take_over(&rows, &values, &names, precision, bar)?;
            }
        }
        Ok(done)
    }

    /// Makes this gallery's identities in `new`; answers their names.
    fn carry_identities(&self, new: &mut Self) -> Result<HashMap<u64, String>, GalleryError> {
        let rows = self.reading(|read| {
            let seen = if_there(read, SEEN)?;
            let mut rows = Vec::new();
            for row in read.open_table(IDENTITIES)?.iter()? {
                let (id, facts) = row?;
                let (id, (name, created)) = (id.value(), facts.value());
                let seen = match &seen {
                    Some(seen) => seen.get(id)?.map(|time| time.value().to_owned()),
                    None => None,
                };
                rows.push((id, name.to_owned(), created.to_owned(), seen));
            }
            Ok(rows)
        })?;
        new.writing(|tables| {
            for (_, name, created, seen) in &rows {
                let identity = tables.identity_or_new(name, created)?;
                if let Some(seen) = seen {
                    tables.saw(identity, seen)?;
                }
            }
            Ok::<_, Stop<GalleryError>>(())
        })?;
        Ok(rows.into_iter().map(|(id, name, ..)| (id, name)).collect())
    }

    fn ids_of_views(&self) -> Result<Vec<Id>, GalleryError> {
        self.reading(|read| {
            let (table, mut ids) = (read.open_table(VIEWS)?, Vec::new());
            for row in table.iter()? {
                ids.push(Id::View(row?.0.value()));
            }
            Ok(ids)
        })
    }

    fn ids_of_bars(&self) -> Result<Vec<Id>, GalleryError> {
        self.reading(|read| {
            let (table, mut ids) = (if_there(read, BARRED)?, Vec::new());
            let Some(table) = table else { return Ok(ids) };
            for row in table.iter()? {
                let (key, _) = row?;
                let (identity, picture) = key.value();
                ids.push(Id::Bar(identity, *picture));
            }
            Ok(ids)
        })
    }

    /// What is kept under an id; nothing where it was removed meanwhile.
    fn carried(&self, id: &Id) -> Result<Option<Carried>, GalleryError> {
        self.reading(|read| match id {
            Id::View(id) => {
                let views = read.open_table(VIEWS)?;
                let Some(row) = views.get(*id)? else { return Ok(None) };
                let (identity, _, _, source, picture, time, _) = row.value();
                let thumbnail = match if_there(read, THUMBNAILS)? {
                    Some(kept) => kept.get(*id)?.map(|bytes| bytes.value().to_owned()).unwrap_or_default(),
                    None => Vec::new(),
                };
                Ok(Some(Carried {
                    identity,
                    source: source.to_owned(),
                    picture: *picture,
                    time: time.to_owned(),
                    keep_f32: read.open_table(EMBEDDINGS)?.get(*id)?.is_some(),
                    thumbnail,
                }))
            }
            Id::Bar(identity, picture) => {
                let Some(barred) = if_there(read, BARRED)? else { return Ok(None) };
                let Some(row) = barred.get((*identity, picture))? else { return Ok(None) };
                let (_, source, time, _, thumbnail) = row.value();
                Ok(Some(Carried {
                    identity: *identity,
                    source: source.to_owned(),
                    picture: *picture,
                    time: time.to_owned(),
                    keep_f32: true,
                    thumbnail: thumbnail.to_owned(),
                }))
            }
        })
    }

    fn take_over(
        &mut self,
        rows: &[Carried],
        values: &[Option<Vec<f32>>],
        names: &HashMap<u64, String>,
        precision: Precision,
        bar: bool,
    ) -> Result<(), GalleryError> {
        let precision = precision_name(precision);
        self.writing(|tables| {
            for (row, values) in rows.iter().zip(values) {
                // An identity that was made after the names were read has not been carried.
                let Some(name) = names.get(&row.identity) else { continue };
                let Some(identity) = tables.identity(name)? else { continue };
                let (source, time, thumbnail) = (&*row.source, &*row.time, &*row.thumbnail);
                if bar {
                    let values = values.as_deref().map(bytes_of).unwrap_or_default();
                    let row_of = (values.as_slice(), source, time, precision, thumbnail);
                    tables.barred.insert((identity, &row.picture), row_of)?;
                } else if let Some(values) = values
                    && tables.duplicate(&row.picture)?.is_none()
                {
                    let kept = Kept::Values { values, keep: row.keep_f32 };
                    let entry = Entry { kept, source, picture: &row.picture, time, precision, thumbnail };
                    tables.add(identity, entry)?;
                }
            }
            Ok(())
        })
    }
}

/// Where a view or a bar stands in its table.
enum Id {
    View(u64),
    Bar(u64, [u8; 32]),
}
