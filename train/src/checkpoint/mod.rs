//! A run's folder and its checkpoints: a new one is whole on disk before the old one goes.
//!
//! ```text
//! RUN/config.toml           settings of the run
//! RUN/history.json          what it did so far
//! RUN/checkpoint            name of the newest checkpoint's folder
//! RUN/epoch-0007/model.mpk  weights after 7 epochs (f32)
//!               ema.mpk     their moving average, where one is kept: what evaluation and export take
//!               objective.mpk  what the losses learned themselves
//!               optimizer.mpk, state.json, history.json
//!               SHA256SUMS  of all these, as `sha256sum --check` reads it
//! RUN/tensorboard/          event files (setting tensorboard)
//! RUN/pictures/             reduced pictures that memory did not hold (setting cache_memory); may be deleted
//! ```
//!
//! The best checkpoint and every `keep_every`-th stay too, without what only training on needs. The files know no
//! backend: a run goes on on another device.

mod error;
mod files;
mod kept;
mod load;
mod pictures;
mod save;
mod settings;
mod sums;
mod which;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::divide::Division;
use crate::early_stop;
use crate::history::{HISTORY_FILE, History};
use crate::scaling::LossScaler;

pub use error::CheckpointError;
pub use pictures::RunPictures;
pub use settings::RunLock;
pub use which::Which;

const POINTER: &str = "checkpoint";
const CONFIG_FILE: &str = "config.toml";
const MODEL_FILE: &str = "model.mpk";
const EMA_FILE: &str = "ema.mpk";
const OBJECTIVE_FILE: &str = "objective.mpk";
const OPTIMIZER_FILE: &str = "optimizer.mpk";
const STATE_FILE: &str = "state.json";

/// What a run needs besides weights and optimiser to go on as if it had not stopped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Epochs done.
    pub epochs: usize,
    /// Division in force.
    pub division: Division,
    /// Name of the data set.
    pub dataset: String,
    /// Which of its pictures are learned from and held out; older versions did not note it.
    #[serde(default)]
    pub pictures: Option<RunPictures>,
    /// Version of the tool.
    pub tool: String,
    /// Updates of the moving average of the weights.
    #[serde(default)]
    pub ema_updates: u64,
    /// Scale of the loss, where it is scaled.
    #[serde(default)]
    pub scaler: Option<LossScaler>,
}

/// A run's folder, and the checkpoint that is read from it: the last, unless [`choosing`](Self::choosing) another.
#[derive(Debug, Clone)]
pub struct Run {
    folder: PathBuf,
    which: Which,
}

impl Run {
    /// The run in `folder`, which need not exist yet.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), which: Which::Last }
    }

    /// The same run, read from another of its checkpoints.
    pub fn choosing(self, which: Which) -> Self {
        Self { which, ..self }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Settings that it was started with.
    ///
    /// # Errors
    /// [`CheckpointError::None`] where the folder holds no run.
    pub fn config(&self) -> Result<Config, CheckpointError> {
        let path = self.folder.join(CONFIG_FILE);
        if !path.is_file() {
            return Err(CheckpointError::None { path: self.folder.clone() });
        }
        Ok(Config::read(&path)?)
    }

    /// Folder of the newest checkpoint, if there is one.
    ///
    /// # Errors
    /// Where the pointer exists but cannot be read, or names no folder.
    pub fn newest(&self) -> Result<Option<PathBuf>, CheckpointError> {
        let pointer = self.folder.join(POINTER);
        if !pointer.is_file() {
            return Ok(None);
        }
        let name = String::from_utf8_lossy(&self.read(&pointer)?).trim().to_owned();
        let folder = self.folder.join(&name);
        if name.is_empty() || !folder.is_dir() {
            return Err(self.damaged(&pointer, &format!("names a checkpoint {name:?} that is not there")));
        }
        Ok(Some(folder))
    }

    fn need_newest(&self) -> Result<PathBuf, CheckpointError> {
        self.newest()?.ok_or_else(|| CheckpointError::None { path: self.folder.clone() })
    }

    /// Folder of the checkpoint chosen.
    fn chosen(&self) -> Result<PathBuf, CheckpointError> {
        let epochs = match self.which {
            Which::Last => return self.need_newest(),
            Which::Epoch(epochs) => epochs,
            Which::Best => {
                let history: History = self.read_json(&self.need_newest()?.join(HISTORY_FILE))?;
                let best = early_stop::best(&history, self.config()?.best_by);
                best.ok_or_else(|| CheckpointError::NoBest { path: self.folder.clone() })?.epochs
            }
        };
        let folder = self.folder.join(kept::name(epochs));
        if folder.is_dir() {
            return Ok(folder);
        }
        let kept: Vec<usize> = kept::all(&self.folder).into_keys().collect();
        if kept.is_empty() {
            return Err(CheckpointError::None { path: self.folder.clone() });
        }
        Err(CheckpointError::NotKept { path: self.folder.clone(), asked: epochs, kept })
    }

    /// State and history of the checkpoint chosen.
    ///
    /// # Errors
    /// Where there is none or it is damaged.
    pub fn state(&self) -> Result<(State, History), CheckpointError> {
        let folder = self.chosen()?;
        Ok((self.read_json(&folder.join(STATE_FILE))?, self.read_json(&folder.join(HISTORY_FILE))?))
    }

    /// SHA-256 (hex) of the weights that evaluation and export take.
    ///
    /// # Errors
    /// Where there is none or it cannot be read.
    pub fn weights_sha256(&self) -> Result<String, CheckpointError> {
        Ok(dnc_core::manifest::sha256_hex(&self.read_checked(&self.evaluated_file()?)?))
    }
}
