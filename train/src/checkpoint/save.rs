//! Storing a checkpoint: whole, and only then the one before it goes.

use std::fs;

use burn::module::Module;

use super::files::{encode, to_json, write};
use super::{
    CheckpointError, EMA_FILE, MODEL_FILE, OBJECTIVE_FILE, OPTIMIZER_FILE, POINTER, Run, STATE_FILE, State, kept, sums,
};
use crate::config::Config;
use crate::early_stop;
use crate::ema::Ema;
use crate::history::{HISTORY_FILE, History};
use crate::ops::TrainBackend;
use crate::optimizer::TraineeOptimizer;
use crate::trainee::Trainee;

impl Run {
    /// Stores a checkpoint and only then forgets those that need not stay: all but the best by validation and every
    /// `keep_every`-th.
    ///
    /// # Errors
    /// Where it cannot be written; the one before is then whole and still the newest.
    pub fn save<B: TrainBackend>(
        &self,
        trainee: &Trainee<B>,
        ema: Option<&Ema<B::InnerBackend>>,
        optimizer: &TraineeOptimizer<B>,
        state: &State,
        history: &History,
        config: &Config,
    ) -> Result<(), CheckpointError> {
        let before = self.newest()?;
        let name = kept::name(state.epochs);
        let folder = self.folder.join(&name);
        let mut files = vec![
            (MODEL_FILE, encode::<B, _>(trainee.network.clone().into_record())),
            (OBJECTIVE_FILE, encode::<B, _>(trainee.objective.clone().into_record())),
            (OPTIMIZER_FILE, encode::<B, _>(optimizer.record())),
            (HISTORY_FILE, to_json(history)),
            (STATE_FILE, to_json(state)),
        ];
        files.extend(ema.map(|ema| (EMA_FILE, encode::<B::InnerBackend, _>(ema.network().clone().into_record()))));
        let store = || {
            fs::create_dir_all(&folder).map_err(|source| CheckpointError::Write { path: folder.clone(), source })?;
            for (file, bytes) in &files {
                write(&folder.join(file), bytes)?;
            }
            write(&folder.join(sums::FILE), sums::of(&files).as_bytes())?;
            // Before the pointer: a run killed between the two does this epoch again, and tells the same of it.
            write(&self.folder.join(HISTORY_FILE), &to_json(history))?;
            // From here on it is the newest.
            write(&self.folder.join(POINTER), name.as_bytes())
        };
        if let Err(error) = store() {
            if before.as_ref() != Some(&folder) {
                let _ = fs::remove_dir_all(&folder);
            }
            return Err(error);
        }
        let best = early_stop::best(history, config.best_by).map(|best| best.epochs);
        let stays =
            |epochs| Some(epochs) == best || config.keep_every > 0 && epochs > 0 && epochs % config.keep_every == 0;
        kept::tidy(&self.folder, state.epochs, stays);
        Ok(())
    }
}
