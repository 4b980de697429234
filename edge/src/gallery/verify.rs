//! Whether every table of a gallery agrees with every other.

use std::collections::HashMap;

use dnc_core::manifest::hex;
use redb::{ReadTransaction, ReadableTable};

use super::moment::is_kept;
use super::read::Counts;
use super::tables::{EMBEDDINGS, IDENTITIES, IDENTITY_VIEWS, NAMES, NEXT_IDS, PICTURES, VIEWS};
use super::{Gallery, GalleryError, MAX_NAME_BYTES, MAX_THUMBNAIL_BYTES};

mod rest;

/// What a look at every row found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What was looked at.
    pub counts: Counts,
    /// What contradicts what, one sentence each; empty where all is well.
    pub faults: Vec<String>,
}

impl Gallery {
    /// Reads every row of the committed state and compares the tables with each other: names with identities, views
    /// with identities, pictures, codes and embeddings, thumbnails, bars and sightings, ids with those to be given next.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn verify(&self) -> Result<Verified, GalleryError> {
        let dim = self.space.layout.dim();
        self.reading(|read| Ok(Verified { counts: Counts::of(read)?, faults: faults(read, dim)? }))
    }
}

fn faults(read: &ReadTransaction, dim: usize) -> Result<Vec<String>, redb::Error> {
    let mut faults = Vec::new();
    let (identities, names) = (read.open_table(IDENTITIES)?, read.open_table(NAMES)?);
    let (views, embeddings) = (read.open_table(VIEWS)?, read.open_table(EMBEDDINGS)?);
    let (identity_views, pictures) = (read.open_table(IDENTITY_VIEWS)?, read.open_table(PICTURES)?);
    let next_ids = read.open_table(NEXT_IDS)?;
    let next = |kind| -> Result<u64, redb::Error> { Ok(next_ids.get(kind)?.map_or(1, |next| next.value())) };
    let (next_identity, next_view) = (next("identity")?, next("view")?);

    for row in identities.iter()? {
        let (id, facts) = row?;
        let (id, (name, created)) = (id.value(), facts.value());
        if names.get(name)?.map(|of| of.value()) != Some(id) {
            faults.push(format!("identity {id} is called {name:?}, a name that leads elsewhere"));
        }
        if name.is_empty() || name.len() > MAX_NAME_BYTES || !is_kept(created) {
            faults.push(format!("identity {id} has the name {name:?} and was created {created:?}"));
        }
        if id >= next_identity {
            faults.push(format!("identity {id} is beyond the next id, {next_identity}"));
        }
    }
    for row in names.iter()? {
        let (name, id) = row?;
        if identities.get(id.value())?.is_none() {
            faults.push(format!("the name {:?} leads to identity {}, which is not there", name.value(), id.value()));
        }
    }
    let mut listed: HashMap<u64, u64> = HashMap::new();
    for pair in identity_views.iter()? {
        let (identity, view) = pair?.0.value();
        if listed.insert(view, identity).is_some() {
            faults.push(format!("view {view} is listed under two identities"));
        }
        if views.get(view)?.is_none() {
            faults.push(format!("identity {identity} lists view {view}, which is not there"));
        }
    }
    for row in views.iter()? {
        let (id, row) = row?;
        let (id, (identity, scale, code, _, picture, time, precision)) = (id.value(), row.value());
        if identities.get(identity)?.is_none() {
            faults.push(format!("view {id} is of identity {identity}, which is not there"));
        }
        if listed.get(&id) != Some(&identity) {
            faults.push(format!("view {id} is of identity {identity}, which does not list it"));
        }
        if code.len() != dim || !scale.is_finite() || scale < 0.0 {
            faults.push(format!("view {id} has a code of {} values and scale {scale}, not {dim} values", code.len()));
        }
        if pictures.get(picture)?.map(|of| of.value()) != Some(id) {
            faults.push(format!("view {id} is of picture {}, which leads elsewhere", hex(picture)));
        }
        if !["f32", "f16", "int8"].contains(&precision) {
            faults.push(format!("view {id} has the unknown precision {precision:?}"));
        }
        if !is_kept(time) {
            faults.push(format!("view {id} was enrolled at {time:?}, which is no time"));
        }
        if id >= next_view {
            faults.push(format!("view {id} is beyond the next id, {next_view}"));
        }
    }
    for row in pictures.iter()? {
        let (picture, view) = row?;
        if views.get(view.value())?.is_none() {
            faults.push(format!("picture {} leads to view {}, which is not there", hex(picture.value()), view.value()));
        }
    }
    for row in embeddings.iter()? {
        let (view, kept) = row?;
        let (view, bytes) = (view.value(), kept.value());
        if views.get(view)?.is_none() {
            faults.push(format!("an embedding of view {view} is kept, which is not there"));
        }
        let (values, rest) = bytes.as_chunks::<4>();
        if values.len() != dim || !rest.is_empty() || values.iter().any(|v| !f32::from_le_bytes(*v).is_finite()) {
            faults
                .push(format!("the embedding of view {view} has {} bytes, or a value that is no number", bytes.len()));
        }
    }
    rest::faults(read, dim, &mut faults)?;
    Ok(faults)
}

#[cfg(test)]
mod tests;
