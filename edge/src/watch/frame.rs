//! What a source gives.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use image::RgbImage;
use serde::Deserialize;

use super::Mailbox;
use crate::live::Notes;

/// What a frame is known by, to its boxes too.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(untagged)]
pub enum Key {
    /// Its place in a stream, from 0; over restarts of the player it goes on.
    Number(u64),
    /// Its file name.
    Name(String),
}

/// One picture of a source.
#[derive(Debug)]
pub struct Frame {
    /// What it is known by.
    pub key: Key,
    /// What it is called in lines.
    pub name: String,
    /// The picture.
    pub picture: Picture,
}

/// A frame's picture.
#[derive(Debug)]
pub enum Picture {
    /// A file's bytes.
    File(Vec<u8>),
    /// Pixels.
    Pixels(RgbImage),
    /// None, and why.
    Broken(String),
}

/// Where a source puts its frames.
#[derive(Clone)]
pub struct Outlet {
    /// To the model.
    pub frames: Arc<Mailbox<Frame>>,
    /// Set when the source is to end.
    pub stop: Arc<AtomicBool>,
    /// Times that a player was started again.
    pub restarts: Arc<AtomicU64>,
    /// Longest file that is read, bytes.
    pub max_bytes: usize,
    /// What a person should read.
    pub notes: Notes,
}

impl Outlet {
    /// Whether the source is to end.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Sleeps for `time`, or until the source is to end.
    pub fn sleep(&self, time: Duration) {
        let end = Instant::now() + time;
        while !self.stopped() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(Duration::from_millis(100)));
        }
    }
}

/// Gives frames until it ends or is stopped.
pub trait Source: Send {
    /// Puts frames into `out`.
    ///
    /// # Errors
    /// Where the source cannot be used, and trying again would not help.
    fn run(&mut self, out: &Outlet) -> Result<(), WatchError>;

    /// Whether [`run`](Self::run) ends soon after it was stopped. One that waits in a read for another process does not.
    fn stops(&self) -> bool {
        true
    }
}

/// A source that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// A folder or file cannot be read.
    #[error("cannot read {}: {source}; check the path", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Standard input broke off.
    #[error("cannot read standard input: {0}; start the program that writes to it again")]
    Stdin(std::io::Error),
    /// The source's thread panicked, which it has printed.
    #[error("the source broke off; start the command again, and report what is printed above")]
    Panicked,
    /// The player is not there.
    #[error("cannot start {player}: {source}; install it, or give another with --with")]
    Start {
        /// The program.
        player: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The player does not take this source.
    #[error("{player} gives no frames: {reason}; its last lines:\n{lines}")]
    GaveUp {
        /// The program.
        player: String,
        /// How it ended.
        reason: String,
        /// The end of what it wrote to standard error.
        lines: String,
    },
    /// A size that the player cannot give.
    #[error("size {width}x{height}: {reason}")]
    Size {
        /// Width, px.
        width: u32,
        /// Height, px.
        height: u32,
        /// Why, and what to do.
        reason: &'static str,
    },
}
