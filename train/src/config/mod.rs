//! Every setting of a training run: one TOML file, each field also a flag.

use std::path::Path;

use dnc_core::preprocess::Preprocess;
use dnc_core::{EmbeddingLayout, LayoutError};

use crate::batch::{Augment, DiskCache, Storage};
use crate::divide::DivisionKind;
use crate::mask::MaskKind;
use crate::sampler::BatchSize;
use crate::schedule::Schedule;

mod check;
mod error;
mod settings;
#[cfg(test)]
mod tests;

pub use error::ConfigError;
pub use settings::{Config, Flag, Flags, Setting};

impl Config {
    /// Reads a TOML file; fields it does not name keep their defaults. A relative `data` or `weights` is
    /// relative to the file's folder.
    ///
    /// # Errors
    /// Where it cannot be read or has an unknown field.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let mut config = Self::parse(&text, path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        if !config.data.as_os_str().is_empty() {
            config.data = folder.join(&config.data);
        }
        config.weights = config.weights.map(|w| folder.join(w));
        config.cache_dir = config.cache_dir.map(|d| folder.join(d));
        Ok(config)
    }

    /// Reads TOML text; `path` is named in errors.
    ///
    /// # Errors
    /// Where a field is unknown or of another type.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|source| ConfigError::Toml { path: path.to_owned(), source: Box::new(source) })
    }

    /// The configuration as TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("plain fields always serialise")
    }

    /// Slices of the embedding as it comes out: one a learner, or with masks a single one however many learn.
    ///
    /// # Errors
    /// Where a learner would be left without a value.
    pub fn layout(&self) -> Result<EmbeddingLayout, LayoutError> {
        EmbeddingLayout::new(self.dim, if self.masks == MaskKind::Slices { self.learners } else { 1 })
    }

    /// Values that the loss of learner `k` sees: those of its slice, or with masks the whole embedding's.
    ///
    /// # Errors
    /// Where a learner would be left without a value.
    pub fn learner_dim(&self, k: usize) -> Result<usize, LayoutError> {
        let layout = self.layout()?;
        Ok(if self.masks == MaskKind::Slices { layout.slice(k).len() } else { layout.dim() })
    }

    /// Learning rate of learnable masks.
    pub fn masks_lr(&self) -> f64 {
        self.masks_lr.unwrap_or(100.0 * self.lr)
    }

    /// How evaluation and device see a picture.
    pub fn preprocess(&self) -> Preprocess {
        let base = Preprocess::imagenet(self.size);
        Preprocess { resize_shorter: self.resize_shorter.unwrap_or(base.resize_shorter), ..base }
    }

    /// How training crops and mirrors a picture.
    pub fn augment(&self) -> Augment {
        Augment { crop_min: self.crop_min, flip: self.flip }
    }

    /// Where a run in `folder` keeps its training pictures.
    pub fn storage(&self, folder: &Path) -> Storage {
        const MIB: u64 = 1 << 20;
        let dir = self.cache_dir.clone().unwrap_or_else(|| folder.join("pictures"));
        let disk = (self.cache_disk > 0).then(|| DiskCache::open(&dir, self.cache_disk * MIB));
        Storage { memory: self.cache_memory * MIB, disk, keep_all: self.cache_dir.is_some() }
    }

    /// Threads that prepare batches.
    pub fn workers(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from).min(8);
        self.workers.unwrap_or_else(cores)
    }

    /// Switch points of the run.
    pub fn schedule(&self) -> Schedule {
        let conquer_at = self.conquer_at.unwrap_or(Schedule::defaults(self.epochs).1);
        let join_at = self.join_at.unwrap_or(conquer_at * 8 / 19);
        let hierarchical = self.division == DivisionKind::Hierarchical;
        let level_epochs = hierarchical.then_some(self.level_epochs.unwrap_or(self.divide_every));
        Schedule {
            join_at,
            conquer_at,
            divide_every: self.divide_every,
            level_epochs,
            freeze: self.freeze_after_division,
        }
    }

    /// Sizes of a batch.
    pub fn batch_size(&self) -> BatchSize {
        BatchSize { pictures: self.batch, per_identity: self.per_identity }
    }

    /// The same with all at its default that is no matter of the method: where the pictures are and are kept, what
    /// computes, and what is written beside the checkpoints.
    pub fn without_place(&self) -> Self {
        let Self { data, backend, device, precision, .. } = Self::default();
        let Self { cache_memory, cache_dir, cache_disk, workers, tensorboard, .. } = Self::default();
        Self {
            data,
            backend,
            device,
            precision,
            cache_memory,
            cache_dir,
            cache_disk,
            workers,
            tensorboard,
            ..self.clone()
        }
    }

    /// Largest norm of all gradients, where they are clipped.
    pub fn clips_at(&self) -> Option<f64> {
        (self.clip_norm > 0.0).then_some(self.clip_norm)
    }

    /// Whether the batch normalisation's statistics stay as they are.
    pub fn freezes_norm(&self) -> bool {
        self.freeze_norm.unwrap_or(self.weights.is_some())
    }
}
