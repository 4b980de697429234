//! What the workstation and the device must agree on.
//!
//! Without default features this crate is `no_std` and uses no heap: embedding layout, group normalisation,
//! distances, int8 codes, matching against a gallery block, the decision rule and the wire's frames. The `std` feature adds what a host needs: the bundle
//! manifest, picture preprocessing, exact top-k search, re-ranking and the retrieval metrics.
//!
//! Every distance, normalisation, resize and metric of the toolkit is written here, once.
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

// Manifests of the tests, which the fuzz targets share, call this crate by its name.
#[cfg(test)]
extern crate self as dnc_core;

pub mod decision;
pub mod distance;
pub mod int8;
pub mod layout;
pub mod matching;
pub mod normalize;
pub mod wire;

#[cfg(feature = "std")]
pub mod expansion;
#[cfg(feature = "std")]
pub mod manifest;
#[cfg(feature = "std")]
pub mod metrics;
#[cfg(feature = "std")]
pub mod open_set;
#[cfg(feature = "std")]
pub mod picture;
#[cfg(feature = "std")]
pub mod preprocess;
#[cfg(feature = "std")]
pub mod quiet;
#[cfg(feature = "std")]
pub mod rerank;
#[cfg(feature = "std")]
mod resample;
#[cfg(feature = "std")]
pub mod scan;
#[cfg(feature = "std")]
pub mod search;

pub use layout::{EmbeddingLayout, LayoutError};
