//! Adam as the published runs use it.

use burn::module::{AutodiffModule, Module, ModuleVisitor, Param, ParamId};
use burn::optim::adaptor::OptimizerAdaptor;
use burn::optim::decay::WeightDecayConfig;
use burn::optim::{Adam, AdamConfig, GradientsParams, Optimizer};
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};

use crate::trainee::Trainee;

/// Adam with PyTorch's constants (β 0.9 and 0.999, ε 1e-8, where Burn's default is 1e-5) and weight decay added
/// to the gradient (L2, not decoupled).
pub fn adam<B: AutodiffBackend, M: AutodiffModule<B>>(weight_decay: f64) -> OptimizerAdaptor<Adam, M, B> {
    let decay = (weight_decay > 0.0).then(|| WeightDecayConfig::new(weight_decay as f32));
    AdamConfig::new().with_beta_1(0.9).with_beta_2(0.999).with_epsilon(1e-8).with_weight_decay(decay).init()
}

struct Ids(Vec<ParamId>);

impl<B: Backend> ModuleVisitor<B> for Ids {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.0.push(param.id);
    }
}

/// Adam over a trainee, with a learning rate for each of its parts.
pub struct TraineeOptimizer<B: AutodiffBackend> {
    adam: OptimizerAdaptor<Adam, Trainee<B>, B>,
    head: Vec<ParamId>,
    masks: Vec<ParamId>,
    objective: Vec<ParamId>,
}

/// Learning rates of a step; a part with rate 0 stays as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Of the backbone.
    pub backbone: f64,
    /// Of the embedding layer.
    pub head: f64,
    /// Of the learners' masks.
    pub masks: f64,
    /// Of what the losses learn themselves.
    pub objective: f64,
}

fn ids<B: AutodiffBackend, M: Module<B>>(module: &M) -> Vec<ParamId> {
    let mut ids = Ids(Vec::new());
    module.visit(&mut ids);
    ids.0
}

impl<B: AutodiffBackend> TraineeOptimizer<B> {
    /// A fresh optimiser.
    pub fn new(trainee: &Trainee<B>, weight_decay: f64) -> Self {
        Self {
            adam: adam(weight_decay),
            head: ids(&trainee.network.head),
            masks: ids(&trainee.objective.masks),
            objective: ids(&trainee.objective),
        }
    }

    /// One step.
    pub fn step(&mut self, mut trainee: Trainee<B>, mut grads: B::Gradients, rates: Rates) -> Trainee<B> {
        // Masks are a part of the objective: whoever comes first takes the gradients.
        let parts = [(&self.head, rates.head), (&self.masks, rates.masks), (&self.objective, rates.objective)];
        for (ids, rate) in parts {
            let part = GradientsParams::from_params(&mut grads, &trainee, ids);
            if rate > 0.0 {
                trainee = self.adam.step(rate, trainee, part);
            }
        }
        if rates.backbone == 0.0 {
            return trainee;
        }
        // What is left of the gradients after the others were taken.
        let backbone = GradientsParams::from_grads(grads, &trainee);
        self.adam.step(rates.backbone, trainee, backbone)
    }

    /// Moments and step counts, to be stored.
    pub fn record(&self) -> <OptimizerAdaptor<Adam, Trainee<B>, B> as Optimizer<Trainee<B>, B>>::Record {
        self.adam.to_record()
    }

    /// Goes on from a stored state.
    pub fn load(self, record: <OptimizerAdaptor<Adam, Trainee<B>, B> as Optimizer<Trainee<B>, B>>::Record) -> Self {
        Self { adam: self.adam.load_record(record), ..self }
    }
}
