//! The JSON lines that `dnc-edge link --json` writes: one object a line, told apart by `event`. Fields are added,
//! never renamed.

use dnc_core::decision::Decision;
use dnc_core::wire::{Counters, Request};
use serde::{Deserialize, Serialize};

use super::{Compared, SessionEnd};

/// A line of `link`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum LinkLine {
    /// The controller has a new gallery and uses it.
    Gallery {
        /// Identities in it.
        identities: usize,
        /// Views in it.
        views: usize,
        /// Bytes of its block.
        bytes: usize,
        /// How often the update was begun.
        tries: u32,
        /// How long it took, in seconds.
        seconds: f64,
    },
    /// A picture was answered.
    Answer {
        /// Path of the picture, as it was given.
        picture: String,
        /// The controller's answer.
        controller: AnswerOf,
        /// Whether the relay was pulsed for it.
        opened: bool,
        /// Ours, by the same code.
        edge: AnswerOf,
        /// Whether both are the same to the last bit.
        same: bool,
        /// What the gallery decides from the f32 embeddings, as `dnc-edge identify` does.
        decision_f32: Decision,
        /// Who it really is, where the CSV file says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        truth: Option<String>,
    },
    /// A picture could not be read.
    Broken {
        /// Path of the picture, as it was given.
        picture: String,
        /// Why.
        error: String,
    },
    /// The end of the run.
    Counters {
        /// What the controller counted since it started.
        controller: Counters,
        /// What it counted during this run; null where a count fell: it started anew meanwhile.
        during: Option<Counters>,
        /// Frames that this end sent.
        sent: u32,
        /// Those of them that repeated a request.
        repeated: u32,
        /// Bytes that this end sent.
        bytes_sent: u64,
        /// Frames that this end received whole.
        received: u32,
        /// Frames that reached this end harmed.
        harmed: u32,
        /// Frames that never reached this end, by the gaps in their sequence.
        lost: u32,
    },
}

/// One end's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnswerOf {
    /// `known`, `unsure` or `unknown`.
    pub decision: Decision,
    /// The nearest identity, whatever the decision; null where the gallery is empty.
    pub identity: Option<String>,
    /// Its similarity, in \[−1, 1\].
    pub similarity: Option<f32>,
    /// Similarity of the second-nearest identity.
    pub runner_up: Option<f32>,
}

impl LinkLine {
    /// The line for an answered picture.
    pub fn answer(picture: String, compared: &Compared, decision_f32: Decision, truth: Option<String>) -> Self {
        let (theirs, ours) = (&compared.controller, &compared.edge);
        let named = |name: &str| Some(name.to_owned()).filter(|n| !n.is_empty());
        Self::Answer {
            picture,
            controller: AnswerOf {
                decision: theirs.decision,
                identity: named(&theirs.name),
                similarity: theirs.best.map(|n| n.similarity),
                runner_up: theirs.runner_up.map(|n| n.similarity),
            },
            opened: theirs.opened,
            edge: AnswerOf {
                decision: ours.decision,
                identity: named(&compared.edge_name),
                similarity: ours.best.map(|r| r.similarity),
                runner_up: ours.runner_up.map(|r| r.similarity),
            },
            same: compared.same(),
            decision_f32,
            truth,
        }
    }

    /// The last line.
    pub fn counters(end: &SessionEnd) -> Self {
        let traffic = &end.traffic;
        Self::Counters {
            controller: end.total,
            during: end.during,
            sent: traffic.sent,
            repeated: traffic.repeated,
            bytes_sent: traffic.bytes_sent,
            received: traffic.heard.received,
            harmed: traffic.heard.harmed,
            lost: traffic.heard.lost,
        }
    }
}

/// What a request is called in messages.
pub(super) fn name_of(request: &Request<'_>) -> &'static str {
    match request {
        Request::Status => "status",
        Request::Identify { .. } => "identify",
        Request::UpdateBegin { .. } => "begin of a gallery",
        Request::UpdateChunk { .. } => "part of a gallery",
        Request::UpdateCommit => "end of a gallery",
        _ => "request",
    }
}
