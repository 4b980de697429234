//! Exported galleries as a fuzzer can change them: their records' contents, without lengths and checksums.
//!
//! No mutation finds a CRC-32C or a SHA-256. So the input may be contents with a mark between them, and the file is made of
//! them here, sealed as the exporter seals it.

use crc32c::crc32c_append;
use sha2::{Digest, Sha256};

/// Magic text and version before the first record.
const HEAD: &[u8; 14] = b"DNC-GALLERY\n\x01\x00";

/// Stands between two contents. What holds it by chance is two.
const MARK: &[u8; 4] = b"\n--\n";

/// Position of the last record's kind in the exporter's enum.
const END: u8 = 4;

/// The contents of a sound file's records, marks between them and no last record: [`sealed`] makes it.
///
/// # Panics
/// Where the file is not sound.
pub fn opened(file: &[u8]) -> Vec<u8> {
    let mut rest = file.strip_prefix(HEAD).expect("an exported file has a head");
    let mut contents = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (content, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        if content[0] != END {
            contents.push(content);
        }
        rest = &after[4..];
    }
    contents.join(&MARK[..])
}

/// The file of these contents, with right checksums and a last record that counts them.
pub fn sealed(input: &[u8]) -> Vec<u8> {
    let mut file = HEAD.to_vec();
    let mut counts = [0u64; 3];
    let mut number = 0;
    for content in split(input) {
        // The second to the fourth kind are identities, views and bars.
        if let Some(count) = content.first().and_then(|kind| counts.get_mut(usize::from(*kind).wrapping_sub(1))) {
            *count += 1;
        }
        put(&mut file, number, content);
        number += 1;
    }
    let mut end = vec![END];
    counts.iter().for_each(|count| varint(*count, &mut end));
    end.extend(Sha256::digest(&file));
    put(&mut file, number, &end);
    file
}

fn put(file: &mut Vec<u8>, number: u64, content: &[u8]) {
    file.extend((content.len() as u32).to_le_bytes());
    file.extend(content);
    file.extend(crc32c_append(crc32c_append(0, &number.to_le_bytes()), content).to_le_bytes());
}

fn split(input: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(input);
    std::iter::from_fn(move || {
        let bytes = rest?;
        let at = bytes.windows(MARK.len()).position(|four| four == MARK);
        rest = at.map(|at| &bytes[at + MARK.len()..]);
        Some(at.map_or(bytes, |at| &bytes[..at]))
    })
}

/// A number as postcard writes it.
fn varint(mut value: u64, to: &mut Vec<u8>) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}
