//! What stands in the records of an exported file, in postcard's encoding. A field is never changed or left out: another
//! content needs another version.

use serde::{Deserialize, Serialize};

/// A record.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Record<'a> {
    /// The first one: which model the embeddings are of.
    Header {
        /// The manifest's `space_id`.
        space_id: &'a str,
        /// Values of an embedding.
        dim: u32,
        /// Its slices.
        learners: u32,
        /// The program that wrote the file.
        tool: &'a str,
    },
    /// An identity. They are numbered from 0, as they come.
    Identity {
        /// Its name.
        name: &'a str,
        /// When it was created.
        created: &'a str,
        /// When it was last recognised; empty where that was not recorded.
        seen: &'a str,
    },
    /// A view, in the order of enrolment.
    View {
        /// Number of its identity.
        identity: u32,
        /// What is kept of the embedding.
        #[serde(borrow)]
        embedding: Embedding<'a>,
        /// The picture.
        #[serde(borrow)]
        of: Picture<'a>,
    },
    /// A view that is not of an identity.
    Bar {
        /// Number of that identity.
        identity: u32,
        /// d little-endian f32 values, or nothing.
        values: &'a [u8],
        /// The picture.
        #[serde(borrow)]
        of: Picture<'a>,
    },
    /// The last one.
    End {
        /// Identities that stand before it.
        identities: u64,
        /// Views that stand before it.
        views: u64,
        /// Bars that stand before it.
        bars: u64,
        /// SHA-256 of every byte of the file before this record.
        sha256: [u8; 32],
    },
}

/// What is kept of an embedding.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Embedding<'a> {
    /// d little-endian f32 values; the int8 code follows from them.
    Values(&'a [u8]),
    /// An int8 code of d values and its scale.
    Code(f32, &'a [u8]),
}

/// What is kept of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture<'a> {
    /// Where it came from.
    pub source: &'a str,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// When it was enrolled or barred.
    pub time: &'a str,
    /// Precision of the variant that embedded it.
    pub precision: &'a str,
    /// A small JPEG or PNG, or nothing.
    pub thumbnail: &'a [u8],
}
