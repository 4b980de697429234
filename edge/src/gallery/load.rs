//! Copying the committed state into memory.

use std::collections::HashMap;

use dnc_core::int8;
use dnc_core::normalize::group_normalize;
use dnc_core::scan::{Rows, Scan};
use redb::{ReadTransaction, ReadableTable};

use super::read::if_there;
use super::tables::{BARRED, EMBEDDINGS, IDENTITIES, VIEWS};
use super::{Committed, Gallery, GalleryError, Search, Snapshot};

impl Gallery {
    /// Copies the committed state into memory for searching: f32 embeddings where they are kept, decoded int8
    /// codes (group-normalised again) elsewhere. Searches read every row as f32: exact.
    ///
    /// # Errors
    /// Where the file cannot be read or a row contradicts another.
    pub fn snapshot(&self) -> Result<Snapshot, GalleryError> {
        self.snapshot_for(Scan::F32.into())
    }

    /// [`snapshot`](Self::snapshot), searched as `search` says.
    ///
    /// # Errors
    /// As it, and where no index can be made.
    pub fn snapshot_for(&self, search: Search) -> Result<Snapshot, GalleryError> {
        self.committed()?.snapshot(search)
    }
}

impl Committed {
    /// [`Gallery::snapshot_for`] of this state.
    ///
    /// # Errors
    /// As it.
    pub fn snapshot(&self, search: Search) -> Result<Snapshot, GalleryError> {
        search.check()?;
        let layout = self.space.layout;
        let snapshot = self.reading(|read| {
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
            let barred = barred(read, &positions, layout.dim())?;
            let rows = Rows::new(layout.dim(), values, identity_of, search.rows());
            let (path, space) = (self.path.clone(), self.space.clone());
            Ok(Snapshot { path, space, rows, names, barred, index: None })
        })?;
        snapshot.prepared(search)
    }
}

/// Embeddings barred from each identity that has a view, by its position, one after another.
fn barred(
    read: &ReadTransaction,
    positions: &HashMap<u64, u32>,
    dim: usize,
) -> Result<HashMap<u32, Vec<f32>>, redb::Error> {
    let mut all: HashMap<u32, Vec<f32>> = HashMap::new();
    let Some(table) = if_there(read, BARRED)? else { return Ok(all) };
    for row in table.iter()? {
        let (key, row) = row?;
        let (identity, bytes) = (key.value().0, row.value().0);
        let (values, rest) = bytes.as_chunks::<4>();
        if bytes.is_empty() {
            continue;
        }
        if values.len() != dim || !rest.is_empty() {
            let text = format!("a view barred from identity {identity} has an embedding of another width");
            return Err(redb::Error::Corrupted(text));
        }
        if let Some(position) = positions.get(&identity) {
            all.entry(*position).or_default().extend(values.iter().map(|v| f32::from_le_bytes(*v)));
        }
    }
    Ok(all)
}
