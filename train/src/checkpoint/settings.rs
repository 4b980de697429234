//! What a run was started with, and what of it may change while it goes on.

use std::ffi::OsStr;
use std::fs::{self, File};

use super::files::write;
use super::{CONFIG_FILE, CheckpointError, Run, kept};
use crate::config::Config;
use crate::rates::LrSchedule;

/// The folder of a run for one process alone, as long as this lives. Nothing of it stays on disk.
#[derive(Debug)]
#[must_use = "the folder is locked as long as this lives"]
pub struct RunLock(Option<File>);

impl RunLock {
    /// Locks a folder that is there. Where the system knows no such locks, nothing is.
    fn take(run: &Run) -> Result<Self, CheckpointError> {
        let Ok(folder) = File::open(&run.folder) else { return Ok(Self(None)) };
        match folder.try_lock() {
            Ok(()) => Ok(Self(Some(folder))),
            Err(fs::TryLockError::WouldBlock) => Err(CheckpointError::InUse { path: run.folder.clone() }),
            Err(fs::TryLockError::Error(_)) => Ok(Self(None)),
        }
    }

    /// Whether the system holds a lock for it.
    pub fn is_held(&self) -> bool {
        self.0.is_some()
    }
}

impl Run {
    /// Makes the run's folder, takes it for this process, and checks that a run that is there was started with the same
    /// settings. `data`, `skip_broken`, `backend`, `device`, `precision`, `epochs`, `evaluate_every`, `patience` and
    /// `keep_every` may change: a run can be moved, go on elsewhere, or longer; so may the folder of the first weights
    /// and the settings that say how pictures are kept and what is written beside the checkpoints. Nothing that is there
    /// is changed.
    ///
    /// # Errors
    /// [`CheckpointError::OtherSettings`] with the first field that differs, [`CheckpointError::InUse`] where another
    /// process trains there, [`CheckpointError::NotARun`] where something else is there.
    pub fn begin(&self, config: &Config) -> Result<RunLock, CheckpointError> {
        fs::create_dir_all(&self.folder)
            .map_err(|source| CheckpointError::Write { path: self.folder.clone(), source })?;
        let lock = RunLock::take(self)?;
        match self.newest()? {
            Some(_) => self.same_settings(config)?,
            None => self.nothing_to_lose(config)?,
        }
        Ok(lock)
    }

    /// Writes the settings: what a run was started with, or goes on with.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn keep_settings(&self, config: &Config) -> Result<(), CheckpointError> {
        write(&self.folder.join(CONFIG_FILE), config.to_toml().as_bytes())
    }

    /// Without a pointer there is no run yet, but perhaps what is left of one, or somebody's file of settings.
    fn nothing_to_lose(&self, config: &Config) -> Result<(), CheckpointError> {
        let refused =
            |found: String, next: String| Err(CheckpointError::NotARun { path: self.folder.clone(), found, next });
        // The first checkpoint is of 0 epochs: a program that was killed while it was written leaves that.
        if let Some((epochs, folder)) = kept::all(&self.folder).into_iter().rfind(|(epochs, _)| *epochs > 0) {
            let name = kept::name(epochs);
            let next = format!("to go on from there, write {name} into {}", self.folder.join(super::POINTER).display());
            return refused(folder.display().to_string(), next);
        }
        let path = self.folder.join(CONFIG_FILE);
        if fs::read(&path).is_ok_and(|found| found != config.to_toml().as_bytes()) {
            return refused(path.display().to_string(), "move that file away".into());
        }
        Ok(())
    }

    fn same_settings(&self, config: &Config) -> Result<(), CheckpointError> {
        let was = self.config()?;
        let comparable = |c: &Config| {
            let same = Config { epochs: 0, evaluate_every: 0, patience: 0, keep_every: 0, ..c.without_place() };
            // Read once, before the first epoch: they may lie elsewhere now.
            let weights = c.weights.as_ref().and_then(|path| path.file_name()).map(OsStr::to_os_string).map(Into::into);
            let same =
                Config { weights, skip_broken: false, join_at: None, conquer_at: None, cosine_until: None, ..same };
            let mut table = toml::Table::try_from(&same).expect("settings that passed their check serialise");
            let mut insert = |name: &str, value: usize| table.insert(name.into(), (value as i64).into());
            // One learner has one phase, and only a cosine asks how long it is.
            if was.learners > 1 && config.learners > 1 {
                insert("join_at", c.schedule().join_at);
                insert("conquer_at", c.schedule().conquer_at);
            }
            insert("cosine_until", if c.any_follows(LrSchedule::Cosine) { c.cosine_until() } else { 0 });
            table
        };
        let (a, b) = (comparable(&was), comparable(config));
        let Some(field) = a.keys().chain(b.keys()).find(|k| a.get(*k) != b.get(*k)) else { return Ok(()) };
        let shown = |t: &toml::Table| t.get(field).map_or("nothing".into(), ToString::to_string);
        // These follow from the epochs where they are not named.
        let scaled = ["join_at", "conquer_at", "cosine_until"].into_iter().filter(|name| a.get(*name) != b.get(*name));
        let flags: Vec<String> =
            scaled.filter_map(|name| Some(format!("--{} {}", name.replace('_', "-"), a.get(name)?))).collect();
        let next = match flags.is_empty() {
            true => String::new(),
            false => format!(" ({} with {} epochs)", flags.join(" "), config.epochs),
        };
        Err(CheckpointError::OtherSettings {
            path: self.folder.clone(),
            field: field.clone(),
            was: shown(&a),
            now: shown(&b),
            next,
        })
    }
}
