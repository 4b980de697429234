//! A configuration that cannot be used.

use std::path::PathBuf;

use dnc_core::LayoutError;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is no such TOML.
    #[error("{}: {source}`dnc-train config` prints every field with its default", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// Field, line and what was expected.
        source: Box<toml::de::Error>,
    },
    /// A field is out of its range.
    #[error("{field} is {value}; it must be {limit}")]
    Range {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        limit: String,
    },
    /// A path that a file of settings cannot hold.
    #[error("{field} is {}, which is not UTF-8, as a run's config.toml is; rename that file or folder", path.display())]
    NotUtf8 {
        /// The field.
        field: &'static str,
        /// Its value.
        path: PathBuf,
    },
    /// The embedding cannot be cut.
    #[error("dim and learners: {0}")]
    Layout(#[from] LayoutError),
}
