//! The report: one HTML file that needs nothing else, in a light and a dark scheme.

mod chart;
mod clusters;
mod data_uri;
mod palette;
mod rank_lists;
mod scores;
mod tables;
#[cfg(test)]
mod tests;
mod training;

use dnc_core::decision::DecisionRule;
use dnc_core::manifest::Manifest;
use dnc_core::open_set::Trial;
use dnc_train::history::History;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::ranking::RankList;
use super::results::Results;
use super::stages::Stage;
use palette::{FIRST, Ink, SECOND, THIRD};

/// What the report tells of.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The figures.
    pub results: &'a Results,
    /// What was run.
    pub stages: &'a [Stage],
    /// Manifest of the exported bundle.
    pub manifest: &'a Manifest,
    /// The training.
    pub history: &'a History,
    /// Some queries and what was found for them.
    pub lists: &'a [RankList],
    /// The answers of the gallery.
    pub trials: &'a [Trial],
    /// The rule that it answered by.
    pub rule: &'a DecisionRule,
}

/// The page.
///
/// # Errors
/// Where a picture cannot be read or a chart cannot be drawn.
pub fn page(report: &Report<'_>) -> anyhow::Result<String> {
    let (results, training) = (report.results, &report.manifest.training);
    let counts = &results.counts;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "dnc-reid quick start" }
                style { (PreEscaped(palette::css())) (PreEscaped(include_str!("style.css"))) }
            }
            body {
                header {
                    h1 { "dnc-reid quick start" }
                    p.lead {
                        "A network (" (training.backbone) ") learned from scratch to tell " (counts.training_identities)
                        " rendered vehicles apart, with " (training.learners) " learners over " (training.epochs)
                        " epochs. Everything below is measured on " (counts.test_identities)
                        " other vehicles, seen by other cameras: neither was there in training. The whole line took "
                        (tables::duration(results.total())) " after the build."
                    }
                }
                main {
                    section #results { h2 { "Results" } (tables::headline(results)) }
                    section #rank-lists { h2 { "What it finds" } (rank_lists::section(report.lists)?) }
                    section #training { h2 { "Training" } (training_section(report.history)?) }
                    section #open-set { h2 { "Known vehicles and strangers" } (open_set_section(report)?) }
                    section #costs { h2 { "Sizes and times" } (tables::costs(results, report.stages)) }
                    section #commands {
                        h2 { "Commands" }
                        p { "The whole line, as it was run. Each program explains itself with " code { "--help" } "." }
                        div.commands { @for stage in report.stages { p { (stage.title) } pre { (stage.command) } } }
                    }
                }
            }
        }
    };
    Ok(page.into_string())
}

fn training_section(history: &History) -> anyhow::Result<Markup> {
    let learners = clusters::divisions(history).iter().map(|(_, sizes)| sizes.len()).max().unwrap_or(0);
    Ok(html! {
        div.charts {
            (figure("Loss of each batch and epoch", training::loss(history)?, html! {
                "Loss: mean of each epoch (strong) and each batch (faint)."
            }))
            (figure("Recall@1 and mAP on validation vehicles", training::validation(history)?, html! {
                "Scores on training vehicles held out for validation."
            }))
            (figure("Cluster sizes at each division", clusters::sizes(history)?, html! {
                "Pictures in each of the " (learners) " clusters, the first at the bottom. A cluster keeps its colour: "
                "new clusters are matched to the old ones."
            }))
            dl {
                dt { "learn" } dd { "Each learner trains its own slice of the embedding, on its own cluster." }
                dt { "join" } dd { "Every batch, still from one cluster, trains the whole embedding." }
                dt { "conquer" } dd { "The whole embedding learns from all data." }
            }
        }
    })
}

fn open_set_section(report: &Report<'_>) -> anyhow::Result<Markup> {
    let counts = &report.results.counts;
    let key = |ink: Ink, what: &str| html! { span.key { i style=(format!("background:{}", ink.css())) {} (what) } };
    Ok(html! {
        p {
            (counts.enrolled_identities) " of the unseen vehicles were enrolled with " (counts.enrolled_views)
            " views in all; then " (counts.known_probes) " new views of them and " (counts.stranger_probes)
            " views of " (counts.strangers) " strangers were identified. A vehicle is known from a similarity of "
            (format!("{:.3}", report.rule.threshold)) " on"
            @if report.rule.margin > 0.0 {
                ", if it leads the next by " (format!("{:.2}", report.rule.margin)) " (less is answered unsure)"
            }
            ". Both numbers were measured on validation vehicles when the model was exported, not on these."
        }
        div.charts {
            (figure("Best similarity of known vehicles and strangers", scores::histograms(report.trials, report.rule)?, html! {
                "Up: new views of enrolled vehicles, nearest to "
                (key(FIRST, "their own vehicle")) (key(SECOND, "another vehicle"))
                " Down: " (key(THIRD, "strangers")) br; "Only what is right of the line can be accepted."
            }))
            (tables::decisions(report.trials, report.rule))
        }
    })
}

/// A chart with its caption; `label` is for readers who cannot see it.
fn figure(label: &str, svg: String, caption: Markup) -> Markup {
    html! { figure { div.chart role="img" aria-label=(label) { (PreEscaped(svg)) } figcaption { (caption) } } }
}
