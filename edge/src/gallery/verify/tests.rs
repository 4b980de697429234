//! Every table harmed by itself.

use dnc_core::EmbeddingLayout;
use dnc_core::manifest::Precision;

use super::*;
use crate::gallery::tables::{BARRED, SEEN, THUMBNAILS, ViewRow};
use crate::gallery::{MAX_THUMBNAIL_BYTES, NewView, Space};
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
        thumbnail: Some(vec![i + 1; 4]),
    };
    gallery.enroll(&(0..6).map(view).collect::<Vec<_>>()).unwrap();
    gallery
}

fn edited(edit: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut gallery = gallery(folder.path());
    gallery.bar_views("id2", &[6]).unwrap();
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
        "view 5 is beyond the next id, 3",
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
        ((1, 0.01, &[1, 2], "0.jpg", &[0; 32], "then", "f32"), "enrolled at \"then\""),
    ] {
        says(
            edited(|t| {
                t.open_table(VIEWS)?.insert(1, harmed)?;
                Ok(())
            }),
            words,
        );
    }
    says(
        edited(|t| {
            t.open_table(THUMBNAILS)?.insert(60, &[1u8; 8][..])?;
            Ok(())
        }),
        "thumbnail of view 60",
    );
    says(
        edited(|t| {
            t.open_table(THUMBNAILS)?.insert(1, &[][..])?;
            Ok(())
        }),
        "thumbnail of view 1 has 0 bytes",
    );
    says(
        edited(|t| {
            t.open_table(SEEN)?.insert(9, "2026-01-01T00:00:00Z")?;
            Ok(())
        }),
        "identity 9 was seen",
    );
    says(
        edited(|t| {
            t.open_table(SEEN)?.insert(1, "yesterday")?;
            Ok(())
        }),
        "\"yesterday\"",
    );
    let values = [0.6f32.to_le_bytes(), 0.8f32.to_le_bytes()].concat();
    let bar = |identity: u64, picture: [u8; 32], values: &[u8], time: &str, thumbnail: &[u8]| {
        edited(|t| {
            t.open_table(BARRED)?.insert((identity, &picture), (values, "x.jpg", time, "f32", thumbnail))?;
            Ok(())
        })
    };
    let time = "2026-01-01T00:00:00Z";
    assert_eq!(bar(1, [99; 32], &values, time, &[]), Vec::<String>::new());
    assert_eq!(bar(1, [99; 32], &[], time, &[1]), Vec::<String>::new(), "of another model, and no picture was kept");
    says(bar(9, [99; 32], &values, time, &[]), "identity 9, which is not there");
    says(bar(1, [1; 32], &values, time, &[]), "is enrolled under it");
    says(bar(1, [99; 32], &values[..4], time, &[]), "an embedding of 4 bytes");
    says(bar(1, [99; 32], &nan, time, &[]), "an embedding of 8 bytes, or a value that is no number");
    says(bar(1, [99; 32], &values, "now", &[]), "\"now\"");
    says(bar(1, [99; 32], &values, time, &vec![0; MAX_THUMBNAIL_BYTES + 1]), "has 1048577 bytes");
}
