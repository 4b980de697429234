//! Filling of polygons, and of single pixels, in linear light.

use tiny_skia::{Color, FillRule, Paint as SkiaPaint, PathBuilder, Pixmap, Shader, Transform};

use super::colour::Light3;

/// A square picture being drawn.
pub(super) struct Canvas {
    pixmap: Pixmap,
    side: f32,
}

impl Canvas {
    /// A canvas filled with `colour`; none where `side` is 0 or too large for the memory.
    pub(super) fn new(side: u32, colour: Light3) -> Option<Self> {
        let mut pixmap = Pixmap::new(side, side)?;
        pixmap.fill(shown(colour, 1.0));
        Some(Self { pixmap, side: side as f32 })
    }

    /// Side in pixels.
    pub(super) fn side(&self) -> f32 {
        self.side
    }

    /// RGBA bytes, rows from the top; alpha is 255 throughout.
    pub(super) fn bytes(&self) -> &[u8] {
        self.pixmap.data()
    }

    /// Sets a pixel, numbered by rows from the top left.
    pub(super) fn put(&mut self, pixel: usize, colour: Light3) {
        self.pixmap.pixels_mut()[pixel] = shown(colour, 1.0).premultiply().to_color_u8();
    }

    /// Takes light from a pixel: `share` of it is left.
    pub(super) fn darken(&mut self, pixel: usize, share: f32) {
        let seen = self.pixmap.pixels()[pixel];
        self.put(pixel, [seen.red(), seen.green(), seen.blue()].map(|byte| linear(byte) * share));
    }

    /// Fills a polygon given in pixels.
    pub(super) fn fill(&mut self, points: &[[f32; 2]], colour: Light3, alpha: f32) {
        let reach = 8.0 * self.side;
        let mut path = PathBuilder::new();
        for (i, &[x, y]) in points.iter().enumerate() {
            // Far outside nothing shows; tiny-skia's fixed point wants moderate numbers.
            let (x, y) = (x.clamp(-reach, reach), y.clamp(-reach, reach));
            if i == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
        }
        path.close();
        let Some(path) = path.finish() else { return };
        let bounds = path.bounds();
        if bounds.right() < 0.0 || bounds.bottom() < 0.0 || bounds.left() > self.side || bounds.top() > self.side {
            return;
        }
        let paint = SkiaPaint { shader: Shader::SolidColor(shown(colour, alpha)), ..SkiaPaint::default() };
        self.pixmap.fill_path(&path, &paint, FillRule::Winding, Transform::identity(), None);
    }
}

/// To what the screen shows. Half the range is kept for light brighter than white, so that the lens decides later
/// what overflows.
fn shown(colour: Light3, alpha: f32) -> Color {
    let [r, g, b] = colour.map(|c| (c * 0.5).clamp(0.0, 1.0).sqrt());
    Color::from_rgba(r, g, b, alpha.clamp(0.0, 1.0)).unwrap_or(Color::BLACK)
}

/// Inverse of what the canvas stores: linear light of a byte.
pub(super) fn linear(byte: u8) -> f32 {
    let value = f32::from(byte) / 255.0;
    2.0 * value * value
}
