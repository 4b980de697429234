//! Picture files with what a gallery knows them by.

use std::path::Path;

use dnc_core::picture::{self, PictureError};
use image::RgbImage;
use sha2::{Digest, Sha256};

/// Reads a picture as [`picture::read`] does, with the SHA-256 of its bytes.
///
/// # Errors
/// Where the file cannot be read or decoded; the error names it.
pub fn read(path: &Path) -> Result<(RgbImage, [u8; 32]), PictureError> {
    let mut picture = RgbImage::default();
    let sha256 = read_into(path, &mut picture)?;
    Ok((picture, sha256))
}

/// The same into the memory of `picture`, as [`picture::decode_into`] does.
pub(super) fn read_into(path: &Path, picture: &mut RgbImage) -> Result<[u8; 32], PictureError> {
    let bytes = std::fs::read(path).map_err(|source| PictureError::Read { path: path.to_owned(), source })?;
    picture::decode_into(&bytes, picture).map_err(|source| PictureError::Decode { path: path.to_owned(), source })?;
    Ok(Sha256::digest(&bytes).into())
}

/// The SHA-256 by which a gallery knows a picture file.
///
/// # Errors
/// Where the file cannot be read.
pub fn hash(path: &Path) -> std::io::Result<[u8; 32]> {
    Ok(Sha256::digest(std::fs::read(path)?).into())
}
