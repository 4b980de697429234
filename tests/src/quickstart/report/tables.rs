//! The report's tables.

use dnc_core::decision::{Decision, DecisionRule};
use dnc_core::open_set::Trial;
use dnc_train::report::page::{bar, duration};
use maud::{Markup, html};

use crate::quickstart::results::Results;
use crate::quickstart::stages::Stage;

/// Scores side by side, and the two rates of the open-set test.
pub fn headline(results: &Results) -> Markup {
    let rows = results.recall_at_1.rows().into_iter().zip(results.map.rows());
    let rate =
        |rate: f64, what: &str, over: String| html! { div { b { (percent(rate)) } p { (what) } small { (over) } } };
    let c = &results.counts;
    html! {
        table.headline {
            thead { tr { th {} th { "recall@1" } th { "mAP" } } }
            tbody {
                @for ((name, recall), (_, map)) in rows {
                    tr class=[name.starts_with("trained").then_some("ours")] { th { (name) } (bar(recall)) (bar(map)) }
                }
            }
        }
        p.note {
            "Each of the " (c.queries) " test pictures is a query against all others. Recall@1: share of queries whose "
            "nearest picture shows the same vehicle. The exported model in the device's runtime scores "
            (format!("{:.3}", results.device_recall_at_1)) "."
        }
        div.rates {
            (rate(results.known_accept_rate, "of new views of enrolled vehicles are accepted as themselves",
                format!("{} views of {} vehicles", c.known_probes, c.enrolled_identities)))
            (rate(results.stranger_reject_rate, "of strangers' views are not accepted",
                format!("{} views of {} vehicles", c.stranger_probes, c.strangers)))
        }
    }
}

/// What the device answered to whom.
pub fn decisions(trials: &[Trial], rule: &DecisionRule) -> Markup {
    let count = |wanted: &dyn Fn(&Trial, Decision) -> bool| {
        trials.iter().filter(|t| wanted(t, rule.decide(Some(t.best), t.runner_up))).count()
    };
    let row = |name: &str, decision: Decision, correct: Option<bool>| {
        let of = |enrolled: bool| {
            count(&|t, d| t.enrolled == enrolled && d == decision && correct.is_none_or(|right| t.correct == right))
        };
        // A stranger is nobody's own: that cell has no meaning.
        let strangers = if correct == Some(true) { "–".to_owned() } else { of(false).to_string() };
        html! { tr { th { (name) } td { (of(true)) } td { (strangers) } } }
    };
    html! {
        table.plain {
            thead { tr { th { "answer" } th { "enrolled" } th { "strangers" } } }
            tbody {
                (row("known, their own", Decision::Known, Some(true)))
                (row("known, another vehicle", Decision::Known, Some(false)))
                (row("unsure", Decision::Unsure, None))
                (row("unknown", Decision::Unknown, None))
            }
        }
    }
}

/// Duration of each stage and size of each file.
pub fn costs(results: &Results, stages: &[Stage]) -> Markup {
    let b = &results.bytes;
    let sizes = [
        ("model file", b.model),
        ("bundle (model and manifest)", b.bundle),
        ("gallery", b.gallery),
        ("training checkpoint", b.checkpoint),
        ("rendered vehicles", b.vehicles),
    ];
    html! {
        div.columns {
            table.plain {
                thead { tr { th { "stage" } th { "time" } } }
                tbody { @for stage in stages { tr { th { (stage.title) } td { (duration(stage.seconds)) } } } }
                tfoot {
                    tr { th { "all, report included" } td { (duration(results.total())) } }
                    tr { th { "before that: building the programs" } td { (duration(results.build_seconds)) } }
                }
            }
            table.plain {
                thead { tr { th { "file" } th { "size" } } }
                tbody { @for (name, bytes) in sizes { tr { th { (name) } td { (size(bytes)) } } } }
            }
        }
    }
}

fn percent(rate: f64) -> String {
    format!("{:.1} %", rate * 100.0)
}

/// A file size for people, in powers of 1000.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!([size(999), size(1_500), size(2_913_004)], ["999 B", "1.5 kB", "2.9 MB"]);
    }

    #[test]
    fn every_probe_is_in_one_cell() {
        let rule = DecisionRule { threshold: 0.5, margin: 0.05 };
        let trial = |enrolled, correct, best, second| Trial { enrolled, correct, best, runner_up: Some(second) };
        let trials = [
            trial(true, true, 0.9, 0.1),
            trial(true, true, 0.9, 0.88),
            trial(true, false, 0.7, 0.1),
            trial(false, false, 0.6, 0.1),
            trial(false, false, 0.2, 0.1),
        ];
        let text = decisions(&trials, &rule).into_string();
        let cells: Vec<&str> = text.split("<td>").skip(1).map(|c| c.split('<').next().unwrap()).collect();
        assert_eq!(cells, ["1", "–", "1", "1", "1", "0", "0", "1"]);
    }
}
