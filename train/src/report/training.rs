//! Curves of a training with the phases explained.

use maud::{Markup, html};

use super::page::figure;
use super::{cluster_sizes, curves};
use crate::history::History;

/// Loss, validation scores and cluster sizes; `kind` says what the identities are, in the plural.
///
/// # Errors
/// Where a chart cannot be drawn.
pub fn section(history: &History, kind: &str) -> anyhow::Result<Markup> {
    let learners = cluster_sizes::divisions(history).iter().map(|(_, sizes)| sizes.len()).max().unwrap_or(0);
    let loss = html! { "Loss: mean of each epoch (strong) and each batch (faint)." };
    let scores = html! { "Scores on training " (kind) " held out for validation." };
    let sizes = html! {
        "Pictures in each of the " (learners) " clusters, the first at the bottom. A cluster keeps its colour: new "
        "clusters are matched to the old ones."
    };
    Ok(html! {
        div.charts {
            (figure("Loss of each batch and epoch", curves::loss(history)?, &loss))
            @if history.epochs.iter().any(|e| e.validation.is_some()) {
                (figure(&format!("Recall@1 and mAP on validation {kind}"), curves::validation(history)?, &scores))
            }
            @if learners > 0 {
                (figure("Cluster sizes at each division", cluster_sizes::sizes(history)?, &sizes))
            }
            dl {
                dt { "learn" } dd { "Each learner trains its own slice of the embedding, on its own cluster." }
                dt { "join" } dd { "Every batch, still from one cluster, trains the whole embedding." }
                dt { "conquer" } dd { "The whole embedding learns from all data." }
            }
        }
    })
}
