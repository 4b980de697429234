//! Thousands of edits of an exported file: each is refused or imported, none ends the process or harms the gallery.

use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use crc32c::crc32c_append;
use dnc_edge::Gallery;
use dnc_edge::gallery::{ImportError, MAX_THUMBNAIL_BYTES, NewView, check_export};
use redb::backends::InMemoryBackend;
use sha2::{Digest, Sha256};

use crate::gallery::{space, view};
use crate::transfer::{exported, full};

/// Bytes before the first record: the magic text and the version.
const HEAD: usize = 14;

/// Edits of each kind. `DNC_IMPORT_EDITS` asks for more.
fn edits() -> u64 {
    std::env::var("DNC_IMPORT_EDITS").ok().map_or(20_000, |n| n.parse().expect("DNC_IMPORT_EDITS is a number"))
}

struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

/// The contents of a file's records.
fn records(file: &[u8]) -> Vec<Vec<u8>> {
    let (mut at, mut all) = (HEAD, Vec::new());
    while at < file.len() {
        let length = u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        all.push(file[at + 4..at + 4 + length].to_vec());
        at += length + 8;
    }
    all
}

/// A file of these records with right checksums. The last one's SHA-256 is set where it is long enough to have one.
fn file_of(records: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"DNC-GALLERY\n\x01\x00".to_vec();
    for (number, content) in records.iter().enumerate() {
        let mut content = content.clone();
        if number + 1 == records.len() && content.len() >= 32 {
            let at = content.len() - 32;
            content[at..].copy_from_slice(&Sha256::digest(&file));
        }
        file.extend((content.len() as u32).to_le_bytes());
        file.extend(&content);
        let sum = crc32c_append(crc32c_append(0, &(number as u64).to_le_bytes()), &content);
        file.extend(sum.to_le_bytes());
    }
    file
}

fn target() -> Gallery {
    let mut gallery = Gallery::create_with_backend(InMemoryBackend::new(), Path::new("t"), &space()).unwrap();
    gallery.enroll(&[view(1, 1), view(300, 5)]).unwrap();
    gallery
}

/// Imports an edited file into `gallery`; answers what was wrong with it.
fn tried(gallery: &mut Gallery, file: &[u8]) -> Option<ImportError> {
    let before = exported(gallery);
    match gallery.import(Cursor::new(file), Path::new("edited.export")) {
        Ok(_) => {
            assert_eq!(gallery.verify().unwrap().faults, Vec::<String>::new());
            gallery.snapshot().unwrap();
            *gallery = target();
            None
        }
        Err(error) => {
            assert!(exported(gallery) == before, "the gallery is as it was: {error}");
            assert!(error.to_string().contains("edited.export"), "{error}");
            Some(error)
        }
    }
}

fn edit(bytes: &mut Vec<u8>, draw: &mut Draw) {
    let at = draw.below(bytes.len());
    match draw.below(6) {
        0 => bytes.truncate(at),
        1 if !bytes.is_empty() => bytes[at] ^= 1 << draw.below(8),
        2 => bytes.insert(at, draw.below(256) as u8),
        3 if !bytes.is_empty() => {
            bytes.remove(at);
        }
        4 => {
            let other = draw.below(bytes.len());
            let run = bytes[at.min(other)..at.max(other)].iter().take(40).copied().collect::<Vec<_>>();
            bytes.splice(at..at, run);
        }
        _ => {
            let value = [0, 0x7F, 0x80, 0xFF][draw.below(4)];
            bytes.iter_mut().skip(at).take(4).for_each(|b| *b = value);
        }
    }
}

/// Without the checksums set right: not one edit goes through.
#[test]
fn every_edit_of_the_bytes_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let whole = exported(&full(&dir.path().join("g")));
    let mut gallery = target();
    for seed in 0..edits() {
        let (mut file, mut draw) = (whole.clone(), Draw(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        for _ in 0..1 + draw.below(3) {
            edit(&mut file, &mut draw);
        }
        let error = check_export(&*file, Path::new("edited.export"));
        assert!(file == whole || error.is_err(), "edit {seed} went through");
        if seed % 16 == 0 && file != whole {
            tried(&mut gallery, &file).unwrap();
        }
    }
}

/// Every length that a copy may have been cut to, and every single bit.
#[test]
fn a_cut_file_and_a_flipped_bit_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let whole = exported(&full(&dir.path().join("g")));
    assert_eq!(file_of(&records(&whole)), whole, "the tests write what the program writes");
    for cut in 0..whole.len() {
        match check_export(&whole[..cut], Path::new("e")).unwrap_err() {
            ImportError::NotAnExport { .. } => assert!(cut < HEAD, "{cut}"),
            ImportError::Cut { at, .. } => assert_eq!(at, cut as u64),
            other => panic!("cut to {cut}: {other}"),
        }
    }
    for bit in 0..whole.len() * 8 {
        let mut file = whole.clone();
        file[bit / 8] ^= 1 << (bit % 8);
        assert!(check_export(&*file, Path::new("e")).is_err(), "bit {bit}");
    }
    let more = [&whole[..], b"x"].concat();
    let error = check_export(&*more, Path::new("e")).unwrap_err().to_string();
    assert!(error.contains("more bytes follow"), "{error}");
}

