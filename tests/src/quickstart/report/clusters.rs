//! Sizes of the clusters after each division, as stacked bars.

use dnc_train::history::History;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::chart::{axis_text, fill, line, px, svg, text};
use super::palette::{CLUSTERS, GRID, MUTED, ON_BAR};

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
        let mut chart = ChartBuilder::on(area)
            .margin(px(6))
            .margin_right(px(14))
            .x_label_area_size(px(38))
            .y_label_area_size(px(44))
            .build_cartesian_2d(0.0..divisions.len().max(1) as f64, 0.0..highest as f64 * 1.04)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(line(GRID, 1))
            .axis_style(line(GRID, 1))
            .x_labels(0)
            .x_desc("divided before epoch")
            .axis_desc_style(axis_text())
            .label_style(axis_text())
            .y_labels(6)
            .y_label_formatter(&|pictures| format!("{pictures:.0}"))
            .draw()?;
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
    use crate::quickstart::report::tests::made_up_history;

    #[test]
    fn each_division_has_a_bar_for_each_cluster_with_its_size() {
        let history = made_up_history();
        let divisions = divisions(&history);
        assert_eq!(divisions.len(), 7);
        let chart = sizes(&history).unwrap();
        let bars: usize = divisions.iter().map(|(_, sizes)| sizes.len()).sum();
        assert_eq!(chart.matches("<rect").count(), bars);
        assert!(divisions[1].1.iter().all(|size| chart.contains(&format!("\n{size}\n"))), "{chart}");
        assert!(sizes(&History::default()).is_ok());
    }
}
