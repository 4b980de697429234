//! Test pictures that were trained on.

use std::collections::HashMap;
use std::path::PathBuf;

use super::inspect::Digests;
use super::lossy;
use crate::Split;

/// In what two pictures are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Same {
    /// The files, byte for byte.
    Bytes,
    /// The pixels, in files that differ.
    Pixels,
}

/// A test picture and the first training picture that is the same.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Duplicate {
    /// The training picture.
    #[serde(serialize_with = "lossy::path")]
    pub train: PathBuf,
    /// The test picture.
    #[serde(serialize_with = "lossy::path")]
    pub test: PathBuf,
    /// In what they are the same.
    pub same: Same,
}

/// The duplicates across the two parts, in the order of the test pictures.
pub fn across(digests: &[Digests]) -> Vec<Duplicate> {
    let (mut by_bytes, mut by_pixels) = (HashMap::new(), HashMap::new());
    let of = |split| digests.iter().filter(move |d| d.sample.split == split);
    for digest in of(Split::Train) {
        by_bytes.entry(digest.bytes).or_insert(digest);
        digest.pixels.map(|pixels| by_pixels.entry(pixels).or_insert(digest));
    }
    let find = |test: &Digests| {
        let pixels = || test.pixels.and_then(|p| by_pixels.get(&p)).map(|train| (train, Same::Pixels));
        let (train, same) = by_bytes.get(&test.bytes).map(|train| (train, Same::Bytes)).or_else(pixels)?;
        Some(Duplicate { train: train.sample.path.clone(), test: test.sample.path.clone(), same })
    };
    of(Split::Test).filter_map(find).collect()
}
