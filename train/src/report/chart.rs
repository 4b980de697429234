//! What all charts share: an SVG for the page, and its text.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::palette::{Ink, MUTED};

/// Drawing area of a chart.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// plotters places everything on whole pixels: drawing larger and letting the page scale it down keeps lines and
/// bars where they belong.
pub const SCALE: u32 = 2;

/// Pixels of the page, as the drawing counts them.
pub const fn px(pixels: u32) -> u32 {
    pixels * SCALE
}

/// Draws a chart of the given size, in pixels of the page, into SVG text.
///
/// # Errors
/// What `draw` says.
pub fn svg(width: u32, height: u32, draw: impl FnOnce(&Area<'_>) -> anyhow::Result<()>) -> anyhow::Result<String> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (px(width), px(height))).into_drawing_area();
        draw(&area)?;
        area.present()?;
    }
    Ok(text)
}

/// Text of `size` pixels of the page. The family is left to the page's style sheet.
pub fn text(size: u32, ink: Ink, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
    // plotters' SVG writes a font size smaller by this factor.
    let size = f64::from(px(size)) * 1.24;
    TextStyle {
        font: ("sans-serif", size).into_font(),
        color: RGBColor::from(ink).to_backend_color(),
        pos: Pos::new(horizontal, vertical),
    }
}

/// Text of an axis.
pub fn axis_text() -> TextStyle<'static> {
    text(13, MUTED, HPos::Center, VPos::Center)
}

/// A line of `width` pixels of the page.
pub fn line(ink: Ink, width: u32) -> ShapeStyle {
    let color: RGBColor = ink.into();
    color.stroke_width(px(width))
}

/// A filled shape.
pub fn fill(ink: Ink) -> ShapeStyle {
    let color: RGBColor = ink.into();
    color.filled()
}
