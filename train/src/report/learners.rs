//! What each learner's slice of the embedding finds on its own.

use dnc_core::metrics::RetrievalScores;
use maud::{Markup, html};

use super::Findings;
use super::page::bar;

/// Scores of one learner's slice alone.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnerScores {
    /// Its values of the embedding: the first, and the one after the last.
    pub slice: std::ops::Range<usize>,
    /// The scores.
    pub scores: RetrievalScores,
}

/// The section's content.
pub(super) fn section(found: &Findings) -> Markup {
    let row = |name: String, ours: bool, scores: &RetrievalScores| {
        let recall = scores.recall.get(&1).copied().unwrap_or(0.0);
        html! { tr class=[ours.then_some("ours")] { th { (name) } (bar(recall)) (bar(scores.map)) } }
    };
    let more = found.scores.recall.iter().filter(|(k, _)| **k > 1);
    html! {
        table.headline {
            thead { tr { th {} th { "recall@1" } th { "mAP" } } }
            tbody {
                (row("whole embedding".into(), true, &found.scores))
                @for (i, learner) in found.learners.iter().enumerate() {
                    @let (first, last) = (learner.slice.start + 1, learner.slice.end);
                    (row(format!("learner {}, values {first} to {last}", i + 1), false, &learner.scores))
                }
            }
        }
        p.note {
            "Each of the " (found.scores.queries) " pictures of the " (found.part) " part is a query against all "
            "others; no learner has seen their identities. Whole embedding: "
            @for (k, recall) in more { "recall@" (k) " " (format!("{recall:.3}")) ", " }
            "mAP@R " (format!("{:.3}", found.scores.map_at_r)) "."
            @if found.skipped > 0 { " " (found.skipped) " broken pictures are left out." }
        }
    }
}
