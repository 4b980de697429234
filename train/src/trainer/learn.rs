//! One epoch's batches, each a step.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use burn::module::AutodiffModule;
use burn::tensor::{Tensor, TensorData};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::progress::Progress;
use super::{Observer, TrainError, Trainer, seed_of};
use crate::batch::{Prepared, prepare};
use crate::finite::{scalar, sum_of};
use crate::loss::CrossBatchMemory;
use crate::ops::TrainBackend;
use crate::optimizer::{Limits, Rates, Step};
use crate::rates::Place;
use crate::sampler::Batch;
use crate::scaling::Overflow;
use crate::schedule::Phase;
use crate::step;
use crate::trainee::Trainee;

/// What the batches of an epoch gave.
#[derive(Default)]
pub(super) struct Learned {
    /// Loss of each batch; NaN where it held nothing to learn from.
    pub(super) losses: Vec<f32>,
    /// Pictures learned from.
    pub(super) pictures: usize,
    /// Time that steps waited for pictures.
    pub(super) stalled: Duration,
    /// Time of all steps, that waiting included.
    pub(super) spent: Duration,
    /// Norm of all gradients at each step that was made.
    pub(super) norms: Vec<f64>,
    /// Steps left out for their gradients' sake.
    pub(super) skipped: usize,
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

impl<B: TrainBackend> Trainer<'_, B> {
    pub(super) fn learn(
        &self,
        progress: &mut Progress<B>,
        batches: Vec<Batch>,
        phase: Phase,
        observer: &impl Observer,
        stop: &AtomicBool,
    ) -> anyhow::Result<Option<Learned>> {
        let config = self.config;
        let epoch = progress.state.epochs;
        let (augment, started) = (config.augment(), Instant::now());
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
            learned.spent = started.elapsed();
            Ok(Some(learned))
        })
    }

    /// Learning rates at `place`: a frozen backbone has none.
    pub(super) fn rates(&self, place: Place) -> Rates {
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
        let Trainee { network, objective } = &progress.trainee;
        let frozen = config.schedule().freezes(epoch, config.learners);
        let (features, statistics) = step::forward(network, x, config, frozen);
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
        let gradients = step::backward(loss, loss_scale);
        let (rates, trainee) = (self.rates(place), progress.trainee.clone());
        let limits = Limits { norm: config.clips_at(), loss_scale: loss_scale.into() };
        let Step { trainee, norm } =
            step::update(&mut progress.optimizer, trainee, gradients, statistics, rates, limits);
        if !norm.is_finite() {
            let stepped = self.not_finite(progress, "the norm of the gradients", norm, place)?;
            return Ok(Stepped { loss: Some(value), ..stepped });
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
    pub(super) fn check_weights(&self, progress: &Progress<B>, batches: usize) -> Result<(), TrainError> {
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
}
