//! A gallery as one file that other machines and other releases read: export and import.
//!
//! The file is a magic text and a version, then records: length, content, checksum. The first record says which model it
//! is of, then come the identities, the views and the bars, and the last one has their numbers and the SHA-256 of all that
//! stands before it. It is written and read as a stream, a record at a time.

mod error;
mod export;
mod import;
mod record;
mod stream;

pub use error::ImportError;
pub use import::{Imported, check_export};

use super::Space;

/// What an exported file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Model that its embeddings are of.
    pub space: Space,
    /// Identities.
    pub identities: u64,
    /// Views.
    pub views: u64,
    /// Views barred from an identity.
    pub bars: u64,
}
