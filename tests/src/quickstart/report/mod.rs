//! The report: one HTML file that needs nothing else, in a light and a dark scheme.

mod scores;
mod tables;
#[cfg(test)]
mod tests;

use dnc_core::decision::DecisionRule;
use dnc_core::manifest::Manifest;
use dnc_core::open_set::Trial;
use dnc_train::history::History;
use dnc_train::report::page::{self, figure, section};
use dnc_train::report::palette::{FIRST, Ink, SECOND, THIRD};
use dnc_train::report::{data_uri, rank_list, training};
use maud::{Markup, html};

use super::ranking::Lists;
use super::results::Results;
use super::stages::Stage;

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
    pub lists: &'a Lists,
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
    let lead = html! {
        "A network (" (training.backbone) ") learned from scratch to tell " (counts.training_identities)
        " rendered vehicles apart, with " (training.learners) " learners over " (training.epochs)
        " epochs. Everything below is measured on " (counts.test_identities)
        " other vehicles, seen by other cameras: neither was there in training. The whole line took "
        (page::duration(results.total())) " after the build."
    };
    let sections = [
        section("results", "Results", &tables::headline(results)),
        section("rank-lists", "What it finds", &rank_lists_section(report.lists)?),
        section("training", "Training", &training::section(report.history, "vehicles")?),
        section("open-set", "Known vehicles and strangers", &open_set_section(report)?),
        section("costs", "Sizes and times", &tables::costs(results, report.stages)),
        section("commands", "Commands", &commands_section(report.stages)),
    ];
    Ok(page::page("dnc-reid quick start", &lead, &sections))
}

fn rank_lists_section(lists: &Lists) -> anyhow::Result<Markup> {
    let rows = |lists| rank_list::rows(lists, "vehicle", &data_uri::picture);
    Ok(html! {
        p {
            "Each row: a test picture and the nearest others, out of all test pictures, by the exported model. "
            (rank_list::legend("vehicle"))
        }
        h3 { (lists.even.len()) " pictures at even steps through the test list" }
        (rows(&lists.even)?)
        @if !lists.worst.is_empty() {
            h3 { "The " (lists.worst.len()) " worst: lowest average precision, one for each vehicle" }
            (rows(&lists.worst)?)
        }
    })
}

fn commands_section(stages: &[Stage]) -> Markup {
    html! {
        p { "The whole line, as it was run. Each program explains itself with " code { "--help" } "." }
        div.commands { @for stage in stages { p { (stage.title) } pre { (stage.command) } } }
    }
}

fn open_set_section(report: &Report<'_>) -> anyhow::Result<Markup> {
    let counts = &report.results.counts;
    let key = |ink: Ink, what: &str| html! { span.key { i style=(format!("background:{}", ink.css())) {} (what) } };
    let histograms = scores::histograms(report.trials, report.rule)?;
    let caption = html! {
        "Up: new views of enrolled vehicles, nearest to "
        (key(FIRST, "their own vehicle")) (key(SECOND, "another vehicle"))
        " Down: " (key(THIRD, "strangers")) br; "Only what is right of the line can be accepted."
    };
    Ok(html! {
        p {
            (counts.enrolled_identities) " of the unseen vehicles were enrolled with " (counts.enrolled_views)
            " views in all; then " (counts.known_probes) " new views of them and " (counts.stranger_probes)
            " views of " (counts.strangers) " strangers were identified. A vehicle is known from a similarity of "
            (format!("{:.3}", report.rule.threshold)) " on"
            @if report.rule.margin > 0.0 {
                ", if it leads the next by " (format!("{:.2}", report.rule.margin)) " (less is answered unsure)"
            }
            ". This rule was measured on validation vehicles when the model was exported, not on these."
        }
        div.charts {
            (figure("Best similarity of known vehicles and strangers", histograms, &caption))
            (tables::decisions(report.trials, report.rule))
        }
    })
}
