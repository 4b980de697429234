//! The training loop: divide, learn, join, conquer; a checkpoint after every epoch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use burn::module::AutodiffModule;
use burn::tensor::{Tensor, TensorData};
use dnc_core::preprocess::Preprocess;
use dnc_datasets::protocol::Protocol;
use dnc_datasets::validation::{self, ValidationSplit};
use dnc_datasets::{Dataset, Sample, pictures};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use crate::batch::{Augment, PictureCache, Prepared, prepare};
use crate::checkpoint::{CheckpointError, Run, State};
use crate::config::Config;
use crate::divide::{Division, DivisionKind, descend, drop_singletons};
use crate::early_stop::{self, EarlyStop};
use crate::ema::Ema;
use crate::embed::{Vector, embed_cache, embed_samples};
use crate::finite::{scalar, sum_of};
use crate::history::{EpochRecord, History};
use crate::loss::CrossBatchMemory;
use crate::network::Network;
use crate::ops::TrainBackend;
use crate::optimizer::{Limits, Rates, Step, TraineeOptimizer};
use crate::precision;
use crate::rates::Place;
use crate::sampler::{Batch, epoch_batches};
use crate::scaling::{LossScaler, Overflow};
use crate::schedule::Phase;
use crate::trainee::Trainee;

/// Weight of a batch in the running statistics (PyTorch's default).
pub(crate) const NORM_MOMENTUM: f64 = 0.1;

/// Recall is reported at these ranks.
pub const RECALL_AT: [usize; 4] = [1, 2, 4, 8];

/// What watches a run.
pub trait Observer: Sync {
    /// Pictures are being decoded: one more of `total`.
    fn decoded(&self, total: usize);
    /// An epoch begins with so many batches.
    fn epoch_started(&self, epoch: usize, of: usize, phase: Phase, batches: usize);
    /// A batch was learned from.
    fn batch_done(&self, loss: Option<f32>);
    /// An epoch is over and its checkpoint stored.
    fn epoch_done(&self, record: &EpochRecord);
    /// Something a user should know.
    fn note(&self, text: &str);
}

/// Nobody watches.
impl Observer for () {
    fn decoded(&self, _: usize) {}
    fn epoch_started(&self, _: usize, _: usize, _: Phase, _: usize) {}
    fn batch_done(&self, _: Option<f32>) {}
    fn epoch_done(&self, _: &EpochRecord) {}
    fn note(&self, _: &str) {}
}

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

/// A run that cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The loss, a gradient or a weight is not a number.
    #[error(
        "{what} is {value} in epoch {}, batch {}; the checkpoint after {epoch} epochs is kept. Train another run with \
         lower lr (now {lr:?}) and head_lr (now {head_lr:?}), with warmup, or with clip_norm",
        epoch + 1, batch + 1
    )]
    NotFinite {
        /// What it is.
        what: &'static str,
        /// Its value.
        value: f64,
        /// Epoch, counted from 0.
        epoch: usize,
        /// Batch, counted from 0.
        batch: usize,
        /// Learning rate of the backbone.
        lr: f64,
        /// Learning rate of the embedding layer.
        head_lr: f64,
    },
    /// Nothing can be validated, so patience would never end.
    #[error(
        "patience is {patience}, but {identities} training identities give no validation part at validation_share \
         {share}: add pictures, give a larger share, or patience 0"
    )]
    NothingToValidate {
        /// Validations to wait for.
        patience: usize,
        /// Training identities.
        identities: usize,
        /// Share held out.
        share: f64,
    },
    /// No cluster can give a batch.
    #[error(
        "epoch {epoch}: none of {clusters} clusters holds two identities with two pictures each (sizes {sizes:?}); \
         take fewer learners (now {clusters}), or more pictures"
    )]
    NothingToLearn {
        /// Epoch, counted from 0.
        epoch: usize,
        /// Clusters of the division.
        clusters: usize,
        /// Their sizes.
        sizes: Vec<usize>,
    },
    /// Nothing is left to compare.
    #[error(
        "{identities} identities with two whole pictures or more are left to learn from ({held_out} are held out for \
         validation, {skipped} pictures are broken); at least 2 are needed: add pictures, or give a smaller \
         validation_share (now {share})"
    )]
    TooFewIdentities {
        /// Identities that can be learned from.
        identities: usize,
        /// Identities held out.
        held_out: usize,
        /// Broken pictures left out.
        skipped: usize,
        /// Share held out.
        share: f64,
    },
    /// The pictures are not those that the run was started with.
    #[error(
        "the run was started with {was} training pictures, now there are {now}; bring the same pictures back, or give \
         another --out"
    )]
    OtherPictures {
        /// Pictures of the run.
        was: usize,
        /// Pictures found.
        now: usize,
    },
    /// K is more than the data can carry.
    #[error(
        "{learners} learners for {identities} identities with two pictures or more: each learner needs at least two; \
         take at most {most} learners, or more pictures"
    )]
    TooManyLearners {
        /// Learners asked for.
        learners: usize,
        /// Identities that can be learned from.
        identities: usize,
        /// Learners that they can carry.
        most: usize,
    },
}

