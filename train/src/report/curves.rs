//! The training's curves: loss of each batch and epoch, the scores on validation identities, and how far each division
//! agrees with the one before.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::axes::{Axes, Chart, Label};
use super::chart::{Area, fill, line, px, svg, text};
use super::palette::{BAND, FAINT, FIRST, MUTED, SECOND};
use crate::history::{EpochRecord, History};
use crate::schedule::Phase;

const WIDTH: u32 = 520;
const HEIGHT: u32 = 300;

/// Loss over epochs.
///
/// # Errors
/// Where the chart cannot be drawn.
pub fn loss(history: &History) -> anyhow::Result<String> {
    let batches: Vec<(f64, f64)> = history.epochs.iter().flat_map(batch_losses).collect();
    let epochs: Vec<(f64, f64)> = history.epochs.iter().map(|e| (e.epoch as f64 + 0.5, e.loss)).collect();
    // A few of the first batches may be far above the rest, which is what one wants to see.
    let mut sorted: Vec<f64> = batches.iter().map(|(_, loss)| *loss).filter(|loss| loss.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let usual = sorted.get(sorted.len() * 99 / 100).copied().unwrap_or(1.0);
    let highest = epochs.iter().map(|(_, loss)| *loss).fold(usual, f64::max).max(f64::MIN_POSITIVE) * 1.2;
    let batches: Vec<_> = batches.into_iter().map(|(x, loss)| (x, loss.min(highest))).collect();
    svg(WIDTH, HEIGHT, |area| {
        let mut chart = frame(area, history, highest, &|loss| format!("{loss:.2}"))?;
        chart.draw_series(LineSeries::new(batches, line(FAINT, 1)))?;
        chart.draw_series(LineSeries::new(epochs, line(FIRST, 2)))?;
        Ok(())
    })
}

/// Recall@1 and mAP on validation identities over epochs.
///
/// # Errors
/// Where the chart cannot be drawn.
pub fn validation(history: &History) -> anyhow::Result<String> {
    let of = |score: fn(&dnc_core::metrics::RetrievalScores) -> f64| -> Vec<(f64, f64)> {
        let scored = history.epochs.iter().filter_map(|e| Some((e.epoch as f64 + 1.0, score(e.validation.as_ref()?))));
        scored.collect()
    };
    let recall = of(|v| v.recall.get(&1).copied().unwrap_or(f64::NAN));
    let map = of(|v| v.map);
    svg(WIDTH, HEIGHT, |area| {
        // Room for a curve's name between a score of 1 and the names of the phases.
        let label = |score: &f64| if *score > 1.0 { String::new() } else { format!("{score:.1}") };
        let mut chart = frame(area, history, 1.15, &label)?;
        // One name above its curve, the other below: the curves may lie close.
        let (above, below) = ((VPos::Bottom, -(px(7) as i32)), (VPos::Top, px(7) as i32));
        for (points, ink, name, (side, dy)) in [(recall, FIRST, "recall@1", above), (map, SECOND, "mAP", below)] {
            chart.draw_series(LineSeries::new(points.clone(), line(ink, 2)))?;
            chart.draw_series(points.iter().map(|at| Circle::new(*at, px(3), fill(ink))))?;
            if let Some(last) = points.last() {
                let label = format!("{name} {:.2}", last.1);
                let style = text(13, ink, HPos::Right, side);
                chart.draw_series([EmptyElement::at(*last) + Text::new(label, (px(3) as i32, dy), style)])?;
            }
        }
        Ok(())
    })
}

/// Normalised mutual information of each division with the one before it.
///
/// # Errors
/// Where the chart cannot be drawn.
pub fn agreement(history: &History) -> anyhow::Result<String> {
    let points: Vec<(f64, f64)> = history.epochs.iter().filter_map(|e| Some((e.epoch as f64, e.nmi?))).collect();
    svg(WIDTH, HEIGHT, |area| {
        let label = |nmi: &f64| if *nmi > 1.0 { String::new() } else { format!("{nmi:.1}") };
        let mut chart = frame(area, history, 1.05, &label)?;
        chart.draw_series(LineSeries::new(points.clone(), line(FIRST, 2)))?;
        chart.draw_series(points.iter().map(|at| Circle::new(*at, px(3), fill(FIRST))))?;
        Ok(())
    })
}

/// Losses of an epoch's batches, spread evenly over the epoch.
fn batch_losses(epoch: &EpochRecord) -> impl Iterator<Item = (f64, f64)> + '_ {
    let each = 1.0 / epoch.losses.len().max(1) as f64;
    let start = epoch.epoch as f64;
    epoch.losses.iter().enumerate().map(move |(i, loss)| (start + (i as f64 + 0.5) * each, f64::from(*loss)))
}

/// Axes, grid, and a band with its name for each phase.
fn frame<'a, 'b>(
    area: &'a Area<'b>,
    history: &History,
    highest: f64,
    y_label: Label<'_>,
) -> anyhow::Result<Chart<'a, 'b>> {
    let end = history.epochs.last().map_or(1.0, |e| e.epoch as f64 + 1.0);
    // Room above the curves for the names of the phases.
    let top = highest * 1.12;
    // A short run gets ticks between epochs, which have no number.
    let x_label = |x: &f64| if x.fract() == 0.0 { format!("{x:.0}") } else { String::new() };
    let (x, y) = (0.0..end, 0.0..top);
    let axes = Axes { x, y, below: "epoch", x_labels: 9, x_label: &x_label, y_labels: 6, y_label };
    let mut chart = axes.frame(area)?;
    for (i, (phase, from, to)) in phases(history).into_iter().enumerate() {
        if i % 2 == 1 {
            chart.draw_series([Rectangle::new([(from, 0.0), (to, top)], fill(BAND))])?;
        }
        let style = text(12, MUTED, HPos::Center, VPos::Top);
        let name = EmptyElement::at(((from + to) / 2.0, top)) + Text::new(phase.name(), (0, px(4) as i32), style);
        chart.draw_series([name])?;
    }
    axes.grid(&mut chart)?;
    Ok(chart)
}

/// Runs of equal phase: the phase, its first epoch and the one after its last.
fn phases(history: &History) -> Vec<(Phase, f64, f64)> {
    let mut runs: Vec<(Phase, f64, f64)> = Vec::new();
    for epoch in &history.epochs {
        let (from, to) = (epoch.epoch as f64, epoch.epoch as f64 + 1.0);
        match runs.last_mut() {
            Some((phase, _, end)) if *phase == epoch.phase => *end = to,
            _ => runs.push((epoch.phase, from, to)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::made_up;

    #[test]
    fn phases_are_runs_of_epochs() {
        let history = made_up::history();
        assert_eq!(
            phases(&history),
            [(Phase::Learn, 0.0, 6.0), (Phase::Join, 6.0, 14.0), (Phase::Conquer, 14.0, 16.0)]
        );
        assert_eq!(phases(&History::default()), []);
    }

    #[test]
    fn the_charts_name_every_phase_and_draw_no_nan() {
        let history = made_up::history();
        for chart in [loss(&history).unwrap(), validation(&history).unwrap(), agreement(&history).unwrap()] {
            assert!(["learn", "join", "conquer", "epoch"].iter().all(|word| chart.contains(word)), "{chart}");
            assert!(chart.contains("<polyline") && !chart.contains("NaN"));
        }
        let none = History::default();
        assert!(loss(&none).is_ok() && validation(&none).is_ok() && agreement(&none).is_ok());
    }
}
