//! A disk that is full, and one that refuses to be written, by a storage of our own.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Mutex};

use dnc_edge::gallery::{ImportError, NewView};
use dnc_edge::{Gallery, GalleryError};
use redb::StorageBackend;

use crate::gallery::{space, view};
use crate::transfer::exported;

/// Bytes that outlive the database on them, and how many more may be written.
#[derive(Debug, Clone)]
pub struct Disk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    bytes: Vec<u8>,
    left: usize,
    refusal: ErrorKind,
}

impl Disk {
    fn new(refusal: ErrorKind) -> Self {
        Self(Arc::new(Mutex::new(State { bytes: Vec::new(), left: usize::MAX, refusal })))
    }

    /// Lets `n` more bytes be written.
    fn limit(&self, n: usize) {
        self.0.lock().unwrap().left = n;
    }

    /// A copy of what is on it, with room again.
    fn copy(&self) -> Self {
        let State { bytes, refusal, .. } = &*self.0.lock().unwrap();
        Self(Arc::new(Mutex::new(State { bytes: bytes.clone(), left: usize::MAX, refusal: *refusal })))
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.0.lock().unwrap();
        let from = state.bytes.get(offset as usize..offset as usize + out.len());
        out.copy_from_slice(from.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.lock().unwrap().bytes.resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        // A full disk takes what still fits: the write is torn.
        let fits = data.len().min(state.left);
        state.left -= fits;
        state.bytes[offset as usize..][..fits].copy_from_slice(&data[..fits]);
        if fits < data.len() { Err(state.refusal.into()) } else { Ok(()) }
    }
}

#[test]
fn a_full_disk_is_named_and_what_was_committed_stays() {
    let name = Path::new("site.gallery");
    let mut failures = 0;
    for left in (0..120_000).step_by(1_511) {
        let disk = Disk::new(ErrorKind::StorageFull);
        let mut gallery = Gallery::create_with_backend(disk.clone(), name, &space()).unwrap();
        let first: Vec<_> = (0..8).map(|i| view(i, i % 3)).collect();
        gallery.enroll(&first).unwrap();
        disk.limit(left);
        let mut acknowledged = 8;
        let error = loop {
            if acknowledged == 48 {
                break None;
            }
            let batch: Vec<_> = (acknowledged..acknowledged + 8).map(|i| view(i, i % 3)).collect();
            match gallery.enroll(&batch) {
                Ok(outcomes) => acknowledged += outcomes.len(),
                Err(error) => break Some(error),
            }
        };
        if let Some(error) = error {
            failures += 1;
            let text = error.to_string();
            assert!(matches!(error, GalleryError::Io { .. }), "{left}: {text}");
            assert!(text.contains("site.gallery") && text.contains("free some space"), "{left}: {text}");
        }
        // With the process alive, with an orderly end on the full disk, and after a crash: all three go on.
        let crashed = disk.copy();
        drop(gallery);
        for disk in [crashed, disk.copy()] {
            let mut gallery = Gallery::create_with_backend(disk, name, &space()).unwrap();
            let kept = gallery.views().unwrap();
            // The disk may have become full after the commit was on it: that batch is then there as a whole.
            let unacknowledged = kept.len() - acknowledged;
            assert!(unacknowledged == 0 || unacknowledged == 8, "{left} bytes left: {unacknowledged} more");
            assert!(kept.iter().enumerate().all(|(i, v)| v.source == format!("{i}.png")), "{left} bytes left");
            assert_eq!(gallery.snapshot().unwrap().views(), kept.len());
            gallery.enroll(&[view(1000, 1)]).unwrap();
        }
    }
    assert!(failures > 20, "the disk was full only {failures} times");
}

#[test]
fn a_disk_that_must_not_be_written_says_what_to_check() {
    let disk = Disk::new(ErrorKind::ReadOnlyFilesystem);
    let name = Path::new("ro/site.gallery");
    let mut gallery = Gallery::create_with_backend(disk.clone(), name, &space()).unwrap();
    gallery.enroll(&[view(0, 0)]).unwrap();
    disk.limit(0);
    let text = gallery.enroll(&[view(1, 0)]).unwrap_err().to_string();
    assert!(text.contains("ro/site.gallery") && text.contains("permissions"), "{text}");
    let text = Gallery::create_with_backend(disk.clone(), name, &space()).unwrap_err().to_string();
    assert!(text.contains("ro/site.gallery"), "{text}");
}

#[test]
fn an_import_onto_a_full_disk_is_there_as_a_whole_or_not_at_all() {
    let name = Path::new("site.gallery");
    let new = || {
        let disk = Disk::new(ErrorKind::StorageFull);
        let mut gallery = Gallery::create_with_backend(disk.clone(), name, &space()).unwrap();
        gallery.enroll(&[view(0, 0), view(1, 1)]).unwrap();
        (disk, gallery)
    };
    let mut other = Gallery::create_with_backend(Disk::new(ErrorKind::StorageFull), name, &space()).unwrap();
    let views: Vec<_> = (10..60).map(|i| NewView { thumbnail: Some(vec![1; 2_000]), ..view(i, i % 3) }).collect();
    other.enroll(&views).unwrap();
    let file = exported(&other);
    // Not their times: two galleries may be made in two seconds.
    let held = |gallery: &Gallery| -> Vec<_> {
        gallery.views().unwrap().into_iter().map(|v| (v.source, v.identity, gallery.thumbnail(v.id).unwrap())).collect()
    };
    let (before, after) = {
        let (_, mut gallery) = new();
        let before = held(&gallery);
        gallery.import(&*file, Path::new("f")).unwrap();
        (before, held(&gallery))
    };
    assert_eq!((before.len(), after.len()), (2, 52));
    let (mut failed, mut imported) = (0, 0);
    for left in (0..400_000).step_by(9_973) {
        let (disk, mut gallery) = new();
        disk.limit(left);
        let acknowledged = match gallery.import(&*file, Path::new("f")) {
            Ok(_) => true,
            Err(ImportError::Gallery(error @ GalleryError::Io { .. })) => {
                assert!(error.to_string().contains("free some space"), "{error}");
                false
            }
            Err(other) => panic!("{left} bytes left: {other}"),
        };
        let gallery = Gallery::create_with_backend(disk.copy(), name, &space()).unwrap();
        let found = held(&gallery);
        assert!(found == after || (found == before && !acknowledged), "{left} bytes left, {acknowledged}");
        failed += usize::from(!acknowledged);
        imported += usize::from(acknowledged);
    }
    assert!(failed > 5 && imported > 5, "{failed} failed, {imported} were imported");
}
