//! A checkpoint's weights, learned losses and optimiser, put into what a run's settings describe.

use std::path::{Path, PathBuf};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::{CheckpointError, EMA_FILE, MODEL_FILE, OBJECTIVE_FILE, OPTIMIZER_FILE, Run};
use crate::config::ConfigError;
use crate::mask::Masks;
use crate::network::Network;
use crate::objective::Objective;
use crate::ops::{NetOps, TrainBackend};
use crate::optimizer::TraineeOptimizer;

/// Shape of every tensor of a module, in its order.
struct Shapes(Vec<Vec<usize>>);

impl<B: Backend> ModuleVisitor<B> for Shapes {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.0.push(param.val().dims().to_vec());
    }
}

fn shapes_of<B: Backend>(module: &impl Module<B>) -> Vec<Vec<usize>> {
    let mut shapes = Shapes(Vec::new());
    module.visit(&mut shapes);
    shapes.0
}

impl Run {
    /// File of the weights that evaluation and export take: the moving average where one is kept.
    pub(super) fn evaluated_file(&self) -> Result<PathBuf, CheckpointError> {
        let folder = self.chosen()?;
        Ok(folder.join(if self.config()?.ema > 0.0 { EMA_FILE } else { MODEL_FILE }))
    }

    /// The weights that evaluation and export take (the moving average where one is kept), put into a network of the
    /// same description.
    ///
    /// # Errors
    /// Where there is none, it is damaged, or the run trained another network.
    pub fn load_network<B: Backend>(
        &self,
        network: Network<B>,
        device: &B::Device,
    ) -> Result<Network<B>, CheckpointError> {
        self.load_weights(self.evaluated_file()?, network, device)
    }

    /// The weights that training goes on from, put into a network of the same description.
    ///
    /// # Errors
    /// As [`load_network`](Self::load_network).
    pub fn load_trained<B: Backend>(
        &self,
        network: Network<B>,
        device: &B::Device,
    ) -> Result<Network<B>, CheckpointError> {
        self.load_weights(self.chosen()?.join(MODEL_FILE), network, device)
    }

    fn load_weights<B: Backend>(
        &self,
        path: PathBuf,
        network: Network<B>,
        device: &B::Device,
    ) -> Result<Network<B>, CheckpointError> {
        let config = self.config()?;
        let named = |graph: &str, dim: usize, learners: usize| format!("{graph}, dim {dim}, learners {learners}");
        let layout = config.layout().map_err(ConfigError::from)?;
        let was = named(&config.backbone.graph(config.width).name, layout.dim(), layout.learners());
        let now = named(&network.graph().name, network.layout().dim(), network.layout().learners());
        if was != now {
            return Err(CheckpointError::OtherNetwork { path: self.folder.clone(), was, now });
        }
        let record = self.decode::<B, <Network<B> as Module<B>>::Record>(&path, device)?;
        let fits = record.units.len() == network.units.len();
        self.put(&path, record, network, fits, &format!("the tensors of {was}"))
    }

    /// `record`, read from `path`, put into `module`. Burn would end the program over a record of other parts, so that
    /// it has to be known whether it `fits`; tensors of any shape it would take.
    fn put<B: Backend, M: Module<B>>(
        &self,
        path: &Path,
        record: M::Record,
        module: M,
        fits: bool,
        what: &str,
    ) -> Result<M, CheckpointError> {
        let other = || self.damaged(path, &format!("not {what}; another version of dnc-train made it"));
        if !fits {
            return Err(other());
        }
        let needed = shapes_of(&module);
        let module = module.load_record(record);
        if shapes_of(&module) == needed { Ok(module) } else { Err(other()) }
    }

    /// What the losses learned themselves, put into an objective of the same description.
    ///
    /// # Errors
    /// Where there is none, it is damaged, or the run trained other losses.
    pub fn load_objective<B: NetOps>(
        &self,
        objective: Objective<B>,
        device: &B::Device,
    ) -> Result<Objective<B>, CheckpointError> {
        let path = self.chosen()?.join(OBJECTIVE_FILE);
        let record = self.decode::<B, <Objective<B> as Module<B>>::Record>(&path, device)?;
        let fits = objective.fits(&record);
        self.put(&path, record, objective, fits, "what these losses learn")
    }

    /// The learners' masks, put into masks of the same description: what a learned one is worth alone is scored.
    ///
    /// # Errors
    /// Where there are none (a checkpoint that was kept for evaluation has lost them), they are damaged, or the run
    /// trained others.
    pub fn load_masks<B: NetOps>(&self, masks: Masks<B>, device: &B::Device) -> Result<Masks<B>, CheckpointError> {
        let path = self.chosen()?.join(OBJECTIVE_FILE);
        let record = self.decode::<B, <Objective<B> as Module<B>>::Record>(&path, device)?.masks;
        let fits = masks.fits(&record);
        self.put(&path, record, masks, fits, "the masks of these learners")
    }

    /// The optimiser's state.
    ///
    /// # Errors
    /// Where there is none or it is damaged.
    pub fn load_optimizer<B: TrainBackend>(
        &self,
        optimizer: TraineeOptimizer<B>,
        device: &B::Device,
    ) -> Result<TraineeOptimizer<B>, CheckpointError> {
        let record = self.decode::<B, _>(&self.chosen()?.join(OPTIMIZER_FILE), device)?;
        Ok(optimizer.load(record))
    }
}
