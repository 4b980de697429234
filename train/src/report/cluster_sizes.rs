//! Sizes of the clusters after each division, as stacked bars.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::axes::Axes;
use super::chart::{fill, px, svg, text};
use super::palette::{CLUSTERS, MUTED, ON_BAR};
use crate::history::History;

const WIDTH: u32 = 520;
const HEIGHT: u32 = 300;

/// Bars narrower than this share of their place leave a gap to the next.
const BAR: f64 = 0.84;

/// Divisions of the training: the epoch before which each was made, counted from 1 as the training's log does,
/// and its sizes.
pub fn divisions(history: &History) -> Vec<(usize, &[usize])> {
    history.epochs.iter().filter_map(|e| Some((e.epoch + 1, e.clusters.as_deref()?))).collect()
}

/// A stacked bar for each division, cluster 1 at the bottom.
///
/// # Errors
/// Where the chart cannot be drawn.
pub fn sizes(history: &History) -> anyhow::Result<String> {
    let divisions = divisions(history);
    let highest = divisions.iter().map(|(_, sizes)| sizes.iter().sum::<usize>()).max().unwrap_or(1).max(1);
    svg(WIDTH, HEIGHT, |area| {
        let axes = Axes {
            x: 0.0..divisions.len().max(1) as f64,
            y: 0.0..highest as f64 * 1.04,
            below: "divided before epoch",
            // A number under each bar is drawn below.
            x_labels: 0,
            x_label: &|_| String::new(),
            y_labels: 6,
            y_label: &|pictures| format!("{pictures:.0}"),
        };
        let mut chart = axes.draw(area)?;
        for (i, (epoch, sizes)) in divisions.iter().enumerate() {
            let (left, right) = (i as f64 + (1.0 - BAR) / 2.0, i as f64 + (1.0 + BAR) / 2.0);
            let mut below = 0.0;
            for (cluster, size) in sizes.iter().enumerate() {
                let above = below + *size as f64;
                let bar = Rectangle::new([(left, below), (right, above)], fill(CLUSTERS[cluster % CLUSTERS.len()]));
                chart.draw_series([bar])?;
                // A number fits into a bar that is tall and wide enough for it.
                if *size as f64 > highest as f64 * 0.07 && divisions.len() <= 14 {
                    let style = text(11, ON_BAR, HPos::Center, VPos::Center);
                    chart.draw_series([Text::new(
                        size.to_string(),
                        ((left + right) / 2.0, (below + above) / 2.0),
                        style,
                    )])?;
                }
                below = above;
            }
            let style = text(13, MUTED, HPos::Center, VPos::Top);
            let under =
                EmptyElement::at(((left + right) / 2.0, 0.0)) + Text::new(epoch.to_string(), (0, px(5) as i32), style);
            chart.draw_series([under])?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::made_up;

    #[test]
    fn each_division_has_a_bar_for_each_cluster_with_its_size() {
        let history = made_up::history();
        let divisions = divisions(&history);
        assert_eq!(divisions.len(), 7);
        let chart = sizes(&history).unwrap();
        let bars: usize = divisions.iter().map(|(_, sizes)| sizes.len()).sum();
        assert_eq!(chart.matches("<rect").count(), bars);
        assert!(divisions[1].1.iter().all(|size| chart.contains(&format!("\n{size}\n"))), "{chart}");
        assert!(sizes(&History::default()).is_ok());
    }
}
