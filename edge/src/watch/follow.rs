//! Keeping up with a gallery that another process writes to.

use std::time::{Duration, Instant, SystemTime};

use crate::gallery::Gallery;
use crate::live::{Notes, Site, SiteError};

/// How often the file is looked at.
const PAUSE: Duration = Duration::from_millis(500);

/// A gallery opened for reading, read again when its file has changed.
pub struct Follower {
    gallery: Gallery,
    stamp: Option<(u64, SystemTime)>,
    next: Instant,
    failed: bool,
}

impl Follower {
    /// Follows `gallery`. It is read again once whatever its file says: it may have changed since it was opened.
    pub fn new(gallery: Gallery) -> Self {
        Self { gallery, stamp: None, next: Instant::now() + PAUSE, failed: false }
    }

    /// Brings `site` up to date. Where the gallery cannot be read, the state before stays, and `notes` is told once.
    pub fn keep_up(&mut self, site: &Site, notes: &Notes) {
        if Instant::now() < self.next {
            return;
        }
        self.next = Instant::now() + PAUSE;
        let now = stamp(&self.gallery);
        if now == self.stamp || now.is_none() {
            return;
        }
        match self.read_again(site) {
            Ok(()) => (self.stamp, self.failed) = (now, false),
            Err(error) if !self.failed => {
                self.failed = true;
                notes(&format!("{error}; answers are given from what was read before"));
            }
            Err(_) => {}
        }
    }

    fn read_again(&mut self, site: &Site) -> Result<(), SiteError> {
        let again = Gallery::open(self.gallery.path())?;
        site.refresh(&again)?;
        self.gallery = again;
        Ok(())
    }
}

/// Every commit writes to the file.
fn stamp(gallery: &Gallery) -> Option<(u64, SystemTime)> {
    let facts = std::fs::metadata(gallery.path()).ok()?;
    Some((facts.len(), facts.modified().ok()?))
}
