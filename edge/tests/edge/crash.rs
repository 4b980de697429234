//! Galleries that something else damaged.

use std::path::Path;

use dnc_edge::Gallery;
use redb::{Database, TableDefinition};

use crate::gallery::{space, view};

fn filled(path: &Path) {
    let mut gallery = Gallery::create_or_open(path, &space()).unwrap();
    gallery.enroll(&(0..20).map(|i| view(i, i % 4)).collect::<Vec<_>>()).unwrap();
}

#[test]
fn another_format_version_and_another_database_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("later.gallery");
    filled(&path);
    let meta: TableDefinition<'_, &str, &str> = TableDefinition::new("meta");
    let db = Database::open(&path).unwrap();
    let transaction = db.begin_write().unwrap();
    transaction.open_table(meta).unwrap().insert("format", "3").unwrap();
    transaction.commit().unwrap();
    drop(db);
    let error = Gallery::open(&path).unwrap_err().to_string();
    assert!(
        error.contains("later.gallery") && error.contains("format 3") && error.contains("reads 1 and 2"),
        "{error}"
    );

    let path = dir.path().join("stock.redb");
    let db = Database::create(&path).unwrap();
    let transaction = db.begin_write().unwrap();
    let stock: TableDefinition<'_, &str, u64> = TableDefinition::new("stock");
    transaction.open_table(stock).unwrap().insert("apples", 3).unwrap();
    transaction.commit().unwrap();
    drop(db);
    for error in [Gallery::open(&path).unwrap_err(), Gallery::create_or_open(&path, &space()).unwrap_err()] {
        let error = error.to_string();
        assert!(error.contains("stock.redb") && error.contains("not a gallery"), "{error}");
    }
}

#[test]
fn a_gallery_cut_short_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cut.gallery");
    filled(&path);
    let whole = std::fs::read(&path).unwrap();
    for cut in [1, 100, 4096, 8192, whole.len() / 2, whole.len() - 4096] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let read = Gallery::open(&path).and_then(|g| g.snapshot().map(|s| s.views()));
        match read {
            Ok(views) => assert_eq!(views, 20, "cut to {cut} of {} bytes", whole.len()),
            Err(error) => assert!(error.to_string().contains("cut.gallery"), "{error}"),
        }
    }
}