/// A seed for one purpose of one epoch: a run that goes on draws what the uninterrupted one would have drawn.
fn seed_of(seed: u64, epoch: usize, purpose: u64) -> u64 {
    ChaCha8Rng::seed_from_u64(seed ^ (epoch as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (purpose << 56)).random()
}

/// Identities as classes 0 to n − 1, in their order, and n.
fn counted_through(identities: impl Iterator<Item = u32> + Clone) -> (Vec<u32>, usize) {
    let distinct: BTreeSet<u32> = identities.clone().collect();
    let class_of: BTreeMap<u32, u32> = distinct.into_iter().zip(0..).collect();
    (identities.map(|identity| class_of[&identity]).collect(), class_of.len())
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
    device: &'a B::Device,
}

struct Progress<B: TrainBackend> {
    trainee: Trainee<B>,
    /// Moving average of the network's weights, where one is kept.
    ema: Option<Ema<B::InnerBackend>>,
    optimizer: TraineeOptimizer<B>,
    state: State,
    history: History,
}

impl<B: TrainBackend> Progress<B> {
    /// What is validated: the moving average where one is kept.
    fn evaluated(&self) -> Network<B::InnerBackend> {
        self.ema.as_ref().map_or_else(|| self.trainee.network.valid(), |ema| ema.network().clone())
    }

    /// Where patience ended and no more is asked for since: the epochs done at the best validation.
    fn stopped_early(&self, config: &Config) -> Option<usize> {
        let stopped = self.history.stopped_early.filter(|stop| !stop.outgrown(config));
        stopped.and_then(|_| Some(early_stop::best(&self.history, config.best_by)?.epochs))
    }

    fn save(&self, run: &Run, config: &Config) -> Result<(), CheckpointError> {
        run.save(&self.trainee, self.ema.as_ref(), &self.optimizer, &self.state, &self.history, config)
    }
}

impl<'a, B: TrainBackend> Trainer<'a, B> {
    fn prepare(
        config: &'a Config,
        dataset: &'a Dataset,
        split: ValidationSplit<'a>,
        run: &Run,
        device: &'a B::Device,
        observer: &impl Observer,
    ) -> anyhow::Result<Self> {
        let preprocess = config.preprocess();
        let total = split.train.len();
        let (cache, samples, broken) =
            PictureCache::load(&split.train, &preprocess, config.storage(run.folder()), || observer.decoded(total));
        if let Some(note) = cache.note() {
            observer.note(&note);
        }
        let skipped = pictures::refuse_broken(broken, total, config.skip_broken)?;
        if skipped > 0 {
            observer.note(&format!("{skipped} of {total} training pictures are broken and left out"));
        }
        let (labels, classes) = counted_through(samples.iter().map(|s| s.identity));
        let counts = dnc_core::metrics::label_counts(&labels);
        let lone = counts.values().filter(|n| **n < 2).count();
        if lone > 0 {
            observer.note(&format!(
                "{lone} of {} training identities have one picture only: they take part in divisions, not in the loss",
                counts.len()
            ));
        }
        let patience = config.patience;
        if patience > 0 && split.validation.is_empty() {
            let (identities, share) = (counts.len(), config.validation_share);
            return Err(TrainError::NothingToValidate { patience, identities, share }.into());
        }
        let identities = counts.len() - lone;
        if identities < 2 {
            let held_out = split.validation.iter().map(|s| s.identity).collect::<BTreeSet<_>>().len();
            let share = config.validation_share;
            return Err(TrainError::TooFewIdentities { identities, held_out, skipped, share }.into());
        }
        if identities < 2 * config.learners {
            let most = identities / 2;
            return Err(TrainError::TooManyLearners { learners: config.learners, identities, most }.into());
        }
        Ok(Self { config, dataset, preprocess, cache, labels, classes, validation: split.validation, device })
    }

    fn start(&self, run: &Run, observer: &impl Observer) -> anyhow::Result<Progress<B>> {
        let config = self.config;
        let network = Network::new(config.backbone.graph(config.width), config.layout()?, config.seed, self.device);
        let trainee = |network| Trainee::new(network, config, self.classes, self.device);
        if run.newest()?.is_some() {
            let (state, history) = run.state()?;
            let (was, now) = (state.division.of_sample.len(), self.labels.len());
            if was != now {
                return Err(TrainError::OtherPictures { was, now }.into());
            }
            let mut trainee = trainee(run.load_trained(network, self.device)?);
            trainee.objective = run.load_objective(trainee.objective, self.device)?;
            // Loading gives the parameters their stored identifiers: the optimiser must know those.
            let optimizer = TraineeOptimizer::new(&trainee, config.weight_decay);
            let optimizer = run.load_optimizer(optimizer, self.device)?;
            let ema = if config.ema > 0.0 {
                let average = run.load_network(trainee.network.valid(), self.device)?;
                Some(Ema::new(average, config.ema, state.ema_updates))
            } else {
                None
            };
            let mut progress = Progress { trainee, ema, optimizer, state, history };
            if progress.stopped_early(config).is_some() {
                return Ok(progress);
            }
            progress.history.stopped_early = None;
            // The device may be another one than before.
            progress.state.scaler = self.scaler(progress.state.scaler);
            let state = &progress.state;
            observer.note(&if state.epochs < config.epochs {
                format!("going on after epoch {} of {}", state.epochs, config.epochs)
            } else {
                format!("{} epochs are done already, {} are asked for: nothing to train", state.epochs, config.epochs)
            });
            return Ok(progress);
        }
        let trainee = trainee(match &config.weights {
            Some(path) => crate::weights::load(network, path, self.device)?,
            None => network,
        });
        let optimizer = TraineeOptimizer::new(&trainee, config.weight_decay);
        let state = State {
            epochs: 0,
            division: Division::undivided(self.labels.len()),
            dataset: self.dataset.name.clone(),
            tool: format!("dnc-train {}", env!("CARGO_PKG_VERSION")),
            ema_updates: 0,
            scaler: self.scaler(None),
        };
        let ema = (config.ema > 0.0).then(|| Ema::new(trainee.network.valid(), config.ema, 0));
        let progress = Progress { trainee, ema, optimizer, state, history: History::default() };
        // A first checkpoint, so that stopping in the first epoch leaves something to go on from.
        progress.save(run, config)?;
        Ok(progress)
    }

    /// The loss scaler that the precision needs, going on from a stored one.
    fn scaler(&self, stored: Option<LossScaler>) -> Option<LossScaler> {
        let scales = self.config.precision.scales_loss();
        scales.then(|| stored.unwrap_or_else(|| LossScaler::new(self.config.loss_scale)))
    }

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
        let clusters = drop_singletons(&self.labels, &division.of_sample);
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
            stalled: learned.stalled.as_secs_f64() / seconds,
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

    fn learn(
        &self,
        progress: &mut Progress<B>,
        batches: Vec<Batch>,
        phase: Phase,
        observer: &impl Observer,
        stop: &AtomicBool,
    ) -> anyhow::Result<Option<Learned>> {
        let config = self.config;
        let epoch = progress.state.epochs;
        let augment = Augment { crop_min: config.crop_min, flip: config.flip };
        let picture_seed = seed_of(config.seed, epoch, 3);
        let total = batches.len();
        let mut learned = Learned::default();
        let mut memory = CrossBatchMemory::new(config.memory);
        std::thread::scope(|scope| {
            let workers = config.workers();
            let mut prepared = prepare(scope, &self.cache, batches, &self.preprocess, augment, picture_seed, workers);
            for number in 0.. {
                let waiting = Instant::now();
                let Some(next) = prepared.next() else { break };
                learned.stalled += waiting.elapsed();
                let next = next?;
                if stop.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                learned.pictures += next.batch.samples.len();
                let place = Place { epoch, batch: number, batches: total };
                let stepped = self.step(progress, next, phase, place, &mut memory)?;
                learned.losses.push(stepped.loss.unwrap_or(f32::NAN));
                learned.norms.extend(stepped.norm);
                learned.skipped += usize::from(stepped.skipped);
                observer.batch_done(stepped.loss);
            }
            Ok(Some(learned))
        })
    }

    /// Learning rates at `place`: a frozen backbone has none.
    fn rates(&self, place: Place) -> Rates {
        let rates = self.config.rates(place);
        let frozen = self.config.schedule().freezes(place.epoch, self.config.learners);
        Rates { backbone: if frozen { 0.0 } else { rates.backbone }, ..rates }
    }

    /// Learns from one batch.
    fn step(
        &self,
        progress: &mut Progress<B>,
        prepared: Prepared,
        phase: Phase,
        place: Place,
        memory: &mut CrossBatchMemory<B>,
    ) -> anyhow::Result<Stepped> {
        let config = self.config;
        let Place { epoch, batch: number, .. } = place;
        let Prepared { batch, values } = prepared;
        let side = self.preprocess.size as usize;
        let n = batch.samples.len();
        let x = Tensor::<B, 4>::from_data(TensorData::new(values, [n, side, side, 3]), self.device);
        let x = precision::cast(x, config.precision.dtype());
        let Trainee { network, objective } = &progress.trainee;
        let frozen = config.schedule().freezes(epoch, config.learners);
        let (features, statistics) = if frozen {
            // As in evaluation: running statistics, and no graph through what stays as it is.
            (Tensor::from_inner(network.valid().features(x.inner())), None)
        } else if config.freezes_norm() {
            (network.features(x), None)
        } else {
            let (features, statistics) = network.features_with_batch(x);
            (features, Some(statistics))
        };
        let seed = seed_of(config.seed, epoch, 4).wrapping_add(number as u64);
        let features = self.drop_out(features, seed);
        let labels: Vec<u32> = batch.samples.iter().map(|s| self.labels[*s]).collect();
        // With fewer clusters than learners each cluster stands for several that have not parted yet.
        let each = config.learners / progress.state.division.clusters;
        let learners = (phase == Phase::Learn).then(|| batch.cluster * each..(batch.cluster + 1) * each);
        let Some(loss) = objective.loss(&network.head, features, &labels, learners, memory, seed) else {
            return Ok(Stepped::default());
        };
        let value = scalar(loss.clone().inner());
        if !value.is_finite() {
            return self.not_finite(progress, "the loss", value.into(), place);
        }
        let loss_scale = progress.state.scaler.map_or(1.0, |scaler| scaler.scale());
        let grads = if loss_scale == 1.0 { loss.backward() } else { (loss * loss_scale).backward() };
        let rates = self.rates(place);
        let limits = Limits { norm: config.clips_at(), loss_scale: loss_scale.into() };
        let Step { mut trainee, norm } = progress.optimizer.step(progress.trainee.clone(), grads, rates, limits);
        if !norm.is_finite() {
            let stepped = self.not_finite(progress, "the norm of the gradients", norm, place)?;
            return Ok(Stepped { loss: Some(value), ..stepped });
        }
        if let Some(statistics) = statistics {
            trainee.network = trainee.network.update_running(statistics, NORM_MOMENTUM);
        }
        progress.trainee = trainee;
        if let Some(scaler) = &mut progress.state.scaler {
            scaler.good_step(config.loss_scale_every);
        }
        if let Some(ema) = &mut progress.ema {
            ema.update(&progress.trainee.network.valid());
            progress.state.ema_updates = ema.updates();
        }
        Ok(Stepped { loss: Some(value), norm: Some(norm), skipped: false })
    }

    /// Leaves a step out where a smaller scale of the loss may help; else training is over.
    fn not_finite(
        &self,
        progress: &mut Progress<B>,
        what: &'static str,
        value: f64,
        place: Place,
    ) -> anyhow::Result<Stepped> {
        if progress.state.scaler.as_mut().is_some_and(|scaler| scaler.overflow() == Overflow::Skip) {
            return Ok(Stepped { skipped: true, ..Stepped::default() });
        }
        let Place { epoch, batch, .. } = place;
        let (lr, head_lr) = (self.config.lr, self.config.head_lr);
        Err(TrainError::NotFinite { what, value, epoch, batch, lr, head_lr }.into())
    }

    /// The last step of an epoch has no loss after it that would show what it did.
    fn check_weights(&self, progress: &Progress<B>, batches: usize) -> Result<(), TrainError> {
        let sums = [sum_of(&progress.trainee), progress.ema.as_ref().map_or(0.0, |ema| sum_of(ema.network()))];
        match sums.into_iter().find(|sum| !sum.is_finite()) {
            None => Ok(()),
            Some(value) => Err(TrainError::NotFinite {
                what: "the sum of the weights",
                value,
                epoch: progress.state.epochs,
                batch: batches.saturating_sub(1),
                lr: self.config.lr,
                head_lr: self.config.head_lr,
            }),
        }
    }

    /// Inverted dropout with a mask drawn here, so that it repeats on every backend.
    fn drop_out(&self, features: Tensor<B, 2>, seed: u64) -> Tensor<B, 2> {
        let rate = self.config.dropout;
        if rate == 0.0 {
            return features;
        }
        let [n, f] = features.dims();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let kept = (1.0 / (1.0 - rate)) as f32;
        let mask: Vec<f32> = (0..n * f).map(|_| if rng.random_bool(rate) { 0.0 } else { kept }).collect();
        features * Tensor::from_data(TensorData::new(mask, [n, f]), self.device)
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

#[derive(Default)]
struct Learned {
    losses: Vec<f32>,
    pictures: usize,
    stalled: Duration,
    norms: Vec<f64>,
    skipped: usize,
}

/// What a batch gave.
#[derive(Default)]
struct Stepped {
    /// `None` where it held nothing to learn from.
    loss: Option<f32>,
    /// Of all gradients, where a step was made.
    norm: Option<f64>,
    /// The step was left out for its gradients' sake.
    skipped: bool,
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
