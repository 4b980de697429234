//! The text of a manifest.

use std::path::Path;

use dnc_core::manifest::Manifest;

// The manifests of the core's own tests.
#[allow(dead_code)]
#[path = "../../core/src/manifest/testing.rs"]
mod testing;

pub use testing::manifest as small;

const PATH: &str = "dir/manifest.json";

/// A manifest that is read can be used: its slices can be cut, and written again it says the same. One that is refused
/// is refused by an error that names the file.
///
/// # Panics
/// Where that does not hold.
pub fn check(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    match Manifest::parse(text, Path::new(PATH)) {
        Ok(manifest) => {
            manifest.layout().expect("the slices of a manifest that was read can be cut");
            let again = Manifest::parse(&manifest.to_json(), Path::new(PATH));
            assert_eq!(again.expect("what was read and written is read again"), manifest);
            true
        }
        Err(error) => {
            super::check_words(&error.to_string(), PATH, input);
            false
        }
    }
}

/// A manifest with what it must have, and one with everything that it can have.
pub fn seeds() -> Vec<Vec<u8>> {
    [small(), testing::manifest_with_everything()].map(|manifest| manifest.to_json().into_bytes()).into()
}
