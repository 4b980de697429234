//! Axes and grid that every chart shares.

use std::ops::Range;

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::chart::{Area, axis_text, line, px};
use super::palette::GRID;

/// A chart over two numbers.
pub type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// What stands at an axis' ticks.
pub type Label<'a> = &'a dyn Fn(&f64) -> String;

/// Two axes with horizontal grid lines.
pub struct Axes<'a> {
    /// Range from left to right.
    pub x: Range<f64>,
    /// Range from the bottom up.
    pub y: Range<f64>,
    /// What the horizontal axis counts.
    pub below: &'a str,
    /// About as many ticks stand on the horizontal axis; 0 leaves them to the chart.
    pub x_labels: usize,
    /// Text of a tick of the horizontal axis.
    pub x_label: Label<'a>,
    /// About as many ticks stand on the vertical axis.
    pub y_labels: usize,
    /// Text of a tick of the vertical axis.
    pub y_label: Label<'a>,
}

impl Axes<'_> {
    /// The empty chart: what is drawn now lies below the grid.
    ///
    /// # Errors
    /// Where the chart cannot be drawn.
    pub fn frame<'a, 'b>(&self, area: &'a Area<'b>) -> anyhow::Result<Chart<'a, 'b>> {
        let mut builder = ChartBuilder::on(area);
        builder.margin(px(6)).margin_right(px(14)).x_label_area_size(px(38)).y_label_area_size(px(44));
        Ok(builder.build_cartesian_2d(self.x.clone(), self.y.clone())?)
    }

    /// Grid, axes and their texts.
    ///
    /// # Errors
    /// Where the chart cannot be drawn.
    pub fn grid(&self, chart: &mut Chart<'_, '_>) -> anyhow::Result<()> {
        let mut mesh = chart.configure_mesh();
        mesh.disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(line(GRID, 1))
            .axis_style(line(GRID, 1))
            .x_desc(self.below)
            .axis_desc_style(axis_text())
            .label_style(axis_text())
            .x_labels(self.x_labels)
            .y_labels(self.y_labels)
            .x_label_formatter(&self.x_label)
            .y_label_formatter(&self.y_label);
        Ok(mesh.draw()?)
    }

    /// The chart with its grid.
    ///
    /// # Errors
    /// Where the chart cannot be drawn.
    pub fn draw<'a, 'b>(&self, area: &'a Area<'b>) -> anyhow::Result<Chart<'a, 'b>> {
        let mut chart = self.frame(area)?;
        self.grid(&mut chart)?;
        Ok(chart)
    }
}
