//! Meshes into pixels: a picture with depth.

use super::light::Lamp;
use super::sheet::{Sheet, Vertex};
use super::view::View;
use crate::render::canvas::Canvas;
use crate::render::colour::{Light3, scaled};
use crate::render::geometry::Vec3;

/// A point of a sheet that is about to be drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fragment {
    /// As [`Vertex::across`] and [`Vertex::along`].
    pub(super) across: f32,
    pub(super) along: f32,
    /// Seen from within the tube.
    pub(super) inside: bool,
}

/// Pixels with depth.
pub(super) struct Frame {
    side: usize,
    light: Vec<Light3>,
    /// Nearness; very negative where nothing is drawn.
    near: Vec<f32>,
}

/// Nearness of nothing.
const NOTHING: f32 = -1e9;

impl Frame {
    pub(super) fn new(side: usize) -> Self {
        Self { side, light: vec![[0.0; 3]; side * side], near: vec![NOTHING; side * side] }
    }

    /// Draws a sheet where it is nearer than what is there. `look` tells the colour of a point, or that there is
    /// no cloth.
    pub(super) fn draw(&mut self, view: &View, lamp: &Lamp, sheet: &Sheet, look: impl Fn(Fragment) -> Option<Light3>) {
        let points: Vec<([f32; 3], Vec3)> =
            sheet.vertices.iter().map(|v| (view.project(v.at), view.turned(v.normal))).collect();
        for row in 1..sheet.rows() {
            for column in 1..sheet.columns {
                let (lower, upper) = (row * sheet.columns + column, (row - 1) * sheet.columns + column);
                for corners in [[upper - 1, upper, lower - 1], [upper, lower, lower - 1]] {
                    self.triangle(lamp, corners.map(|i| (points[i].0, points[i].1, sheet.vertices[i])), &look);
                }
            }
        }
    }

    fn triangle(
        &mut self,
        lamp: &Lamp,
        [a, b, c]: [([f32; 3], Vec3, Vertex); 3],
        look: &impl Fn(Fragment) -> Option<Light3>,
    ) {
        let edge = |p: [f32; 3], q: [f32; 3], x: f32, y: f32| (q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0]);
        let area = edge(a.0, b.0, c.0[0], c.0[1]);
        if area.abs() < 1e-6 {
            return;
        }
        let last = self.side as f32 - 1.0;
        let span = |axis: usize| {
            let (low, high) = (a.0[axis].min(b.0[axis]).min(c.0[axis]), a.0[axis].max(b.0[axis]).max(c.0[axis]));
            // Pixel centres lie at halves.
            ((low - 0.5).ceil().clamp(0.0, last + 1.0) as usize, (high - 0.5).floor().clamp(-1.0, last) + 1.0)
        };
        let ((left, right), (top, bottom)) = (span(0), span(1));
        for y in top..bottom as usize {
            for x in left..right as usize {
                let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
                let weights =
                    [edge(b.0, c.0, px, py), edge(c.0, a.0, px, py), edge(a.0, b.0, px, py)].map(|w| w / area);
                if weights.iter().any(|&w| w < -1e-4) {
                    continue;
                }
                let of = |p: f32, q: f32, r: f32| p * weights[0] + q * weights[1] + r * weights[2];
                let near = of(a.0[2], b.0[2], c.0[2]);
                let pixel = y * self.side + x;
                if near <= self.near[pixel] {
                    continue;
                }
                let inside = area < 0.0;
                let fragment = Fragment {
                    across: of(a.2.across, b.2.across, c.2.across),
                    along: of(a.2.along, b.2.along, c.2.along),
                    inside,
                };
                let Some(colour) = look(fragment) else { continue };
                let normal = (a.1 * weights[0] + b.1 * weights[1] + c.1 * weights[2]).normalised();
                let height = of(a.2.height, b.2.height, c.2.height);
                self.near[pixel] = near;
                self.light[pixel] = if inside {
                    // The inside gets what little light falls in.
                    scaled(lamp.on(colour, normal * -1.0, -0.5), 0.5)
                } else {
                    lamp.on(colour, normal, height)
                };
            }
        }
    }

    /// Puts what is drawn on the canvas, with its shadow on what is behind: moved by `fall` and softened over
    /// `soft` (pixels), taking `dark` of the light.
    pub(super) fn onto(&self, canvas: &mut Canvas, fall: [f32; 2], soft: usize, dark: f32) {
        if dark > 0.0 {
            let shadow = self.shadow(fall, soft);
            for (pixel, shade) in shadow.into_iter().enumerate().filter(|(_, shade)| *shade > 0.0) {
                canvas.darken(pixel, 1.0 - dark * shade);
            }
        }
        for (pixel, light) in self.light.iter().enumerate() {
            if self.near[pixel] > NOTHING {
                canvas.put(pixel, *light);
            }
        }
    }

    /// Share of a square of half width `soft` around each pixel that is drawn, moved by `fall`.
    fn shadow(&self, fall: [f32; 2], soft: usize) -> Vec<f32> {
        let side = self.side;
        // Sums over all pixels above and to the left.
        let mut sums = vec![0u32; (side + 1) * (side + 1)];
        for y in 0..side {
            let mut row = 0;
            for x in 0..side {
                row += u32::from(self.near[y * side + x] > NOTHING);
                sums[(y + 1) * (side + 1) + x + 1] = sums[y * (side + 1) + x + 1] + row;
            }
        }
        let area = ((2 * soft + 1) * (2 * soft + 1)) as f32;
        let clamped = |v: f32| v.clamp(0.0, side as f32) as usize;
        (0..side * side)
            .map(|pixel| {
                let (x, y) = ((pixel % side) as f32 - fall[0], (pixel / side) as f32 - fall[1]);
                let [left, right] = [x - soft as f32, x + soft as f32 + 1.0].map(clamped);
                let [top, bottom] = [y - soft as f32, y + soft as f32 + 1.0].map(clamped);
                let at = |x: usize, y: usize| sums[y * (side + 1) + x];
                (at(right, bottom) + at(left, top) - at(left, bottom) - at(right, top)) as f32 / area
            })
            .collect()
    }
}
