//! Many picture files to embeddings, on several threads.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use dnc_core::picture::{self, PictureError};
use image::RgbImage;
use sha2::{Digest, Sha256};

use crate::embedder::{EmbedError, Embedder};
use crate::thumbnail;

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

/// Embedders that share one model, one for each thread.
pub struct Pipeline {
    embedders: Vec<Embedder>,
    /// Shorter side of the small pictures, px.
    thumbnails: Option<u32>,
}

impl Pipeline {
    /// Spreads `embedder` over `threads` threads (at least one).
    ///
    /// # Errors
    /// Where the runtime cannot open another instance.
    pub fn new(embedder: Embedder, threads: usize) -> Result<Self, EmbedError> {
        let mut embedders = Vec::with_capacity(threads.max(1));
        for _ in 1..threads {
            embedders.push(embedder.fork()?);
        }
        embedders.push(embedder);
        Ok(Self { embedders, thumbnails: None })
    }

    /// Makes a small JPEG of each picture too, its shorter side `side` px; nothing where that is `None`.
    #[must_use]
    pub fn with_thumbnails(self, side: Option<u32>) -> Self {
        Self { thumbnails: side, ..self }
    }

    /// Reads and embeds `files`; the results stand in their order. Memory grows with the threads, and by one
    /// embedding a file.
    pub fn embed(&mut self, files: &[&Path]) -> Vec<Result<EmbeddedPicture, PipelineError>> {
        let side = self.thumbnails;
        in_parallel(&mut self.embedders, files.len(), |embedder, i| {
            let (picture, sha256) = read(files[i])?;
            let embedding = embedder
                .embed_picture(&picture)
                .map_err(|source| PipelineError::Embed { path: files[i].to_owned(), source })?;
            let thumbnail = side.map(|side| thumbnail::kept(&picture, side)).transpose();
            let thumbnail = thumbnail.map_err(|source| PictureError::Decode { path: files[i].to_owned(), source })?;
            Ok(EmbeddedPicture { embedding, sha256, thumbnail })
        })
    }
}

/// Reads a picture as [`picture::read`] does, with the SHA-256 of its bytes.
///
/// # Errors
/// Where the file cannot be read or decoded; the error names it.
pub fn read(path: &Path) -> Result<(RgbImage, [u8; 32]), PictureError> {
    let bytes = std::fs::read(path).map_err(|source| PictureError::Read { path: path.to_owned(), source })?;
    let decoded = picture::decode(&bytes).map_err(|source| PictureError::Decode { path: path.to_owned(), source })?;
    Ok((decoded, Sha256::digest(&bytes).into()))
}

/// The SHA-256 by which a gallery knows a picture file.
///
/// # Errors
/// Where the file cannot be read.
pub fn hash(path: &Path) -> std::io::Result<[u8; 32]> {
    Ok(Sha256::digest(std::fs::read(path)?).into())
}

/// Runs `job` for 0..`n`, each worker on its own thread taking the next number; results in order.
pub fn in_parallel<W: Send, T: Send>(workers: &mut [W], n: usize, job: impl Fn(&mut W, usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(n));
    thread::scope(|scope| {
        for worker in workers.iter_mut().take(n) {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= n {
                        break;
                    }
                    let result = job(worker, i);
                    // A poisoned lock means that another job panicked: the scope passes that on.
                    if let Ok(mut done) = done.lock() {
                        done.push((i, result));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_their_order_on_every_number_of_threads() {
        for threads in [1, 2, 7] {
            let squares = in_parallel(&mut vec![(); threads], 100, |(), i| i * i);
            assert_eq!(squares, (0..100).map(|i| i * i).collect::<Vec<_>>());
        }
        assert!(in_parallel(&mut [(); 2], 0, |(), i| i).is_empty());
    }
}
