//! What is wrong with a bundle.

use std::io;
use std::path::PathBuf;

use super::FORMAT;
use crate::layout::LayoutError;

/// A bundle that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The manifest is no such JSON.
    #[error("{}: not a bundle manifest: {source}; export the model again", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Field and place.
        source: serde_json::Error,
    },
    /// The bundle has another major version.
    #[error(
        "{}: field format.major is {found}, this build reads {}; export the model with this release",
        path.display(), FORMAT.major
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// Version found.
        found: u32,
    },
    /// A model file is not the one the manifest names.
    #[error(
        "{}: SHA-256 is {found}, field variants[].sha256 says {expected}: the file was changed or cut short; \
         copy the whole bundle again",
        path.display()
    )]
    Hash {
        /// The file.
        path: PathBuf,
        /// Hash in the manifest.
        expected: String,
        /// Hash of the file.
        found: String,
    },
    /// A field contradicts another or the model.
    #[error("{}: field {field} is {found}, expected {expected}; export the model again", path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// The field.
        field: &'static str,
        /// Value found.
        found: String,
        /// Value needed.
        expected: String,
    },
    /// The slices cannot be cut.
    #[error("{}: field output: {source}", path.display())]
    Layout {
        /// The file.
        path: PathBuf,
        /// Why.
        source: LayoutError,
    },
}
