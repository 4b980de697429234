//! A protocol that a set cannot be scored by.

use super::Protocol;

/// What a protocol lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// Nobody is named query or gallery.
    #[error(
        "protocol query-gallery: none of {pictures} pictures is named a query or a gallery picture; take \
         --protocol leave-one-out, or camera-aware where there are cameras"
    )]
    NoRoles {
        /// Pictures of the part.
        pictures: usize,
    },
    /// Some pictures have no camera.
    #[error(
        "protocol camera-aware: {without} of {pictures} pictures have no camera; name one for each (a camera column \
         in a CSV list), or take --protocol leave-one-out"
    )]
    NoCameras {
        /// Pictures without a camera.
        without: usize,
        /// Pictures of the part.
        pictures: usize,
    },
    /// There is nothing to compare.
    #[error(
        "protocol {protocol}: {queries} queries and {gallery} gallery pictures among {pictures} pictures; at least one \
         of each is needed"
    )]
    OneSided {
        /// Name of the protocol.
        protocol: &'static str,
        /// Pictures of the part.
        pictures: usize,
        /// Queries among them.
        queries: usize,
        /// Gallery pictures among them.
        gallery: usize,
    },
    /// No gallery is to be drawn.
    #[error("protocol gallery-draws: 0 draws; take at least 1 (--draws 10 as in the papers)")]
    NoDraws,
    /// There is no such protocol.
    #[error("no protocol {name:?}; there are {}", Protocol::NAMES.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
    },
}
