//! The parts of a training step: what the trainer makes, and what `dnc-train bench` times.

use burn::module::AutodiffModule;
use burn::tensor::Tensor;

use crate::config::Config;
use crate::network::{BatchStatistics, Network};
use crate::ops::TrainBackend;
use crate::optimizer::{Limits, Rates, Step, TraineeOptimizer};
use crate::precision;
use crate::trainee::Trainee;

/// Weight of a batch in the running statistics (PyTorch's default).
pub const NORM_MOMENTUM: f64 = 0.1;

/// Pooled features of N×H×W×3 pixels, and the batch's statistics where the network goes by those. With a `frozen` backbone
/// there is no graph through it.
pub fn forward<B: TrainBackend>(
    network: &Network<B>,
    x: Tensor<B, 4>,
    config: &Config,
    frozen: bool,
) -> (Tensor<B, 2>, Option<Vec<BatchStatistics<B>>>) {
    let x = precision::cast(x, config.precision.dtype());
    if frozen {
        // As in evaluation: by the running statistics.
        return (Tensor::from_inner(network.valid().features(x.inner())), None);
    }
    if config.freezes_norm() {
        return (network.features(x), None);
    }
    let (features, statistics) = network.features_with_batch(x);
    (features, Some(statistics))
}

/// Gradients of the loss times `scale`.
pub fn backward<B: TrainBackend>(loss: Tensor<B, 1>, scale: f32) -> B::Gradients {
    if scale == 1.0 { loss.backward() } else { (loss * scale).backward() }
}

/// The trainee after the optimiser's step, its running statistics moved by the batch's. As it was where the norm of the
/// gradients is not finite.
pub fn update<B: TrainBackend>(
    optimizer: &mut TraineeOptimizer<B>,
    trainee: Trainee<B>,
    gradients: B::Gradients,
    statistics: Option<Vec<BatchStatistics<B>>>,
    rates: Rates,
    limits: Limits,
) -> Step<B> {
    let Step { mut trainee, norm } = optimizer.step(trainee, gradients, rates, limits);
    if let Some(statistics) = statistics.filter(|_| norm.is_finite()) {
        trainee.network = trainee.network.update_running(statistics, NORM_MOMENTUM);
    }
    Step { trainee, norm }
}
