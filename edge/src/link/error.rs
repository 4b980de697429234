//! What can go wrong on the line.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use dnc_core::matching::{BlockError, BuildError, MAX_NAME};
use dnc_core::wire::{FrameError, MAX_DIM, Outcome};

use crate::gallery::GalleryError;

/// A controller that cannot be reached or did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The way to it cannot be opened.
    #[error("cannot open {address}: {source}; {advice}")]
    Open {
        /// What was to be opened.
        address: String,
        /// What the system says.
        source: io::Error,
        /// What to look at.
        advice: &'static str,
    },
    /// The line went away.
    #[error(
        "{address}: the line broke off during {asked}: {source}; check the cable, then give the same command again"
    )]
    Broken {
        /// The line.
        address: String,
        /// What was asked for.
        asked: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// No answer.
    #[error(
        "{address}: the controller did not answer request {number} ({asked}): sent {attempts} times, waited {:.1} s in all, \
         {}", waited.as_secs_f64(), came_back(*bytes, *harmed)
    )]
    Silent {
        /// The line.
        address: String,
        /// What was asked for.
        asked: &'static str,
        /// Number of the request.
        number: u32,
        /// How often it was sent.
        attempts: u32,
        /// How long was waited.
        waited: Duration,
        /// Bytes that came meanwhile.
        bytes: u64,
        /// Frames among them that were not whole.
        harmed: u32,
    },
    /// It answered that it did not.
    #[error("{address}: the controller did not do {asked}: {}", meaning(*outcome))]
    Refused {
        /// The line.
        address: String,
        /// What was asked for.
        asked: &'static str,
        /// What it answered.
        outcome: Outcome,
    },
    /// An answer of another kind than the question.
    #[error(
        "{address}: the controller answered something else to {asked}; its program and this one differ: update the older"
    )]
    Unexpected {
        /// The line.
        address: String,
        /// What was asked for.
        asked: &'static str,
    },
    /// It forgot an update half-way, every time.
    #[error(
        "{address}: the controller lost a gallery half-way {tries} times; it may be starting anew: check its power"
    )]
    Forgotten {
        /// The line.
        address: String,
        /// How often the update was begun.
        tries: u32,
    },
    /// Embeddings that fit no frame.
    #[error(
        "embeddings of {dim} values; a controller hears at most {MAX_DIM}: export with fewer (dnc-export --learners M)"
    )]
    TooWide {
        /// Values of an embedding.
        dim: usize,
    },
    /// The gallery cannot be read.
    #[error(transparent)]
    Gallery(#[from] GalleryError),
    /// A name too long for the controller's display and flash.
    #[error(
        "{}: the name {name:?} has {} bytes, a controller keeps {MAX_NAME}; \
         `dnc-edge gallery rename` gives the identity another", path.display(), name.len()
    )]
    Name {
        /// The gallery.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// The gallery fits no block.
    #[error("{}: {source}", path.display())]
    Build {
        /// The gallery.
        path: PathBuf,
        /// Why.
        source: BuildError,
    },
    /// The block made is none: thresholds that are not finite.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// A request that fits no frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

fn came_back(bytes: u64, harmed: u32) -> String {
    if bytes == 0 {
        return "nothing came back; check its power, that TX leads to RX and RX to TX, and the port".into();
    }
    format!(
        "{bytes} bytes came back ({harmed} frames harmed) but no whole answer; check the baud rate, the ground wire, and \
         that the other end is a gate controller"
    )
}

/// What an outcome means and what to do about it.
fn meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "it says that it did, where an answer was due; update the older program",
        Outcome::Width => "its gallery has embeddings of another width; send it the gallery with --send-gallery",
        Outcome::Space => "its gallery was made with another model; send it the gallery with --send-gallery",
        Outcome::NoGallery => "it has no gallery; send it one with --send-gallery",
        Outcome::TooLarge => "the gallery is larger than its flash slot; send one with fewer views",
        Outcome::OutOfOrder => "it expected another part of the gallery; give the same command again",
        Outcome::Refused => "it cannot use the gallery, or does not know the request; update its program",
        Outcome::Flash => "its flash could not be written; try again, then replace the controller",
        _ => "an outcome this program does not know; update this program",
    }
}
