//! Whether a shared library's file is whole. Loading one that was cut short ends the process: its pages are mapped,
//! and those behind the file's end cannot be read.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes of a 64-bit ELF header, and of one of its program headers.
const HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;
/// Type of a program header whose bytes are loaded.
const LOAD: u32 = 1;

/// What is wrong with the 64-bit little-endian ELF file at `path`, if anything: it is none, or it ends before what its
/// program headers load.
///
/// # Errors
/// Where it cannot be read.
pub fn problem(path: &Path) -> io::Result<Option<String>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut header = [0u8; HEADER];
    let whole = file.read_exact(&mut header).is_ok();
    // Magic number, 64 bits, little-endian.
    if !whole || header[..6] != [0x7f, b'E', b'L', b'F', 2, 1] {
        return Ok(Some("it is no 64-bit shared library".to_owned()));
    }
    let short = |at: usize| u64::from(u16::from_le_bytes([header[at], header[at + 1]]));
    let long = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    let (start, size, count) = (long(&header[32..40]), short(54), short(56));
    for i in 0..count {
        let mut entry = [0u8; PROGRAM_HEADER];
        file.seek(SeekFrom::Start(start.saturating_add(i * size)))?;
        if file.read_exact(&mut entry).is_err() {
            return Ok(Some(format!("it was cut short: {length} bytes do not hold its headers")));
        }
        let end = long(&entry[8..16]).saturating_add(long(&entry[32..40]));
        if u32::from_le_bytes(entry[..4].try_into().expect("four bytes")) == LOAD && end > length {
            return Ok(Some(format!("it was cut short: it has {length} bytes and at least {end} are loaded")));
        }
    }
    Ok(None)
}

#[cfg(all(test, target_os = "linux", target_pointer_width = "64"))]
mod tests {
    use super::*;

    #[test]
    fn a_whole_file_is_told_from_a_cut_one_and_from_none() {
        // This very program is one.
        let own = std::env::current_exe().unwrap();
        assert_eq!(problem(&own).unwrap(), None);
        let dir = tempfile::tempdir().unwrap();
        let bytes = std::fs::read(&own).unwrap();
        for (length, says) in [(0, "no 64-bit"), (60, "no 64-bit"), (70, "headers"), (bytes.len() / 2, "cut short")] {
            let cut = dir.path().join("cut.so");
            std::fs::write(&cut, &bytes[..length]).unwrap();
            let found = problem(&cut).unwrap().unwrap();
            assert!(found.contains(says), "{length}: {found}");
        }
        assert!(problem(&dir.path().join("none.so")).is_err());
    }
}
