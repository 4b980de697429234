//! What an epoch changes.

use burn::module::AutodiffModule;

use crate::checkpoint::{CheckpointError, Run, State};
use crate::config::Config;
use crate::early_stop;
use crate::ema::Ema;
use crate::history::History;
use crate::network::Network;
use crate::ops::TrainBackend;
use crate::optimizer::TraineeOptimizer;
use crate::trainee::Trainee;

pub(super) struct Progress<B: TrainBackend> {
    pub(super) trainee: Trainee<B>,
    /// Moving average of the network's weights, where one is kept.
    pub(super) ema: Option<Ema<B::InnerBackend>>,
    pub(super) optimizer: TraineeOptimizer<B>,
    pub(super) state: State,
    pub(super) history: History,
}

impl<B: TrainBackend> Progress<B> {
    /// What is validated: the moving average where one is kept.
    pub(super) fn evaluated(&self) -> Network<B::InnerBackend> {
        self.ema.as_ref().map_or_else(|| self.trainee.network.valid(), |ema| ema.network().clone())
    }

    /// Where patience ended and no more is asked for since: the epochs done at the best validation.
    pub(super) fn stopped_early(&self, config: &Config) -> Option<usize> {
        let stopped = self.history.stopped_early.filter(|stop| !stop.outgrown(config));
        stopped.and_then(|_| Some(early_stop::best(&self.history, config.best_by)?.epochs))
    }

    pub(super) fn save(&self, run: &Run, config: &Config) -> Result<(), CheckpointError> {
        run.save(&self.trainee, self.ema.as_ref(), &self.optimizer, &self.state, &self.history, config)
    }
}
