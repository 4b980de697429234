//! Embed, enrol and identify on the device: everything between a picture and a decision, with neither the
//! training code nor the exporter.
//!
//! [`Bundle`] holds a verified model, [`Embedder`] turns pictures into embeddings with it, [`Gallery`] keeps
//! the enrolled views in one crash-safe file, and a [`gallery::Snapshot`] of it answers who is on a picture.
//!
//! ```no_run
//! use std::path::Path;
//! use dnc_edge::{Bundle, Embedder, Gallery, IdentificationRule, Space};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bundle = Bundle::open(Path::new("model.dnc"))?;
//! let mut embedder = Embedder::new(&bundle)?;
//! let gallery = Gallery::open(Path::new("site.gallery"))?;
//! gallery.check_space(&Space::of(bundle.manifest()))?;
//! let probe = embedder.embed_picture(&dnc_core::picture::read(Path::new("probe.jpg"))?)?;
//! let rule = IdentificationRule::of(embedder.variant()).expect("the bundle carries measured thresholds");
//! let answer = gallery.snapshot()?.identify(&probe, &rule, 5)?;
//! println!("{:?}: {:?}", answer.decision, answer.best);
//! # Ok(())
//! # }
//! ```
// One call of ONNX Runtime's library is unsafe to the compiler, in `runtime::ort::version`.
#![deny(unsafe_code)]

pub mod answer;
pub mod bench;
pub mod bundle;
pub mod calibration;
pub mod embedder;
pub mod fpir;
pub mod gallery;
pub mod json;
pub mod link;
pub mod live;
pub mod pipeline;
pub mod runtime;
#[cfg(feature = "serve")]
pub mod serve;
#[cfg(feature = "mqtt")]
pub mod sink;
pub mod thumbnail;
pub mod watch;
pub mod words;

pub use answer::{Answer, IdentificationRule, Match};
pub use bundle::{Bundle, BundleError};
pub use embedder::{EmbedError, Embedder};
pub use gallery::{Gallery, GalleryError, Space};
pub use link::{Link, LinkError};
pub use runtime::{Runtime, RuntimeError};
