//! What the dashboard knows of a run.

use std::time::{Duration, Instant};

use crate::history::{EpochRecord, History};
use crate::schedule::Phase;

/// The epoch under way.
#[derive(Debug, Clone)]
pub struct Current {
    /// Counted from 0.
    pub epoch: usize,
    /// Who learns from what.
    pub phase: Phase,
    /// Its batches.
    pub batches: usize,
    /// Those done.
    pub done: usize,
    /// Losses so far.
    pub losses: Vec<f32>,
    /// When its first batch was asked for.
    pub since: Instant,
}

/// What the dashboard knows of a run.
#[derive(Debug, Clone)]
pub struct State {
    /// Name of the run.
    pub run: String,
    /// Epochs done, those of earlier sessions included.
    pub epochs: Vec<EpochRecord>,
    /// Epochs in all, once known.
    pub of: usize,
    /// Pictures decoded, of how many.
    pub decoded: (usize, usize),
    /// The epoch under way.
    pub current: Option<Current>,
    /// What was told in words.
    pub notes: Vec<String>,
    /// Whether it was asked to stop.
    pub stopping: bool,
    /// When this session began.
    pub since: Instant,
    /// Epochs of earlier sessions.
    earlier: usize,
}

impl State {
    /// A session that begins at `since`, of a run that did `history` so far.
    pub fn new(run: String, history: History, since: Instant) -> Self {
        let earlier = history.epochs.len();
        Self {
            run,
            epochs: history.epochs,
            of: 0,
            decoded: (0, 0),
            current: None,
            notes: Vec::new(),
            stopping: false,
            since,
            earlier,
        }
    }

    /// Epochs done in this session.
    pub fn this_session(&self) -> &[EpochRecord] {
        &self.epochs[self.earlier..]
    }

    /// Time to the end, from the last few epochs of this session, or in its first from the batches done.
    pub fn remaining(&self, now: Instant) -> Option<Duration> {
        let current = self.current.as_ref()?;
        let spent = now.saturating_duration_since(current.since).as_secs_f64();
        let share = current.done as f64 / current.batches.max(1) as f64;
        let recent = self.this_session();
        let recent = &recent[recent.len().saturating_sub(5)..];
        let each = if recent.is_empty() {
            (share > 0.0).then(|| spent / share)?
        } else {
            recent.iter().map(|e| e.seconds).sum::<f64>() / recent.len() as f64
        };
        let left = self.of.saturating_sub(current.epoch) as f64 - share;
        Duration::try_from_secs_f64((each * left).max(0.0)).ok()
    }

    /// The newest scores on the validation part, and the epoch they are of, counted from 1.
    pub fn validation(&self) -> Option<(usize, &dnc_core::metrics::RetrievalScores)> {
        self.epochs.iter().rev().find_map(|e| Some((e.epoch + 1, e.validation.as_ref()?)))
    }

    /// The newest division.
    pub fn division(&self) -> Option<&EpochRecord> {
        self.epochs.iter().rev().find(|e| e.clusters.is_some())
    }
}
