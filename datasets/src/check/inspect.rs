//! Reads and decodes every picture.

use std::path::PathBuf;

use dnc_core::picture::{PictureError, decode};
use image::RgbImage;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::lossy;
use crate::{Dataset, Sample};

/// A picture that cannot be decoded.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Broken {
    /// The file.
    #[serde(serialize_with = "lossy::path")]
    pub path: PathBuf,
    /// What the decoder says.
    pub problem: String,
}

/// SHA-256 of a picture: of its file, and of its size and pixels where it could be decoded.
pub struct Digests<'a> {
    pub sample: &'a Sample,
    pub bytes: [u8; 32],
    pub pixels: Option<[u8; 32]>,
}

/// What the files of a set hold, in the order of its samples.
#[derive(Default)]
pub struct Inspected<'a> {
    pub absent: Vec<&'a Sample>,
    pub broken: Vec<Broken>,
    pub digests: Vec<Digests<'a>>,
}

enum Found<'a> {
    Absent,
    Unreadable(Broken),
    Read(Digests<'a>, Option<Broken>),
}

pub fn inspect(dataset: &Dataset, progress: impl Fn() + Sync) -> Inspected<'_> {
    let look = |sample| {
        let found = look(sample);
        progress();
        (sample, found)
    };
    let mut inspected = Inspected::default();
    for (sample, found) in dataset.samples.par_iter().map(look).collect::<Vec<_>>() {
        match found {
            Found::Absent => inspected.absent.push(sample),
            Found::Unreadable(broken) => inspected.broken.push(broken),
            Found::Read(digests, broken) => {
                inspected.digests.push(digests);
                inspected.broken.extend(broken);
            }
        }
    }
    inspected
}

fn look(sample: &Sample) -> Found<'_> {
    let path = &sample.path;
    let broken = |error: PictureError| Broken { path: path.clone(), problem: error.to_string() };
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Found::Absent,
        Err(source) => return Found::Unreadable(broken(PictureError::Read { path: path.clone(), source })),
    };
    let (pixels, problem) = match decode(&bytes) {
        Ok(picture) => (Some(digest_of_pixels(&picture)), None),
        Err(source) => (None, Some(broken(PictureError::Decode { path: path.clone(), source }))),
    };
    Found::Read(Digests { sample, bytes: Sha256::digest(&bytes).into(), pixels }, problem)
}

fn digest_of_pixels(picture: &RgbImage) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(picture.width().to_le_bytes());
    hash.update(picture.height().to_le_bytes());
    hash.update(picture.as_raw());
    hash.finalize().into()
}
