//! The training loop: divide, learn, join, conquer; a checkpoint after every epoch.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use burn::module::AutodiffModule;
use dnc_core::preprocess::Preprocess;
use dnc_datasets::protocol::Protocol;
use dnc_datasets::validation;
use dnc_datasets::{Dataset, Sample, pictures};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use crate::batch::PictureCache;
use crate::checkpoint::{Run, RunPictures};
use crate::config::Config;
use crate::divide::{Division, DivisionKind, descend, drop_singletons};
use crate::early_stop::EarlyStop;
use crate::embed::{Vector, embed_cache, embed_samples};
use crate::history::EpochRecord;
use crate::network::Network;
use crate::ops::TrainBackend;
use crate::rates::Place;
use crate::sampler::{epoch_batches, rest_lone_identities};
use crate::schedule::Phase;

use progress::Progress;

mod error;
mod learn;
mod observer;
mod progress;
mod start;

pub use error::TrainError;
pub use observer::Observer;

/// Recall is reported at these ranks.
pub const RECALL_AT: [usize; 4] = [1, 2, 4, 8];

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All epochs are done.
    Finished,
    /// It was asked to stop; the checkpoint of the last whole epoch is kept.
    Interrupted {
        /// Whole epochs.
        epochs: usize,
    },
    /// `patience` validations in a row were no better than the best before them.
    StoppedEarly {
        /// Epochs done.
        epochs: usize,
        /// Epochs done when the best validation was made.
        best: usize,
    },
}

/// A seed for one purpose of one epoch: a run that goes on draws what the uninterrupted one would have drawn.
fn seed_of(seed: u64, epoch: usize, purpose: u64) -> u64 {
    ChaCha8Rng::seed_from_u64(seed ^ (epoch as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (purpose << 56)).random()
}

/// Trains, or goes on where `run` stopped.
///
/// # Errors
/// Broken pictures (unless they may be skipped), too little data, a loss that is not a number, a checkpoint that
/// cannot be written.
pub fn train<B: TrainBackend>(
    config: &Config,
    dataset: &Dataset,
    run: &Run,
    device: &B::Device,
    observer: &impl Observer,
    stop: &AtomicBool,
) -> anyhow::Result<Outcome> {
    config.precision.engage();
    dataset.check_trainable(2)?;
    let split = validation::split(dataset, config.validation_share, config.seed);
    let trainer = Trainer::<B>::prepare(config, dataset, split, run, device, observer)?;
    trainer.run(run, observer, stop)
}

struct Trainer<'a, B: TrainBackend> {
    config: &'a Config,
    dataset: &'a Dataset,
    preprocess: Preprocess,
    cache: PictureCache,
    /// Class of each training picture: its identity, counted through from 0.
    labels: Vec<u32>,
    classes: usize,
    validation: Vec<&'a Sample>,
    pictures: RunPictures,
    device: &'a B::Device,
}

impl<'a, B: TrainBackend> Trainer<'a, B> {
    fn run(self, run: &Run, observer: &impl Observer, stop: &AtomicBool) -> anyhow::Result<Outcome> {
        let mut progress = self.start(run, observer)?;
        while progress.state.epochs < self.config.epochs {
            let epoch = progress.state.epochs;
            if let Some(best) = progress.stopped_early(self.config) {
                return Ok(Outcome::StoppedEarly { epochs: epoch, best });
            }
            match self.epoch(progress, observer, stop)? {
                Some(next) => progress = next,
                None => return Ok(Outcome::Interrupted { epochs: epoch }),
            }
            progress.history.stopped_early = EarlyStop::due(&progress.history, self.config);
            progress.save(run, self.config)?;
            if let Some(record) = progress.history.epochs.last() {
                observer.epoch_done(record);
            }
        }
        Ok(Outcome::Finished)
    }

