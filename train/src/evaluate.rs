//! Scores of a run, of an untrained or pretrained network, and of a colour histogram.

mod embedded;
mod measure;
mod open_set;
mod options;
mod report;
mod summary;

use anyhow::Context;
use burn::tensor::backend::Backend;
use dnc_datasets::protocol::Protocol;
use dnc_datasets::{Dataset, Sample, Split, validation};

use crate::checkpoint::Run;
use crate::config::Config;
use crate::mask::{MaskKind, Masks};
use crate::network::Network;
use crate::ops::NetOps;

pub use embedded::{Embedded, embed_histogram, embed_network};
pub use options::{EvaluationOptions, Metric};
pub use report::{ClusterAgreement, Evaluation, LearnerScores, OpenSetReport, Spread};
pub use summary::{Score, summary};

/// Which pictures are scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// The test part of the set.
    Test,
    /// The validation identities that training held out.
    Validation,
}

impl Part {
    /// Name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Validation => "validation",
        }
    }

    /// Its samples.
    pub fn samples<'a>(self, dataset: &'a Dataset, config: &Config) -> Vec<&'a Sample> {
        match self {
            Self::Test => dataset.part(Split::Test),
            Self::Validation => validation::split(dataset, config.validation_share, config.seed).validation,
        }
    }
}

/// What is scored instead of a run's own embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Baseline {
    /// The network of the same configuration before training, its embedding.
    Untrained,
    /// The pooled features of the network before training: with weights, raw ImageNet features.
    Features,
    /// A colour histogram.
    Histogram,
}

/// The network that a configuration starts from: random, or with its pretrained weights.
///
/// # Errors
/// Where the layout cannot be cut or the weights cannot be used.
pub fn initial_network<B: Backend>(config: &Config, device: &B::Device) -> anyhow::Result<Network<B>> {
    let network = Network::new(config.backbone.graph(config.width), config.layout()?, config.seed, device);
    Ok(match &config.weights {
        Some(path) => crate::weights::load(network, path, device)?,
        None => network,
    })
}

/// What each learner of a run multiplies the embedding by, K rows of d; none where learners have slices.
///
/// # Errors
/// Where the masks were learned and the checkpoint has none (any more) or it is damaged.
pub fn trained_masks<B: NetOps>(run: &Run, config: &Config, device: &B::Device) -> anyhow::Result<Vec<Vec<f32>>> {
    let masks = Masks::<B>::new(config, device);
    let masks = if config.masks == MaskKind::Learnable {
        run.load_masks(masks, device).context(
            "what a learner finds with its mask alone needs the masks; of the checkpoints only the last keeps them",
        )?
    } else {
        masks
    };
    Ok(masks.weights().unwrap_or_default())
}

/// The trained network of a run.
///
/// # Errors
/// Where the run has no checkpoint or it is damaged.
pub fn trained_network<B: Backend>(run: &Run, config: &Config, device: &B::Device) -> anyhow::Result<Network<B>> {
    let network = Network::new(config.backbone.graph(config.width), config.layout()?, config.seed, device);
    Ok(run.load_network(network, device)?)
}

/// Pictures to be scored, and how they are seen.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Preprocessing, validation share and seed; whether broken pictures are skipped.
    pub config: &'a Config,
    /// The set.
    pub dataset: &'a Dataset,
    /// Part of it.
    pub part: Part,
}

impl Scope<'_> {
    /// How the part is scored where nothing else is asked for: the test part as its authors do, validation
    /// identities leave-one-out, since they were cut out of the training part.
    pub fn protocol(&self) -> Protocol {
        match self.part {
            Part::Test => self.dataset.protocol,
            Part::Validation => Protocol::LeaveOneOut,
        }
    }
}
