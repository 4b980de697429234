//! Histograms of the best similarity: enrolled identities upwards, strangers downwards, and the threshold.

use dnc_core::decision::DecisionRule;
use dnc_core::open_set::Trial;
use dnc_train::report::axes::Axes;
use dnc_train::report::chart::{fill, line, px, svg, text};
use dnc_train::report::palette::{FIRST, GRID, Ink, LIMIT, SECOND, THIRD};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

const WIDTH: u32 = 520;
const HEIGHT: u32 = 300;

/// Width of a bin, in similarity.
const BIN: f64 = 0.025;

/// Share of probes by bin, the bin's number counted from similarity 0.
fn shares(trials: &[Trial], of: usize, wanted: impl Fn(&Trial) -> bool) -> Vec<(i64, f64)> {
    let mut counts = std::collections::BTreeMap::new();
    for trial in trials.iter().filter(|t| wanted(t) && t.best.is_finite()) {
        *counts.entry((f64::from(trial.best) / BIN).floor() as i64).or_insert(0usize) += 1;
    }
    counts.into_iter().map(|(bin, n)| (bin, n as f64 / of.max(1) as f64)).collect()
}

/// The histograms of `trials` and the threshold of `rule`.
///
/// # Errors
/// Where the chart cannot be drawn.
pub fn histograms(trials: &[Trial], rule: &DecisionRule) -> anyhow::Result<String> {
    let known = trials.iter().filter(|t| t.enrolled).count();
    let right = shares(trials, known, |t| t.enrolled && t.correct);
    let wrong = shares(trials, known, |t| t.enrolled && !t.correct);
    let strangers = shares(trials, trials.len() - known, |t| !t.enrolled);
    let on_right = |bin: i64| right.iter().find(|(b, _)| *b == bin).map_or(0.0, |(_, share)| *share);
    let highest = |bars: &[(i64, f64)]| bars.iter().map(|(bin, share)| share + on_right(*bin)).fold(0.0, f64::max);
    let up = right.iter().map(|(_, share)| *share).fold(highest(&wrong), f64::max).max(0.02) * 1.2;
    let down = strangers.iter().map(|(_, share)| *share).fold(0.02, f64::max) * 1.2;
    let bins = || right.iter().chain(&wrong).chain(&strangers).map(|(bin, _)| *bin as f64 * BIN);
    let threshold = f64::from(rule.threshold).clamp(-1.0, 1.0);
    let left = bins().fold(threshold, f64::min) - 2.0 * BIN;
    let end = (bins().fold(threshold, f64::max) + 2.0 * BIN).min(1.0 + BIN);
    svg(WIDTH, HEIGHT, |area| {
        let axes = Axes {
            x: left..end,
            y: -down..up,
            below: "similarity to the nearest enrolled vehicle",
            x_labels: 8,
            x_label: &|x| format!("{x:.2}"),
            y_labels: 8,
            y_label: &|share| format!("{:.0} %", share.abs() * 100.0),
        };
        let mut chart = axes.draw(area)?;
        let mut bar = |bin: i64, from: f64, to: f64, ink: Ink| {
            // A little narrower than the bin, so that neighbours do not run together.
            let (x0, x1) = ((bin as f64 + 0.06) * BIN, (bin as f64 + 0.94) * BIN);
            chart.draw_series([Rectangle::new([(x0, from), (x1, to)], fill(ink))]).map(drop)
        };
        for (bin, share) in &right {
            bar(*bin, 0.0, *share, FIRST)?;
        }
        for (bin, share) in &wrong {
            bar(*bin, on_right(*bin), on_right(*bin) + share, SECOND)?;
        }
        for (bin, share) in &strangers {
            bar(*bin, 0.0, -share, THIRD)?;
        }
        chart.draw_series([PathElement::new([(left, 0.0), (end, 0.0)], line(GRID, 1))])?;
        chart.draw_series(DashedLineSeries::new(
            [(threshold, -down), (threshold, up)],
            px(5),
            px(4),
            line(LIMIT, 1),
        ))?;
        // Beside the line, on the side with more room.
        let (side, anchor) = if threshold - left > end - threshold { (-1, HPos::Right) } else { (1, HPos::Left) };
        let note = |at: f64, what: String, vertical, dy: i32, ink| {
            EmptyElement::at((threshold, at))
                + Text::new(what, (side * px(6) as i32, dy), text(13, ink, anchor, vertical))
        };
        let edge = px(4) as i32;
        chart.draw_series([note(up, format!("threshold {:.3}", rule.threshold), VPos::Top, edge, LIMIT)])?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quickstart::report::tests::made_up_trials;

    #[test]
    fn shares_of_a_kind_sum_to_one() {
        let trials = made_up_trials();
        let known = trials.iter().filter(|t| t.enrolled).count();
        let all: f64 = shares(&trials, known, |t| t.enrolled).iter().map(|(_, share)| share).sum();
        assert!((all - 1.0).abs() < 1e-9, "{all}");
        let at = |best| Trial { enrolled: true, correct: true, best, runner_up: None };
        assert_eq!(shares(&[at(0.49), at(0.5), at(-0.01)], 2, |_| true), [(-1, 0.5), (19, 0.5), (20, 0.5)]);
    }

    #[test]
    fn the_threshold_is_drawn_and_named_even_without_probes() {
        let rule = DecisionRule { threshold: 0.6134, margin: 0.0 };
        for trials in [made_up_trials(), Vec::new()] {
            let chart = histograms(&trials, &rule).unwrap();
            assert!(chart.contains("threshold 0.613") && !chart.contains("NaN"), "{chart}");
        }
    }
}
