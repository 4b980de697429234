//! How the divisions settle, and what is in each cluster of the last one.

use maud::{Markup, html};

use super::page::figure;
use super::shown::Shown;
use super::{THUMBNAIL, curves, data_uri};
use crate::history::History;

/// One cluster of the division in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Its pictures.
    pub pictures: usize,
    /// Its identities.
    pub identities: usize,
    /// Some of its pictures, at even steps.
    pub samples: Vec<Shown>,
}

/// The section's content.
///
/// # Errors
/// Where a picture cannot be read or the chart cannot be drawn.
pub(super) fn section(history: &History, clusters: &[Cluster]) -> anyhow::Result<Markup> {
    let agreement = html! {
        "Normalised mutual information of each division with the one before it: 1 where no picture changes its "
        "cluster, about 0 where the new clusters have nothing to do with the old."
    };
    let compared = history.epochs.iter().any(|e| e.nmi.is_some());
    let last = history.epochs.iter().rev().find_map(|e| Some((e.epoch + 1, e.sat_out?)));
    Ok(html! {
        @if clusters.is_empty() { p { "The data were not divided." } }
        @if compared {
            div.charts {
                (figure("Agreement of each division with the last", curves::agreement(history)?, &agreement))
                (sizes(clusters))
            }
        } @else if !clusters.is_empty() { (sizes(clusters)) }
        @if let Some((epoch, out)) = last {
            p.note {
                "Last divided before epoch " (epoch) "; " (out)
                " pictures whose identity has no second one in their cluster sit out."
            }
        }
        @for (i, cluster) in clusters.iter().enumerate() {
            h3 { "Cluster " (i + 1) }
            div.strip {
                @for shown in &cluster.samples {
                    (shown.image(&data_uri::thumbnail(&shown.path, THUMBNAIL)?, "identity"))
                }
            }
        }
    })
}

fn sizes(clusters: &[Cluster]) -> Markup {
    html! {
        table.plain {
            thead { tr { th { "cluster" } th { "pictures" } th { "identities" } } }
            tbody {
                @for (i, cluster) in clusters.iter().enumerate() {
                    tr { th { (i + 1) } td { (cluster.pictures) } td { (cluster.identities) } }
                }
            }
        }
    }
}
