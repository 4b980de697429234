//! What a run did, epoch by epoch.

use dnc_core::metrics::RetrievalScores;
use serde::{Deserialize, Serialize};

use crate::early_stop::EarlyStop;
use crate::optimizer::Rates;
use crate::schedule::Phase;

/// File of a run that holds its history.
pub const HISTORY_FILE: &str = "history.json";

/// All epochs of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// In order.
    pub epochs: Vec<EpochRecord>,
    /// That it was stopped before the epochs asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_early: Option<EarlyStop>,
}

/// One epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Counted from 0.
    pub epoch: usize,
    /// Who learned from what.
    pub phase: Phase,
    /// Mean loss of its batches.
    pub loss: f64,
    /// Loss of each batch, in order.
    pub losses: Vec<f32>,
    /// Pictures learned from.
    pub pictures: usize,
    /// Duration, division and validation included.
    pub seconds: f64,
    /// Share of its steps' time that they waited for batches, in \[0, 1\].
    pub stalled: f64,
    /// Sizes of the clusters, where the data were divided before this epoch.
    pub clusters: Option<Vec<usize>>,
    /// Normalised mutual information of that division and the one before it, in \[0, 1\] (arithmetic mean of the
    /// entropies), where there is one before it.
    #[serde(default)]
    pub nmi: Option<f64>,
    /// Samples that sat out, where the data were divided before this epoch.
    pub sat_out: Option<usize>,
    /// Learning rates of the last batch.
    #[serde(default)]
    pub rates: Option<Rates>,
    /// Mean norm of the gradients of its steps, before clipping.
    #[serde(default)]
    pub gradient_norm: Option<f64>,
    /// Steps left out because f16 gradients were not finite.
    #[serde(default)]
    pub skipped_steps: usize,
    /// Scores on the validation part, where it was evaluated after this epoch.
    pub validation: Option<RetrievalScores>,
}

impl History {
    /// Batches learned from.
    pub fn batches(&self) -> usize {
        self.epochs.iter().map(|e| e.losses.len()).sum()
    }

    /// The same numbers but for the times: what two equal runs agree on.
    pub fn without_times(&self) -> Self {
        let epochs = self.epochs.iter().map(|e| EpochRecord { seconds: 0.0, stalled: 0.0, ..e.clone() });
        Self { epochs: epochs.collect(), ..self.clone() }
    }
}