/// With the checksums set right: what is in the records is checked too.
#[test]
fn an_edited_record_with_right_checksums_is_refused_or_harmless() {
    let dir = tempfile::tempdir().unwrap();
    let whole = records(&exported(&full(&dir.path().join("g"))));
    let mut gallery = target();
    let (mut imported, mut damaged) = (0, 0);
    for seed in 0..edits() {
        let (mut records, mut draw) = (whole.clone(), Draw(seed.wrapping_mul(0xD134_2543_DE82_EF95)));
        for _ in 0..1 + draw.below(2) {
            let at = draw.below(records.len());
            match draw.below(8) {
                0 => {
                    let other = draw.below(records.len());
                    records.swap(at, other);
                }
                1 => {
                    let copy = records[at].clone();
                    records.insert(at, copy);
                }
                2 if records.len() > 1 => {
                    records.remove(at);
                }
                _ => edit(&mut records[at], &mut draw),
            }
        }
        match tried(&mut gallery, &file_of(&records)) {
            None => imported += 1,
            Some(ImportError::Damaged { .. } | ImportError::Cut { .. } | ImportError::OtherSpace { .. }) => {
                damaged += 1
            }
            Some(other) => panic!("edit {seed}: {other}"),
        }
    }
    assert!(imported > 20 && damaged > imported, "{imported} imported, {damaged} refused");
}

/// A length of 4 GiB takes no memory, and a foreign file is called one.
#[test]
fn hostile_lengths_and_foreign_files_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let whole = exported(&full(&dir.path().join("g")));
    let says = |file: &[u8], words: &str| {
        let error = check_export(file, Path::new("x.export")).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains("x.export"), "{words:?} is not in {error}");
    };
    let mut long = whole.clone();
    long[HEAD..HEAD + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    says(&long, "at most 4194304");
    let mut within = whole.clone();
    within[HEAD..HEAD + 4].copy_from_slice(&(4u32 << 20).to_le_bytes());
    says(&within, &format!("cut off after {} bytes", whole.len()));
    let mut newer = whole.clone();
    newer[12] = 2;
    says(&newer, "export version 2, this build reads 1");
    for foreign in [&b"PK\x03\x04 and so on, a zip"[..], b"", b"DNC-GALLERY", b"{\"json\": true, \"of\": \"a thing\"}"]
    {
        says(foreign, "not an exported gallery");
    }
    // An embedding of 2³² values is refused before memory for one is taken.
    let mut records = records(&whole);
    let id = records[0].iter().position(|b| *b == 12).unwrap();
    records[0].splice(id..=id, [0xFF, 0xFF, 0xFF, 0xFF, 0x0F]);
    says(&file_of(&records), "4294967295 values");
    assert!(tried(&mut target(), &whole).is_none(), "the file that all these were made of is whole");
}

/// Address space in which a file is imported that is longer than that, KiB.
const MEMORY_KIB: usize = 96 << 10;

/// A file is read as it comes, and what is written goes to the disk as it grows.
#[test]
fn a_file_may_be_longer_than_the_memory() {
    let dir = tempfile::tempdir().unwrap();
    let (path, file) = (dir.path().join("large.gallery"), dir.path().join("large.export"));
    let mut gallery = Gallery::create_or_open(&path, &space()).unwrap();
    let thumbnail = |i: usize| Some(vec![i as u8; MAX_THUMBNAIL_BYTES]);
    for first in (0..128).step_by(8) {
        let views: Vec<NewView> =
            (first..first + 8).map(|i| NewView { thumbnail: thumbnail(i), ..view(i, i % 4) }).collect();
        gallery.enroll(&views).unwrap();
    }
    gallery.export(std::fs::File::create(&file).unwrap()).unwrap().unwrap();
    assert!(std::fs::metadata(&file).unwrap().len() as usize > MEMORY_KIB << 10);
    let limited = |arguments: &[&str]| {
        let limited = format!("ulimit -v {MEMORY_KIB} && exec \"$0\" \"$@\"");
        let mut command = Command::new("bash");
        command.args(["-c", &limited, env!("CARGO_BIN_EXE_dnc-edge"), "gallery"]).args(arguments);
        let output = command.current_dir(dir.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let said = limited(&["import", "--gallery", "new.gallery", "--from", "large.export"]);
    assert!(said.contains("imported 128 views"), "{said}");
    limited(&["export", "--gallery", "new.gallery", "--to", "again.export"]);
    let [first, second] = ["large.export", "again.export"].map(|f| std::fs::read(dir.path().join(f)).unwrap());
    assert!(first == second, "what was imported is exported again");
}
