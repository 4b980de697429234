//! Hashes that tie a manifest to its files and to an embedding space.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::{ManifestError, Variant};
use crate::layout::EmbeddingLayout;
use crate::preprocess::Preprocess;

/// SHA-256 of `bytes`, hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The identifier of an embedding space: SHA-256 over the weights' hash, the preprocessing and the slices.
pub fn space_id(weights_sha256: &str, preprocess: &Preprocess, layout: &EmbeddingLayout) -> String {
    let preprocess = serde_json::to_string(preprocess).expect("numbers and names always serialise");
    sha256_hex(format!("{weights_sha256}\n{preprocess}\n{}/{}", layout.dim(), layout.learners()).as_bytes())
}

/// What stands for a space id where there is room for 8 bytes only (gallery blocks and frames for a
/// microcontroller): the first bytes of its SHA-256.
pub fn space_tag(space_id: &str) -> [u8; 8] {
    let mut tag = [0; 8];
    tag.copy_from_slice(&Sha256::digest(space_id.as_bytes())[..8]);
    tag
}

/// Checks a model file's bytes against its variant.
///
/// # Errors
/// Where the hash differs; the error names `path`.
pub fn check_hash(variant: &Variant, bytes: &[u8], path: &Path) -> Result<(), ManifestError> {
    let found = sha256_hex(bytes);
    if found != variant.sha256 {
        return Err(ManifestError::Hash { path: path.to_owned(), expected: variant.sha256.clone(), found });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::testing::manifest;

    #[test]
    fn another_file_is_refused_with_both_hashes() {
        let m = manifest();
        assert!(check_hash(&m.variants[0], b"model", Path::new("f")).is_ok());
        let error = check_hash(&m.variants[0], b"other", Path::new("dir/f")).unwrap_err().to_string();
        assert!(error.contains("dir/f") && error.contains(&m.variants[0].sha256), "{error}");
    }

    #[test]
    fn the_space_changes_with_weights_preprocessing_and_slices() {
        let layout = |k| EmbeddingLayout::new(8, k).unwrap();
        let base = space_id("w", &Preprocess::imagenet(32), &layout(2));
        assert_eq!(base, space_id("w", &Preprocess::imagenet(32), &layout(2)));
        assert_ne!(base, space_id("x", &Preprocess::imagenet(32), &layout(2)));
        assert_ne!(base, space_id("w", &Preprocess::imagenet(64), &layout(2)));
        assert_ne!(base, space_id("w", &Preprocess::imagenet(32), &layout(4)));
    }

    /// Fixed for ever: galleries in the flash of a device carry it.
    #[test]
    fn a_spaces_tag_is_the_beginning_of_its_hash() {
        assert_eq!(space_tag("abc"), [0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea]);
    }
}
