//! Adam as the published runs use it.

use burn::module::{AutodiffModule, Module, ModuleVisitor, Param, ParamId};
use burn::optim::adaptor::OptimizerAdaptor;
use burn::optim::decay::WeightDecayConfig;
use burn::optim::{Adam, AdamConfig, GradientsParams, Optimizer};
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};

use crate::network::Network;

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

/// Adam over a network, with a learning rate of its own for the embedding layer.
pub struct NetworkOptimizer<B: AutodiffBackend> {
    adam: OptimizerAdaptor<Adam, Network<B>, B>,
    head: Vec<ParamId>,
}

/// What a step needs besides the gradients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Learning rate of the backbone; 0 leaves it as it is.
    pub backbone: f64,
    /// Learning rate of the embedding layer.
    pub head: f64,
}

impl<B: AutodiffBackend> NetworkOptimizer<B> {
    /// A fresh optimiser.
    pub fn new(network: &Network<B>, weight_decay: f64) -> Self {
        let mut ids = Ids(Vec::new());
        network.head.visit(&mut ids);
        Self { adam: adam(weight_decay), head: ids.0 }
    }

    /// One step.
    pub fn step(&mut self, network: Network<B>, mut grads: B::Gradients, rates: Rates) -> Network<B> {
        let head = GradientsParams::from_params(&mut grads, &network, &self.head);
        let network = self.adam.step(rates.head, network, head);
        if rates.backbone == 0.0 {
            return network;
        }
        // What is left of the gradients after the head's were taken.
        let backbone = GradientsParams::from_grads(grads, &network);
        self.adam.step(rates.backbone, network, backbone)
    }

    /// Moments and step counts, to be stored.
    pub fn record(&self) -> <OptimizerAdaptor<Adam, Network<B>, B> as Optimizer<Network<B>, B>>::Record {
        self.adam.to_record()
    }

    /// Goes on from a stored state.
    pub fn load(self, record: <OptimizerAdaptor<Adam, Network<B>, B> as Optimizer<Network<B>, B>>::Record) -> Self {
        Self { adam: self.adam.load_record(record), head: self.head }
    }
}
