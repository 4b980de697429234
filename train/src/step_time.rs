//! How long a training step takes, and its parts, without any data: random pixels through the configured network,
//! loss, miner and optimiser.

use std::time::{Duration, Instant};

use burn::tensor::backend::Backend;
use burn::tensor::{Distribution, Tensor};
use serde::Serialize;

use crate::config::Config;
use crate::loss::CrossBatchMemory;
use crate::network::Network;
use crate::ops::TrainBackend;
use crate::optimizer::{Limits, Rates, TraineeOptimizer};
use crate::step;
use crate::trainee::Trainee;

/// Steps to take.
#[derive(Debug, Clone, Copy)]
pub struct Steps {
    /// Before the clock starts: kernels are compiled in the first, memory is taken.
    pub warm_up: usize,
    /// Timed; at least 1.
    pub timed: usize,
}

/// Medians over the timed steps.
#[derive(Debug, Clone, Serialize)]
pub struct StepTimes {
    /// From pixels to pooled features, s.
    pub forward_s: f64,
    /// Embedding layer, miner and loss, s.
    pub loss_s: f64,
    /// Gradients, s.
    pub backward_s: f64,
    /// Optimiser and running statistics, s.
    pub optimiser_s: f64,
    /// A step that waits for the device at its end only, as in training, s.
    pub step_s: f64,
    /// The first step: kernels are compiled in it, s.
    pub first_s: f64,
    /// Of a step.
    pub pictures_per_s: f64,
    /// Of the last step: a check that something was computed.
    pub loss: f32,
}

/// A device that failed while it was waited for.
#[derive(Debug, thiserror::Error)]
#[error("the device failed: {0}")]
pub struct DeviceFailed(String);

fn wait<B: Backend>(device: &B::Device) -> Result<(), DeviceFailed> {
    B::sync(device).map_err(|e| DeviceFailed(format!("{e:?}")))
}

struct Stepper<'a, B: TrainBackend> {
    config: &'a Config,
    device: &'a B::Device,
    x: Tensor<B, 4>,
    classes: Vec<u32>,
    trainee: Trainee<B>,
    optimizer: TraineeOptimizer<B>,
    loss: f32,
}

impl<B: TrainBackend> Stepper<'_, B> {
    /// One step; with `parts`, waits for the device after each part and answers their times.
    fn step(&mut self, parts: bool) -> Result<[Duration; 4], DeviceFailed> {
        let mut times = [Duration::ZERO; 4];
        let mut since = Instant::now();
        let mut lap = |part: usize| {
            if parts {
                wait::<B>(self.device)?;
                times[part] = since.elapsed();
                since = Instant::now();
            }
            Ok::<(), DeviceFailed>(())
        };
        let config = self.config;
        let Trainee { network, objective } = &self.trainee;
        let (features, statistics) = step::forward(network, self.x.clone(), config, false);
        lap(0)?;
        let mut memory = CrossBatchMemory::new(0);
        let loss = objective.loss(&network.head, features, &self.classes, Some(0..1), &mut memory, config.seed);
        let Some(loss) = loss else { return Err(DeviceFailed("a batch without a loss".into())) };
        self.loss = crate::finite::scalar(loss.clone().inner());
        lap(1)?;
        let scale = if config.precision.scales_loss() { config.loss_scale } else { 1.0 };
        let gradients = step::backward(loss, scale);
        lap(2)?;
        let rates =
            Rates { backbone: config.lr, head: config.head_lr, masks: config.masks_lr(), objective: config.loss_lr };
        let limits = Limits { norm: config.clips_at(), loss_scale: scale.into() };
        let trainee = self.trainee.clone();
        self.trainee = step::update(&mut self.optimizer, trainee, gradients, statistics, rates, limits).trainee;
        lap(3)?;
        Ok(times)
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Times `steps` of the network, loss and optimiser that `config` names, on batches of random pixels.
///
/// # Errors
/// Settings that cannot be used, a device that fails.
pub fn measure<B: TrainBackend>(config: &Config, steps: Steps, device: &B::Device) -> anyhow::Result<StepTimes> {
    config.precision.engage();
    let (batch, side) = (config.batch, config.size as usize);
    let classes: Vec<u32> = (0..batch).map(|i| (i / config.per_identity) as u32).collect();
    let identities = batch.div_ceil(config.per_identity);
    let network = Network::<B>::new(config.backbone.graph(config.width), config.layout()?, config.seed, device);
    let trainee = Trainee::new(network, config, identities, device);
    let optimizer = TraineeOptimizer::new(&trainee, config.weight_decay);
    let x = Tensor::random([batch, side, side, 3], Distribution::Default, device);
    let mut stepper = Stepper { config, device, x, classes, trainee, optimizer, loss: f32::NAN };
    wait::<B>(device)?;
    let started = Instant::now();
    stepper.step(true)?;
    let first_s = started.elapsed().as_secs_f64();
    for _ in 1..steps.warm_up {
        stepper.step(true)?;
    }
    let mut parts = [const { Vec::new() }; 4];
    for _ in 0..steps.timed {
        for (times, time) in parts.iter_mut().zip(stepper.step(true)?) {
            times.push(time.as_secs_f64());
        }
    }
    let mut whole = Vec::with_capacity(steps.timed);
    for _ in 0..steps.timed {
        let started = Instant::now();
        stepper.step(false)?;
        wait::<B>(device)?;
        whole.push(started.elapsed().as_secs_f64());
    }
    let step_s = median(whole);
    let [forward_s, loss_s, backward_s, optimiser_s] = parts.map(median);
    let pictures_per_s = batch as f64 / step_s;
    Ok(StepTimes { forward_s, loss_s, backward_s, optimiser_s, step_s, first_s, pictures_per_s, loss: stepper.loss })
}
