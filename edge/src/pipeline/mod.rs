//! Many picture files to embeddings, on several threads.

mod files;
mod parallel;

use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use dnc_core::picture::{self, PictureError};
use dnc_core::preprocess::PictureView;
use image::{ImageError, RgbImage};

use crate::embedder::{EmbedError, Embedder};
use crate::thumbnail;
use files::read_into;

pub use files::{hash, read};
pub use parallel::in_parallel;

/// An embedded picture file.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddedPicture {
    /// Group-normalised embedding, d values.
    pub embedding: Vec<f32>,
    /// SHA-256 of the file's bytes.
    pub sha256: [u8; 32],
    /// A small JPEG of the picture, where [`Pipeline::with_thumbnails`] asked for it.
    pub thumbnail: Option<Vec<u8>>,
}

/// A picture file that could not be embedded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The file is missing or broken.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The model failed on it.
    #[error("cannot embed picture {}: {source}", path.display())]
    Embed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: EmbedError,
    },
}

/// The bytes of a picture file that could not be embedded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BytesError {
    /// They are no whole picture.
    #[error("cannot be decoded: {0}")]
    Decode(#[from] ImageError),
    /// The model failed on it.
    #[error("cannot be embedded: {0}")]
    Embed(#[from] EmbedError),
}

/// Embedders that share one model, one for each thread.
pub struct Pipeline {
    workers: Vec<Worker>,
    /// Pictures of one run of the model.
    batch: usize,
    /// Shorter side of the small pictures, px.
    thumbnails: Option<u32>,
}

/// What a thread has for itself.
struct Worker {
    embedder: Embedder,
    /// Memory of the pictures of a run, used again.
    pictures: Vec<RgbImage>,
}

impl Pipeline {
    /// Spreads `embedder` over `threads` threads (at least one).
    ///
    /// # Errors
    /// Where the runtime cannot open another instance.
    pub fn new(embedder: Embedder, threads: usize) -> Result<Self, EmbedError> {
        let workers = embedder.spread(threads)?.into_iter();
        let workers = workers.map(|embedder| Worker { embedder, pictures: Vec::new() }).collect();
        Ok(Self { workers, batch: 1, thumbnails: None })
    }

    /// Gives the model `batch` pictures a run (at least one).
    ///
    /// # Errors
    /// Where the model takes another number.
    pub fn with_batch(self, batch: usize) -> Result<Self, EmbedError> {
        for worker in &self.workers {
            worker.embedder.check_batch(batch)?;
        }
        Ok(Self { batch: batch.max(1), ..self })
    }

    /// Makes a small JPEG of each picture too, its shorter side `side` px; nothing where that is `None`.
    #[must_use]
    pub fn with_thumbnails(self, side: Option<u32>) -> Self {
        Self { thumbnails: side, ..self }
    }

    /// Runs the model of every thread `times` times before the first picture.
    ///
    /// # Errors
    /// Where the runtime fails.
    pub fn warm_up(&mut self, times: usize) -> Result<(), EmbedError> {
        let batch = self.batch;
        thread::scope(|scope| {
            let mut threads = Vec::new();
            for worker in &mut self.workers {
                threads.push(scope.spawn(move || worker.embedder.warm_up(times, batch)));
            }
            threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
        })
    }

    /// Pictures that keep every thread busy: as many as a caller should give [`embed`](Self::embed) at least.
    pub fn round(&self) -> usize {
        self.batch * self.workers.len()
    }

    /// Reads and embeds `files`; the results stand in their order. Memory grows with the threads and the batch, and by one
    /// embedding a file.
    pub fn embed(&mut self, files: &[&Path]) -> Vec<Result<EmbeddedPicture, PipelineError>> {
        let side = self.thumbnails;
        self.in_runs(files, |worker, run| {
            let read = worker.embed(run, |file, picture| read_into(file, picture));
            let mut done = Vec::with_capacity(run.len());
            for ((file, picture), read) in run.iter().zip(&worker.pictures).zip(read) {
                done.push(read.map_err(PipelineError::from).and_then(|(sha256, embedding)| {
                    let path = || file.to_path_buf();
                    let embedding = embedding.map_err(|source| PipelineError::Embed { path: path(), source })?;
                    let thumbnail = side.map(|side| thumbnail::kept(picture, side)).transpose();
                    let thumbnail = thumbnail.map_err(|source| PictureError::Decode { path: path(), source })?;
                    Ok(EmbeddedPicture { embedding, sha256, thumbnail })
                }));
            }
            done
        })
    }

    /// Embeds the bytes of picture files: for each its embedding, or why there is none, in their order.
    pub fn embed_bytes(&mut self, files: &[&[u8]]) -> Vec<Result<Vec<f32>, BytesError>> {
        self.in_runs(files, |worker, run| {
            let read = worker.embed(run, |bytes, picture| picture::decode_into(bytes, picture));
            read.into_iter().map(|read| Ok(read?.1?)).collect()
        })
    }

    /// Hands `job` the files of each run of the model, on all threads; the results in their order.
    fn in_runs<F: Sync, T: Send>(&mut self, files: &[F], job: impl Fn(&mut Worker, &[F]) -> Vec<T> + Sync) -> Vec<T> {
        let runs: Vec<&[F]> = files.chunks(self.batch).collect();
        in_parallel(&mut self.workers, runs.len(), |worker, i| job(worker, runs[i])).into_iter().flatten().collect()
    }
}

/// An embedding, or why the model gave none.
type Embedded = Result<Vec<f32>, EmbedError>;

impl Worker {
    /// Reads the pictures of one run and embeds them; a broken one leaves the others their run. With each embedding stands
    /// what `read` answered.
    fn embed<F, T, E>(
        &mut self,
        files: &[F],
        read: impl Fn(&F, &mut RgbImage) -> Result<T, E>,
    ) -> Vec<Result<(T, Embedded), E>> {
        self.pictures.resize_with(files.len().max(self.pictures.len()), RgbImage::default);
        let read: Vec<_> = files.iter().zip(&mut self.pictures).map(|(file, picture)| read(file, picture)).collect();
        let whole = self.pictures.iter().zip(&read).filter(|(_, read)| read.is_ok());
        let whole: Vec<PictureView<'_>> = whole.map(|(picture, _)| picture.into()).collect();
        let mut embedded = self.embedder.embed_each(&whole).into_iter();
        let mut next = || embedded.next().expect("there is an answer for each picture that was read");
        read.into_iter().map(|read| read.map(|read| (read, next()))).collect()
    }
}
