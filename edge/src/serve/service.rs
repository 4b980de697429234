//! What all requests share.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use super::ServeOptions;
use super::error::{ApiError, GALLERY_FAILED};
use super::journal::Journal;
use super::metrics::Metrics;
use super::queue::Queue;
use crate::gallery::{Gallery, Revision};
use crate::live::{Notes, Site};
#[cfg(feature = "mqtt")]
use crate::sink::Mqtt;

/// Watchers of the live events at a time; each keeps a connection.
pub const STREAMS: usize = 16;

pub struct Service {
    pub options: ServeOptions,
    pub site: Arc<Site>,
    pub queue: Queue,
    pub journal: Journal,
    pub metrics: Arc<Metrics>,
    pub notes: Notes,
    pub streams: Arc<Semaphore>,
    /// Becomes true when the service ends.
    pub ending: watch::Receiver<bool>,
    #[cfg(feature = "mqtt")]
    pub mqtt: Option<Mqtt>,
    pub gallery: Writer,
}

/// The gallery, opened for writing: held by one request at a time, on a thread that may wait.
pub struct Writer {
    path: PathBuf,
    /// `None` after the disk has failed: the file is opened anew for the next request.
    opened: Mutex<Option<Gallery>>,
}

impl Writer {
    pub fn new(gallery: Gallery) -> Self {
        Self { path: gallery.path().to_owned(), opened: Mutex::new(Some(gallery)) }
    }

    /// Runs `job`. After a failure of the storage, as of a full disk, redb writes no more until the file is opened again:
    /// once the disk is free the service must go on by itself.
    fn run<T>(&self, job: impl FnOnce(&mut Gallery) -> Result<T, ApiError>) -> Result<T, ApiError> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let gallery = match &mut *opened {
            Some(gallery) => gallery,
            closed => closed.insert(Gallery::open_writing(&self.path)?),
        };
        let done = job(gallery);
        if done.as_ref().is_err_and(|error| error.body.code == GALLERY_FAILED) {
            *opened = None;
        }
        done
    }
}

impl Service {
    /// When a request that begins now must be answered.
    pub fn end(&self) -> Instant {
        Instant::now() + self.options.timeout
    }

    /// Runs `job` on the gallery, on a thread that may wait for the disk. A job that begins is never left half-way: it
    /// goes on when its client has gone.
    pub async fn with_gallery<T: Send + 'static>(
        self: &Arc<Self>,
        job: impl FnOnce(&mut Gallery) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let service = Arc::clone(self);
        waiting(move || service.gallery.run(job)).await
    }

    /// [`with_gallery`](Self::with_gallery) for what changes it: answers are given from the new state before the change
    /// is acknowledged.
    pub async fn change<T: Send + 'static>(
        self: &Arc<Self>,
        job: impl FnOnce(&mut Gallery) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let service = Arc::clone(self);
        waiting(move || {
            let (done, revision) = service.gallery.run(|gallery| Ok((job(gallery)?, gallery.revision())))?;
            // The gallery is free meanwhile: the next change does not wait for this reading, it shares the one after.
            service.refresh(revision)?;
            Ok(done)
        })
        .await
    }

    /// Sees to it that answers are given from the state `revision` or a later one.
    fn refresh(&self, revision: Option<Revision>) -> Result<(), ApiError> {
        if self.site.catch_up(revision, || self.gallery.run(|gallery| Ok(gallery.committed()?)))? {
            self.metrics.gallery_read();
            self.metrics.gallery(self.site.counts());
        }
        Ok(())
    }
}

/// Runs `job` on a thread that may wait for the disk.
async fn waiting<T: Send + 'static>(job: impl FnOnce() -> Result<T, ApiError> + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(job).await.unwrap_or_else(|_| {
        let next_step = "see the service's log";
        Err(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, GALLERY_FAILED, "the change broke off", next_step))
    })
}