    /// One epoch; `None` where it was asked to stop.
    fn epoch(
        &self,
        mut progress: Progress<B>,
        observer: &impl Observer,
        stop: &AtomicBool,
    ) -> anyhow::Result<Option<Progress<B>>> {
        let started = Instant::now();
        let config = self.config;
        let (epoch, schedule) = (progress.state.epochs, config.schedule());
        let phase = schedule.phase(epoch, config.learners);
        let divided = schedule.divides(epoch, config.learners);
        let mut nmi = None;
        if divided {
            let division = self.divide(&progress, epoch, observer)?;
            let before = std::mem::replace(&mut progress.state.division, division);
            let now = &progress.state.division.of_sample;
            nmi = (before.clusters > 1).then(|| dnc_core::metrics::nmi(&before.of_sample, now).arithmetic);
        }
        let undivided = Division::undivided(self.labels.len());
        let division = if phase == Phase::Conquer { &undivided } else { &progress.state.division };
        let mut clusters = drop_singletons(&self.labels, &division.of_sample);
        let idle = rest_lone_identities(&self.labels, &mut clusters);
        if divided && !idle.is_empty() {
            observer.note(&format!(
                "epoch {}: clusters {idle:?} hold one identity each, which has nothing to be told from: their learners \
                 rest until the next division",
                epoch + 1
            ));
        }
        let batches = epoch_batches(&self.labels, &clusters, config.batch_size(), seed_of(config.seed, epoch, 2));
        if batches.is_empty() {
            let (clusters, sizes) = (division.clusters, division.sizes());
            return Err(TrainError::NothingToLearn { epoch, clusters, sizes }.into());
        }
        let sat_out = clusters.iter().filter(|c| c.is_none()).count();
        let sizes = division.sizes();
        let total = batches.len();
        observer.epoch_started(epoch, config.epochs, phase, total);
        let Some(learned) = self.learn(&mut progress, batches, phase, observer, stop)? else { return Ok(None) };

        self.check_weights(&progress, total)?;
        if let Some(scaler) = progress.state.scaler.filter(|_| learned.skipped > 0) {
            let (skipped, of, scale) = (learned.skipped, total, scaler.scale());
            observer.note(&format!("{skipped} of {of} steps overflowed f16 and were left out; loss scale now {scale}"));
        }
        progress.state.epochs = epoch + 1;
        let last = epoch + 1 == config.epochs;
        let due = config.evaluate_every > 0 && (epoch + 1).is_multiple_of(config.evaluate_every);
        let validation = if (last || due) && !self.validation.is_empty() {
            Some(self.validate(&progress.evaluated(), observer)?)
        } else {
            None
        };
        let seconds = started.elapsed().as_secs_f64();
        let real: Vec<f32> = learned.losses.iter().copied().filter(|l| !l.is_nan()).collect();
        progress.history.epochs.push(EpochRecord {
            epoch,
            phase,
            loss: real.iter().map(|l| f64::from(*l)).sum::<f64>() / real.len().max(1) as f64,
            losses: real,
            pictures: learned.pictures,
            seconds,
            stalled: learned.stalled.as_secs_f64() / learned.spent.as_secs_f64().max(f64::MIN_POSITIVE),
            clusters: divided.then_some(sizes),
            nmi,
            sat_out: divided.then_some(sat_out),
            rates: Some(self.rates(Place { epoch, batch: total - 1, batches: total })),
            gradient_norm: mean(&learned.norms),
            skipped_steps: learned.skipped,
            validation,
        });
        Ok(Some(progress))
    }

    fn divide(&self, progress: &Progress<B>, epoch: usize, observer: &impl Observer) -> anyhow::Result<Division> {
        let config = self.config;
        let clusters = config.schedule().clusters(epoch, config.learners);
        if clusters == 1 {
            return Ok(Division { epoch, ..Division::undivided(self.labels.len()) });
        }
        let network = progress.trainee.network.valid();
        let features = embed_cache(&network, &self.cache, &self.preprocess, Vector::Features, self.device)?;
        let (dim, previous) = (network.graph().features, &progress.state.division);
        let seed = seed_of(config.seed, epoch, 1);
        if config.division == DivisionKind::Flat {
            let previous = (epoch > 0).then_some(previous);
            return Ok(Division::of_features(&features, dim, clusters, previous, epoch, seed)?);
        }
        let found = descend(&features, dim, &self.labels, clusters, previous, epoch, seed)?;
        if !found.unsplit.is_empty() {
            observer.note(&format!(
                "epoch {}: of {} clusters, {:?} cannot be split into halves of two identities with two pictures each: \
                 they stay whole until the next division",
                epoch + 1,
                clusters / 2,
                found.unsplit
            ));
        }
        Ok(found.division)
    }

    fn validate(
        &self,
        network: &Network<B::InnerBackend>,
        observer: &impl Observer,
    ) -> anyhow::Result<dnc_core::metrics::RetrievalScores> {
        let (rows, samples, broken) =
            embed_samples(network, &self.validation, &self.preprocess, Vector::Embedding, self.device, |_| ());
        let skipped = pictures::refuse_broken(broken, self.validation.len(), self.config.skip_broken)?;
        if skipped > 0 {
            observer.note(&format!("{skipped} validation pictures are broken and left out"));
        }
        Ok(Protocol::LeaveOneOut.score(&samples, &rows, network.layout().dim(), &RECALL_AT)?)
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
