//! Galleries that earlier releases wrote. A kept file of each version stands in `files`; it was written by that
//! release's own code and is never written again.

use std::path::{Path, PathBuf};

use dnc_edge::gallery::{Age, Outcome};
use dnc_edge::{Gallery, GalleryError, Space};
use time::OffsetDateTime;

use crate::gallery::{embedding, layout, space, view};
use crate::power_cut::{Disk, EVERY_LOSS};

/// Version 1, by commit 56f753e (redb 4.6.0): ten views of id0 to id4, every third without its f32 embedding; id1 merged
/// into id2, id3 removed, id4 renamed to "van 4"; then picture 20 enrolled as id0.
const FORMAT_1: &[u8] = include_bytes!("files/format-1.gallery.zip");

fn unpacked(zipped: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zipped)).unwrap();
    let mut bytes = Vec::new();
    std::io::copy(&mut archive.by_index(0).unwrap(), &mut bytes).unwrap();
    bytes
}

fn written(dir: &tempfile::TempDir) -> PathBuf {
    let path = dir.path().join("old.gallery");
    std::fs::write(&path, unpacked(FORMAT_1)).unwrap();
    path
}

/// Picture and name, in the order of enrolment.
const CONTENT: [(&str, &str); 9] = [
    ("0.png", "id0"),
    ("1.png", "id2"),
    ("2.png", "id2"),
    ("4.png", "van 4"),
    ("5.png", "id0"),
    ("6.png", "id2"),
    ("7.png", "id2"),
    ("9.png", "van 4"),
    ("20.png", "id0"),
];

fn content(gallery: &Gallery) -> Vec<(String, String)> {
    let identities = gallery.identities().unwrap();
    let name = |id: u64| identities.iter().find(|i| i.id == id).unwrap().name.clone();
    gallery.views().unwrap().into_iter().map(|v| (v.source, name(v.identity))).collect()
}

fn check(gallery: &Gallery) {
    let expected: Vec<_> = CONTENT.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    assert_eq!(content(gallery), expected);
    assert_eq!(gallery.verify().unwrap().faults, Vec::<String>::new());
    assert_eq!((gallery.bars().unwrap(), gallery.thumbnail(1).unwrap()), (Vec::new(), None));
    let has_f32: Vec<bool> = gallery.views().unwrap().into_iter().map(|v| v.has_f32).collect();
    assert_eq!(has_f32, [false, true, true, true, true, false, true, false, true]);
    let snapshot = gallery.snapshot().unwrap();
    assert_eq!(snapshot.nearest(&embedding(2), 1)[0].identity, "id2");
    assert_eq!(gallery.stats().unwrap().views, 9);
    assert_eq!(gallery.would_expire(Age::LastSeen, OffsetDateTime::now_utc()).unwrap().views, 9);
}

#[test]
fn a_reader_reads_version_1_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(&dir);
    let before = std::fs::read(&path).unwrap();
    let gallery = Gallery::open(&path).unwrap();
    assert_eq!(gallery.format(), "1");
    check(&gallery);
    // Its export is that of any other.
    let mut new = Gallery::create_or_open(&dir.path().join("new"), &space()).unwrap();
    new.import(std::io::Cursor::new(crate::transfer::exported(&gallery)), Path::new("f")).unwrap();
    assert_eq!(content(&new), content(&gallery));
    drop(gallery);
    assert!(std::fs::read(&path).unwrap() == before, "not a byte is changed");
}

#[test]
fn the_first_writer_brings_version_1_to_this_builds() {
    let dir = tempfile::tempdir().unwrap();
    let path = written(&dir);
    let other = Space { space_id: "space two".into(), layout: layout() };
    assert!(matches!(Gallery::create_or_open(&path, &other).unwrap_err(), GalleryError::OtherSpace { .. }));
    assert_eq!(Gallery::open(&path).unwrap().format(), "1", "another model's gallery is left as it is");
    let mut gallery = Gallery::open_writing(&path).unwrap();
    assert_eq!(gallery.format(), dnc_edge::gallery::FORMAT);
    check(&gallery);
    assert_eq!(gallery.enroll(&[view(30, 0)]).unwrap(), [Outcome::Enrolled(12)]);
    gallery.bar(&[view(31, 0)]).unwrap();
    gallery.split("id2", &[2], "id1").unwrap();
    assert_eq!(gallery.verify().unwrap().faults, Vec::<String>::new());
    drop(gallery);
    let gallery = Gallery::open(&path).unwrap();
    assert_eq!((gallery.format(), gallery.bars().unwrap().len()), (dnc_edge::gallery::FORMAT, 1));
}

#[test]
fn a_cut_while_migrating_leaves_one_version_or_the_other() {
    let (name, bytes) = (Path::new("old.gallery"), unpacked(FORMAT_1));
    let whole = Disk::holding(bytes.clone(), usize::MAX);
    check(&Gallery::create_with_backend(whole.clone(), name, &space()).unwrap());
    let calls = whole.calls();
    assert!(calls > 5, "only {calls} calls to cut at");
    for at in 0..calls {
        let disk = Disk::holding(bytes.clone(), at);
        let cut = Gallery::create_with_backend(disk.clone(), name, &space()).map(drop);
        for unsynced in EVERY_LOSS {
            let disk = Disk::holding(disk.after_the_cut(unsynced), usize::MAX);
            let gallery = Gallery::create_with_backend(disk, name, &space());
            check(&gallery.unwrap_or_else(|e| panic!("cut at {at} ({cut:?}), {unsynced:?}: {e}")));
        }
    }
}
