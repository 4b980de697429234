//! Damaged manifests: read or refused, never a panic.

use std::path::Path;

use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::Manifest;
use super::testing::{FORMAT_1_0, manifest_with_everything};

/// Values that do not belong where they are put.
const VALUES: [&str; 16] = [
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "-1",
    "0",
    "1e308",
    "1e999",
    "-1e-400",
    "18446744073709551615",
    "18446744073709551616",
    "0.30000000000000004",
    "\"\\u0000\\ud83d\\ude00\"",
    "[[[]]]",
    "[3,4294967296,4294967296]",
];

/// One seeded damage to `text`.
fn damage(text: &str, rng: &mut ChaCha8Rng) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = rng.random_range(0..bytes.len());
    match rng.random_range(0..7) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..(at + rng.random_range(1..40)).min(bytes.len()))),
        2 => bytes[at] ^= 1 << rng.random_range(0..8),
        3 => {
            // One digit for another: values stay numbers and leave their ranges.
            let digits: Vec<usize> = (0..bytes.len()).filter(|i| bytes[*i].is_ascii_digit()).collect();
            if !digits.is_empty() {
                bytes[digits[rng.random_range(0..digits.len())]] = b'0' + rng.random_range(0..10);
            }
        }
        4 => {
            let deep = ["[", "{\"a\":"][rng.random_range(0..2)].repeat(rng.random_range(1..5000));
            bytes.splice(at..at, deep.bytes());
        }
        5 => {
            // A part of the text again, elsewhere: fields twice, lists in lists.
            let from = rng.random_range(0..bytes.len());
            let part = bytes[from..(from + rng.random_range(1..400)).min(bytes.len())].to_vec();
            bytes.splice(at..at, part);
        }
        _ => {
            // Another value for a field.
            let colons: Vec<usize> = (0..bytes.len()).filter(|i| bytes[*i] == b':').collect();
            if !colons.is_empty() {
                let from = colons[rng.random_range(0..colons.len())] + 1;
                let end = bytes[from..].iter().position(|b| b",\n".contains(b)).map_or(bytes.len(), |n| from + n);
                let value = VALUES[rng.random_range(0..VALUES.len())];
                bytes.splice(from..end, value.bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn a_damaged_manifest_is_read_or_refused_in_words() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let sound = [FORMAT_1_0.to_owned(), manifest_with_everything().to_json()];
    let (mut read, mut refused) = (0, 0);
    for case in 0..2000 {
        let mut text = sound[case % 2].clone();
        for _ in 0..rng.random_range(1..4) {
            if !text.is_empty() {
                text = damage(&text, &mut rng);
            }
        }
        match Manifest::parse(&text, Path::new("dir/manifest.json")) {
            Ok(m) => {
                // What was let through can be used: it is written and read again as it is.
                m.layout().unwrap();
                assert_eq!(Manifest::parse(&m.to_json(), Path::new("again")).unwrap(), m, "case {case}");
                read += 1;
            }
            Err(error) => {
                let said = error.to_string();
                // It may quote a name of the text, never more than there is.
                assert!(said.contains("dir/manifest.json") && said.len() < text.len() + 1000, "case {case}: {said}");
                refused += 1;
            }
        }
    }
    assert!(read > 50 && refused > 500, "{read} read, {refused} refused");
}
