//! Export and import as a library.

use std::io::Cursor;
use std::path::Path;

use dnc_core::EmbeddingLayout;
use dnc_edge::gallery::{Age, ImportError, NewView, check_export};
use dnc_edge::{Gallery, Space};
use time::{Duration, OffsetDateTime};

use crate::gallery::{embedding, space, view};

/// A gallery with everything that one can have.
pub fn full(path: &Path) -> Gallery {
    let mut gallery = Gallery::create_or_open(path, &space()).unwrap();
    let views: Vec<NewView> = (0..20usize)
        .map(|i| NewView {
            keep_f32: i % 3 != 0,
            thumbnail: i.is_multiple_of(4).then(|| vec![i as u8 + 1; 50]),
            ..view(i, i % 4)
        })
        .collect();
    gallery.enroll(&views).unwrap();
    gallery.rename("id3", "Änne, \"the van\"").unwrap();
    gallery.bar(&[view(100, 0), NewView { thumbnail: Some(vec![9; 40]), ..view(101, 1) }]).unwrap();
    gallery.bar_views("id2", &[3, 7, 11, 15, 19]).unwrap();
    gallery.saw(["id1"], OffsetDateTime::now_utc() + Duration::DAY).unwrap();
    gallery
}

pub fn exported(gallery: &Gallery) -> Vec<u8> {
    let mut file = Vec::new();
    gallery.export(&mut file).unwrap().unwrap();
    file
}

fn import(gallery: &mut Gallery, file: &[u8]) -> Result<dnc_edge::gallery::Imported, ImportError> {
    gallery.import(Cursor::new(file), Path::new("site.export"))
}

#[test]
fn what_was_exported_is_imported() {
    let dir = tempfile::tempdir().unwrap();
    let from = full(&dir.path().join("from"));
    let file = exported(&from);
    let contents = check_export(&*file, Path::new("f")).unwrap();
    assert_eq!((contents.identities, contents.views, contents.bars), (4, 15, 7));
    assert_eq!(contents.space, space());
    let mut to = Gallery::create_or_open(&dir.path().join("to"), &contents.space).unwrap();
    let done = import(&mut to, &file).unwrap();
    assert_eq!((done.new_identities, done.views, done.bars, done.duplicates), (4, 15, 7, 0));
    assert_eq!(done.left_out, Vec::<String>::new());
    assert_eq!(to.verify().unwrap().faults, Vec::<String>::new());
    assert_eq!(to.identities().unwrap(), from.identities().unwrap(), "with their times");
    // The ids of views are new; all else is as it was.
    let anonymous = |g: &Gallery| {
        let views = g.views().unwrap().into_iter();
        let thumbnails = |id| g.thumbnail(id).unwrap();
        views.map(|v| (thumbnails(v.id), dnc_edge::gallery::View { id: 0, ..v })).collect::<Vec<_>>()
    };
    assert_eq!((anonymous(&to), to.bars().unwrap()), (anonymous(&from), from.bars().unwrap()));
    for probe in (0..40).map(|i| embedding(500 + i)) {
        assert_eq!(to.snapshot().unwrap().nearest(&probe, 9), from.snapshot().unwrap().nearest(&probe, 9));
    }
    // id1 was seen tomorrow, the others were not.
    let gone = to.would_expire(Age::LastSeen, OffsetDateTime::now_utc() + Duration::HOUR).unwrap();
    assert_eq!(gone.identities.len(), 3);
    assert!(!gone.identities.contains(&"id1".to_owned()));
    // The same again adds nothing, and an export of it is the same but for nothing.
    let again = import(&mut to, &file).unwrap();
    assert_eq!((again.new_identities, again.views, again.bars, again.duplicates), (0, 0, 0, 15));
    assert_eq!(exported(&to), file);
}

#[test]
fn an_empty_gallery_is_carried_too() {
    let dir = tempfile::tempdir().unwrap();
    let from = Gallery::create_or_open(&dir.path().join("from"), &space()).unwrap();
    let mut to = Gallery::create_or_open(&dir.path().join("to"), &space()).unwrap();
    assert_eq!(import(&mut to, &exported(&from)).unwrap(), Default::default());
}

#[test]
fn what_contradicts_the_gallery_is_left_out_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = exported(&full(&dir.path().join("from")));
    let mut to = Gallery::create_or_open(&dir.path().join("to"), &space()).unwrap();
    // 1 is somebody else's here, 5 is barred from id1 here, and the barred 100 is enrolled as id0.
    to.enroll(&[view(1, 7), view(100, 0), view(200, 1)]).unwrap();
    to.bar(&[view(5, 1)]).unwrap();
    let done = import(&mut to, &file).unwrap();
    assert_eq!((done.new_identities, done.views, done.bars), (2, 13, 6));
    for words in ["1.png as id1: enrolled here as id7", "5.png as id1: barred here", "the bar of 100.png from id0"] {
        assert!(done.left_out.iter().any(|text| text.contains(words)), "{words:?} is not in {:?}", done.left_out);
    }
    assert_eq!(done.left_out.len(), 3);
    assert_eq!(to.verify().unwrap().faults, Vec::<String>::new());
}

#[test]
fn another_models_file_is_refused_with_the_command_that_helps() {
    let dir = tempfile::tempdir().unwrap();
    let file = exported(&full(&dir.path().join("from")));
    let other = Space { space_id: "space two".into(), layout: EmbeddingLayout::new(12, 3).unwrap() };
    let mut to = Gallery::create_or_open(&dir.path().join("to"), &other).unwrap();
    let error = import(&mut to, &file).unwrap_err();
    assert!(matches!(error, ImportError::OtherSpace { .. }));
    let text = error.to_string();
    for words in ["space one", "space two", "dnc-edge gallery re-embed --bundle B", "site.export"] {
        assert!(text.contains(words), "{words:?} is not in {text}");
    }
    assert_eq!(to.counts().unwrap().identities, 0);
}

#[test]
fn a_write_that_fails_is_an_error() {
    struct Full(usize);
    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let gallery = full(&dir.path().join("g"));
    let length = exported(&gallery).len();
    for room in (0..length).step_by(101) {
        let error = gallery.export(Full(room)).unwrap().unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull, "{room} of {length} bytes");
    }
    gallery.export(Full(length)).unwrap().unwrap();
}
