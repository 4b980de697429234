//! Whether every table of a gallery agrees with every other.

use std::collections::HashMap;

use dnc_core::manifest::hex;
use redb::{ReadTransaction, ReadableTable};

use super::read::Counts;
use super::tables::{EMBEDDINGS, IDENTITIES, IDENTITY_VIEWS, NAMES, NEXT_IDS, PICTURES, VIEWS};
use super::{Gallery, GalleryError, MAX_NAME_BYTES};

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
    /// with identities, pictures, codes and embeddings, ids with those to be given next.
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
        if name.is_empty() || name.len() > MAX_NAME_BYTES || created.is_empty() {
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
        let (id, (identity, scale, code, _, picture, _, precision)) = (id.value(), row.value());
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
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use dnc_core::EmbeddingLayout;
    use dnc_core::manifest::Precision;

    use super::*;
    use crate::gallery::tables::ViewRow;
    use crate::gallery::{NewView, Space};
    use redb::WriteTransaction;

    fn gallery(folder: &std::path::Path) -> Gallery {
        let space = Space { space_id: "0".repeat(64), layout: EmbeddingLayout::new(2, 1).unwrap() };
        let mut gallery = Gallery::create_or_open(&folder.join("g"), &space).unwrap();
        let view = |i: u8| NewView {
            identity: format!("id{}", i / 2),
            embedding: vec![0.6, 0.8],
            source: format!("{i}.jpg"),
            picture_sha256: [i; 32],
            precision: Precision::F32,
            keep_f32: i.is_multiple_of(2),
        };
        gallery.enroll(&(0..6).map(view).collect::<Vec<_>>()).unwrap();
        gallery
    }

    fn edited(edit: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let gallery = gallery(folder.path());
        assert_eq!(gallery.verify().unwrap().faults, Vec::<String>::new());
        let transaction = gallery.begin_write().unwrap();
        edit(&transaction).unwrap();
        transaction.commit().unwrap();
        gallery.verify().unwrap().faults
    }

    /// Each table harmed by itself: every harm is found, by the sentence that tells of it.
    #[test]
    fn every_contradiction_is_found() {
        let says = |faults: Vec<String>, words: &str| {
            assert!(faults.iter().any(|fault| fault.contains(words)), "{words:?} is not in {faults:?}");
        };
        says(
            edited(|t| {
                t.open_table(NAMES)?.remove("id1")?;
                Ok(())
            }),
            "a name that leads elsewhere",
        );
        says(
            edited(|t| {
                t.open_table(NAMES)?.insert("ghost", 9)?;
                Ok(())
            }),
            "\"ghost\" leads to identity 9",
        );
        says(
            edited(|t| {
                t.open_table(IDENTITIES)?.remove(2)?;
                Ok(())
            }),
            "of identity 2, which is not there",
        );
        says(
            edited(|t| {
                t.open_table(NEXT_IDS)?.insert("view", 3)?;
                Ok(())
            }),
            "view 6 is beyond the next id, 3",
        );
        says(
            edited(|t| {
                t.open_table(NEXT_IDS)?.insert("identity", 1)?;
                Ok(())
            }),
            "identity 3 is beyond",
        );
        says(
            edited(|t| {
                t.open_table(VIEWS)?.remove(4)?;
                Ok(())
            }),
            "lists view 4, which is not there",
        );
        says(
            edited(|t| {
                t.open_table(IDENTITY_VIEWS)?.remove((1, 1))?;
                Ok(())
            }),
            "which does not list it",
        );
        says(
            edited(|t| {
                t.open_table(IDENTITY_VIEWS)?.insert((2, 1), ())?;
                Ok(())
            }),
            "listed under two identities",
        );
        says(
            edited(|t| {
                t.open_table(PICTURES)?.remove(&[3; 32])?;
                Ok(())
            }),
            "which leads elsewhere",
        );
        says(
            edited(|t| {
                t.open_table(PICTURES)?.insert(&[77; 32], 50)?;
                Ok(())
            }),
            "leads to view 50",
        );
        says(
            edited(|t| {
                t.open_table(EMBEDDINGS)?.insert(1, &[0u8; 5][..])?;
                Ok(())
            }),
            "has 5 bytes",
        );
        says(
            edited(|t| {
                t.open_table(EMBEDDINGS)?.insert(60, &[0u8; 8][..])?;
                Ok(())
            }),
            "embedding of view 60",
        );
        let nan = [f32::NAN.to_le_bytes(), 0f32.to_le_bytes()].concat();
        says(
            edited(|t| {
                t.open_table(EMBEDDINGS)?.insert(1, nan.as_slice())?;
                Ok(())
            }),
            "a value that is no number",
        );
        let row = |code: &'static [u8], scale: f32, precision: &'static str| -> ViewRow {
            (1, scale, code, "0.jpg", &[0; 32], "2026-01-01T00:00:00Z", precision)
        };
        for (harmed, words) in [
            (row(&[1, 2, 3], 0.01, "f32"), "a code of 3 values"),
            (row(&[1, 2], f32::NAN, "f32"), "scale NaN"),
            (row(&[1, 2], 0.01, "f64"), "unknown precision"),
        ] {
            says(
                edited(|t| {
                    t.open_table(VIEWS)?.insert(1, harmed)?;
                    Ok(())
                }),
                words,
            );
        }
    }
}
