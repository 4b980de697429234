//! Everything that an optimiser step changes: the network, and what only its losses know.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use crate::config::Config;
use crate::network::Network;
use crate::objective::Objective;
use crate::ops::NetOps;

/// Network and objective as one module.
#[derive(Module, Debug)]
pub struct Trainee<B: Backend> {
    /// What is evaluated and exported.
    pub network: Network<B>,
    /// What it is trained with.
    pub objective: Objective<B>,
}

/// First number of the objective's parameters: far above any network's, so that neither moves the other's.
const OBJECTIVE_NUMBERS: u64 = 1 << 32;

/// Numbers parameters in their order. Burn draws identifiers at random and stores them with the values: equal
/// trainings would not have equal files, and so no equal embedding space.
pub(crate) struct Numbered(pub u64);

impl<B: Backend> ModuleMapper<B> for Numbered {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let (_, tensor, mapper) = param.consume();
        self.0 += 1;
        Param::from_mapped_value(self.0.into(), tensor, mapper)
    }
}

impl<B: NetOps> Trainee<B> {
    /// A network with the losses that `config` names, for `classes` training identities.
    pub fn new(network: Network<B>, config: &Config, classes: usize, device: &B::Device) -> Self {
        let objective = Objective::new(config, classes, device).map(&mut Numbered(OBJECTIVE_NUMBERS));
        Self { network, objective }
    }
}
