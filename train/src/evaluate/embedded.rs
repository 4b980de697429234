//! The pictures of a part as vectors.

use dnc_core::EmbeddingLayout;
use dnc_datasets::{Sample, histogram::colour_histogram, pictures};

use super::Scope;
use crate::embed::{Vector, embed_samples};
use crate::network::Network;
use crate::ops::NetOps;

/// The whole pictures of a part with a vector each, every slice of unit length.
#[derive(Debug, Clone)]
pub struct Embedded<'a> {
    /// What made the vectors.
    pub model: String,
    /// The pictures that could be read.
    pub samples: Vec<&'a Sample>,
    /// Their vectors, row by row.
    pub rows: Vec<f32>,
    /// Slices of a vector; features and histograms are one slice.
    pub layout: EmbeddingLayout,
    /// What each learner multiplies a vector's values by, where learners have masks; empty where they have slices.
    pub masks: Vec<Vec<f32>>,
    /// Broken pictures left out.
    pub skipped: usize,
}

/// Embeds a part of a set by a network; `progress` is told of every few pictures.
///
/// # Errors
/// Broken pictures, unless the configuration skips them; a part without a whole picture.
pub fn embed_network<'a, B: NetOps>(
    network: &Network<B>,
    vector: Vector,
    model: String,
    scope: Scope<'a>,
    device: &B::Device,
    progress: impl Fn(usize),
) -> anyhow::Result<Embedded<'a>> {
    let Scope { config, dataset, part } = scope;
    let all = part.samples(dataset, config);
    let (rows, samples, broken) = embed_samples(network, &all, &config.preprocess(), vector, device, progress);
    let layout = match vector {
        Vector::Embedding => network.layout(),
        Vector::Features => EmbeddingLayout::new(vector.dim(network), 1)?,
    };
    let skipped = pictures::refuse_broken(broken, all.len(), config.skip_broken)?;
    Embedded { model, samples, rows, layout, masks: Vec::new(), skipped }.some(scope)
}

/// Embeds a part of a set by colour histograms.
///
/// # Errors
/// As [`embed_network`].
pub fn embed_histogram(scope: Scope<'_>) -> anyhow::Result<Embedded<'_>> {
    let Scope { config, dataset, part } = scope;
    let all = part.samples(dataset, config);
    let (values, broken) = pictures::map(&all, |_, picture| colour_histogram(&picture), || ());
    let skipped = pictures::refuse_broken(broken, all.len(), config.skip_broken)?;
    let whole = all.iter().zip(values).filter_map(|(sample, value)| Some((*sample, value?)));
    let (samples, values): (Vec<&Sample>, Vec<Vec<f32>>) = whole.unzip();
    let layout = EmbeddingLayout::new(values.first().map_or(1, Vec::len), 1)?;
    Embedded { model: "colour histogram".into(), samples, rows: values.concat(), layout, masks: Vec::new(), skipped }
        .some(scope)
}

impl Embedded<'_> {
    fn some(self, scope: Scope<'_>) -> anyhow::Result<Self> {
        anyhow::ensure!(
            !self.samples.is_empty(),
            "the {} part of {} holds no whole picture ({} broken ones left out); give another --data",
            scope.part.name(),
            scope.dataset.root.display(),
            self.skipped
        );
        Ok(self)
    }
}
