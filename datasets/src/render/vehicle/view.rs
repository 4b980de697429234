//! A pinhole view and the filling of polygons seen through it.

use super::paint::Paint;
use super::site::{Light, Site};
use super::solid::Face;
use crate::render::canvas::Canvas;
use crate::render::colour::Light3;
use crate::render::geometry::{HalfSpace, Vec3, clip, sin_cos, vec3};

/// Where the camera stands and how it maps points to pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub(super) eye: Vec3,
    right: Vec3,
    up: Vec3,
    forward: Vec3,
    /// Pixels per unit of slope.
    scale: f32,
    centre: [f32; 2],
}

impl View {
    /// Looking at the point `height` metres above the origin.
    pub(super) fn new(shot: &Site, height: f32) -> Self {
        let ((sy, cy), (se, ce)) = (sin_cos(shot.yaw), sin_cos(shot.elevation));
        let back = vec3(sy * ce, -cy * ce, se);
        let (level, tilted) = (vec3(cy, sy, 0.0), vec3(-sy * se, cy * se, ce));
        let (sr, cr) = sin_cos(shot.roll);
        Self {
            eye: vec3(0.0, 0.0, height) + back * shot.distance,
            right: level * cr + tilted * sr,
            up: tilted * cr - level * sr,
            forward: back * -1.0,
            scale: 1.0,
            centre: [0.0, 0.0],
        }
    }

    /// Zooms and shifts so that `points` fill `share` of a square of `side` pixels, their middle moved by
    /// `shift` (fractions of the side): what a detector's crop does.
    pub(super) fn framed(mut self, points: &[Vec3], side: f32, share: f32, shift: [f32; 2]) -> Self {
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        for &point in points {
            let at = self.project(point);
            for i in 0..2 {
                low[i] = low[i].min(at[i]);
                high[i] = high[i].max(at[i]);
            }
        }
        let extent = (high[0] - low[0]).max(high[1] - low[1]).max(1e-3);
        self.scale = side * share / extent;
        for i in 0..2 {
            self.centre[i] = side * (0.5 + shift[i]) - self.scale * 0.5 * (low[i] + high[i]);
        }
        self
    }

    fn project(&self, point: Vec3) -> [f32; 2] {
        let seen = point - self.eye;
        let slope = self.scale / seen.dot(self.forward).max(0.05);
        [self.centre[0] + slope * seen.dot(self.right), self.centre[1] - slope * seen.dot(self.up)]
    }

    /// The points far enough in front of the camera to be projected.
    fn in_front(&self) -> HalfSpace {
        HalfSpace::new(self.forward, self.forward.dot(self.eye) + 0.3)
    }
}

impl Canvas {
    /// Fills a polygon in space with light that is already worked out.
    pub(super) fn fill_lit(&mut self, view: &View, polygon: &[Vec3], colour: Light3, alpha: f32) {
        let near = view.in_front();
        let points: Vec<[f32; 2]> = if polygon.iter().all(|&p| near.depth(p) >= 0.0) {
            polygon.iter().map(|&p| view.project(p)).collect()
        } else {
            clip(polygon, near).iter().map(|&p| view.project(p)).collect()
        };
        if points.len() >= 3 {
            self.fill(&points, colour, alpha);
        }
    }

    /// Fills a polygon in space, shaded.
    pub(super) fn fill_painted(&mut self, view: &View, light: &Light, polygon: &[Vec3], normal: Vec3, paint: Paint) {
        self.fill_lit(view, polygon, light.on(paint, normal), paint.alpha);
    }

    /// Draws a face with its layers.
    pub(super) fn draw_face(&mut self, view: &View, light: &Light, face: &Face) {
        for (polygon, paint) in &face.layers {
            self.fill_painted(view, light, polygon, face.normal, *paint);
        }
    }
}
