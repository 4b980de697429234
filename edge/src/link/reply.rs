//! Answers that outlive their frame.

use dnc_core::decision::Decision;
use dnc_core::wire::{Answer, Counters, Outcome};

/// An identity by its number in the gallery block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Its number.
    pub identity: u16,
    /// Similarity of its best view, in \[−1, 1\].
    pub similarity: f32,
}

/// What the controller made of a probe.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Known, unsure or unknown.
    pub decision: Decision,
    /// The nearest identity, where its gallery has one.
    pub best: Option<Near>,
    /// The second nearest.
    pub runner_up: Option<Near>,
    /// Name of the nearest identity; empty where there is none.
    pub name: String,
    /// Whether the relay was pulsed for this probe.
    pub opened: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reply {
    Status(Counters),
    Identified(Seen),
    Outcome(Outcome),
}

impl Reply {
    /// `None` for an answer of a later version.
    pub(super) fn of(answer: Answer<'_>) -> Option<Self> {
        let near = |place: Option<(u16, f32)>| place.map(|(identity, similarity)| Near { identity, similarity });
        Some(match answer {
            Answer::Status(counters) => Self::Status(counters),
            Answer::Identified { decision, best, runner_up, name, opened } => Self::Identified(Seen {
                decision,
                best: near(best),
                runner_up: near(runner_up),
                name: name.to_owned(),
                opened,
            }),
            Answer::Outcome(outcome) => Self::Outcome(outcome),
            _ => return None,
        })
    }
}
