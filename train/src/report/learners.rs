//! What each learner's share of the embedding finds on its own.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::Findings;
use super::page::bar;

/// The section's content.
pub(super) fn section(found: &Findings) -> Markup {
    let row = |name: String, ours: bool, recall: &BTreeMap<usize, f64>, map: f64| {
        let recall = recall.get(&1).copied().unwrap_or(0.0);
        html! { tr class=[ours.then_some("ours")] { th { (name) } (bar(recall)) (bar(map)) } }
    };
    // Slices lie behind each other.
    let ends = found.learners.iter().scan(0, |end, learner| {
        *end += learner.dim;
        Some(*end)
    });
    let more = found.scores.recall.iter().filter(|(k, _)| **k > 1);
    html! {
        table.headline {
            thead { tr { th {} th { "recall@1" } th { "mAP" } } }
            tbody {
                (row("whole embedding".into(), true, &found.scores.recall, found.scores.map))
                @for (learner, last) in found.learners.iter().zip(ends) {
                    @let number = learner.learner + 1;
                    @let share = match learner.masked {
                        true => format!("its mask over all {} values", learner.dim),
                        false => format!("values {} to {last}", last - learner.dim + 1),
                    };
                    (row(format!("learner {number}, {share}"), false, &learner.recall, learner.map))
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
