//! Scores of a run, of an untrained or pretrained network, and of a colour histogram.

use burn::tensor::backend::Backend;
use dnc_core::metrics::RetrievalScores;
use dnc_datasets::protocol::Protocol;
use dnc_datasets::{Dataset, Sample, Split, histogram::colour_histogram, pictures, validation};
use serde::Serialize;

use crate::checkpoint::Run;
use crate::config::Config;
use crate::embed::{Vector, embed_samples};
use crate::network::Network;
use crate::ops::NetOps;
use crate::trainer::RECALL_AT;

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

/// Scores of one part of a set.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// What was scored.
    pub model: String,
    /// Name of the set.
    pub set: String,
    /// Part of it.
    pub part: &'static str,
    /// Who was query and who gallery.
    pub protocol: &'static str,
    /// Broken pictures left out.
    pub skipped: usize,
    /// The scores.
    pub scores: RetrievalScores,
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

/// Scores a part of a set by a network's vectors; `progress` is told of every few pictures.
///
/// # Errors
/// Broken pictures, unless the configuration skips them.
pub fn evaluate_network<B: NetOps>(
    network: &Network<B>,
    vector: Vector,
    model: String,
    scope: Scope<'_>,
    device: &B::Device,
    progress: impl Fn(usize),
) -> anyhow::Result<Evaluation> {
    let Scope { config, dataset, part } = scope;
    let samples = part.samples(dataset, config);
    let (rows, whole, broken) = embed_samples(network, &samples, &config.preprocess(), vector, device, progress);
    let skipped = pictures::refuse_broken(broken, samples.len(), config.skip_broken)?;
    finish(model, scope, skipped, &whole, &rows, vector.dim(network))
}

/// Scores a part of a set by colour histograms.
///
/// # Errors
/// Broken pictures, unless the configuration skips them.
pub fn evaluate_histogram(scope: Scope<'_>) -> anyhow::Result<Evaluation> {
    let Scope { config, dataset, part } = scope;
    let samples = part.samples(dataset, config);
    let (values, broken) = pictures::map(&samples, |_, picture| colour_histogram(&picture), || ());
    let skipped = pictures::refuse_broken(broken, samples.len(), config.skip_broken)?;
    let (mut rows, mut whole, mut dim) = (Vec::new(), Vec::new(), 1);
    for (sample, value) in samples.iter().zip(values) {
        if let Some(value) = value {
            dim = value.len();
            rows.extend(value);
            whole.push(*sample);
        }
    }
    finish("colour histogram".into(), scope, skipped, &whole, &rows, dim)
}

fn finish(
    model: String,
    scope: Scope<'_>,
    skipped: usize,
    samples: &[&Sample],
    rows: &[f32],
    dim: usize,
) -> anyhow::Result<Evaluation> {
    let Scope { dataset, part, .. } = scope;
    anyhow::ensure!(
        !samples.is_empty(),
        "the {} part of {} holds no whole picture ({skipped} broken ones left out); give another --data",
        part.name(),
        dataset.root.display()
    );
    let protocol = Protocol::LeaveOneOut;
    Ok(Evaluation {
        model,
        set: dataset.name.clone(),
        part: part.name(),
        protocol: protocol.name(),
        skipped,
        scores: protocol.score(samples, rows, dim, &RECALL_AT),
    })
}
