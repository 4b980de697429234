//! The report of a run, and what every report is made of.
//!
//! `dnc-train report` writes one HTML file: curves, divisions, the recall of each learner, a map of embeddings, the
//! worst queries. Page, palette, charts and rank lists serve other reports too (the quick start's).

pub mod axes;
pub mod chart;
pub mod cluster_sizes;
pub mod curves;
pub mod data_uri;
mod divisions;
mod findings;
mod learners;
#[cfg(test)]
pub(crate) mod made_up;
mod map;
pub mod page;
pub mod palette;
mod projection;
pub mod rank_list;
pub mod shown;
#[cfg(test)]
mod tests;
pub mod training;

use maud::{Markup, html};

pub use divisions::Cluster;
pub use findings::{Findings, clusters};
pub use map::Point;

use crate::config::Config;
use crate::history::History;
use page::section;
use rank_list::RankList;

/// Side of a thumbnail, px of the file: twice what the page shows it at, for fine screens.
const THUMBNAIL: u32 = 192;

/// What the report tells of.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// Name of the run.
    pub run: &'a str,
    /// Name of the data set.
    pub set: &'a str,
    /// Settings of the run.
    pub config: &'a Config,
    /// The training so far.
    pub history: &'a History,
    /// The division in force; empty where the data were never divided.
    pub clusters: &'a [Cluster],
    /// What was found on one part of the set, or why there is nothing.
    pub findings: Result<&'a Findings, &'a str>,
}

/// The page.
///
/// # Errors
/// Where a picture cannot be read or a chart cannot be drawn.
pub fn page(report: &Report<'_>) -> anyhow::Result<String> {
    let Report { run, config, history, .. } = *report;
    let seconds: f64 = history.epochs.iter().map(|e| e.seconds).sum();
    let learners = config.learners;
    let lead = html! {
        (config.backbone.graph(config.width).name) " at " (config.size) " px on " (report.set) ": an embedding of "
        (config.dim) " values, " (learners) @if learners == 1 { " learner" } @else { " learners" } ", "
        (history.epochs.len()) " of " (config.epochs) " epochs in " (page::duration(seconds)) ", seed "
        (config.seed) "."
    };
    let mut sections = vec![
        section("training", "Training", &training::section(history, "identities")?),
        section("divisions", "Divisions", &divisions::section(history, report.clusters)?),
    ];
    match report.findings {
        Ok(found) => {
            sections.push(section("learners", "Learners", &learners::section(found)));
            sections.push(section("map", "Map of embeddings", &map::section(&found.map)?));
            sections.push(section("worst", "Worst queries", &worst_section(found)?));
        }
        Err(reason) => sections.push(section("learners", "Learners", &html! { p { (reason) } })),
    }
    sections.push(section("settings", "Settings", &html! { pre { (config.to_toml()) } }));
    Ok(page::page(&format!("Run {run}"), &lead, &sections))
}

fn worst_section(found: &Findings) -> anyhow::Result<Markup> {
    let lists: &[RankList] = &found.worst;
    let rows = rank_list::rows(lists, "identity", &|path| data_uri::thumbnail(path, THUMBNAIL))?;
    Ok(html! {
        p {
            "The " (lists.len()) " queries of lowest average precision, one for each identity: the nearest pictures of "
            "the " (found.part) " part, and the first right one with its rank where it is not among them. "
            (rank_list::legend("identity"))
        }
        (rows)
    })
}
