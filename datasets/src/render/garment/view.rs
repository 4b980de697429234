//! Where the camera stands.

use super::sheet::Sheet;
use crate::render::geometry::{Vec3, sin_cos, vec3};

/// How garments' space (cm; x to the viewer's right, y up, z to the viewer) is turned and put on the canvas.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    right: Vec3,
    up: Vec3,
    towards: Vec3,
    /// Of the camera from the origin, cm.
    distance: f32,
    /// Pixels per cm at the origin.
    scale: f32,
    centre: [f32; 2],
}

impl View {
    /// A camera `distance` cm away. Degrees: the subject turns by `yaw` about its upright axis; the camera looks
    /// down by `pitch` and is turned by `roll`.
    pub(super) fn new(yaw: f32, pitch: f32, roll: f32, distance: f32) -> Self {
        let ((sy, cy), (sp, cp), (sr, cr)) = (sin_cos(yaw), sin_cos(pitch), sin_cos(roll));
        let level = vec3(cy, 0.0, sy);
        let ahead = vec3(-sy, 0.0, cy);
        let tilted = vec3(-sp * ahead.x, cp, -sp * ahead.z);
        Self {
            right: level * cr + tilted * sr,
            up: tilted * cr - level * sr,
            towards: vec3(cp * ahead.x, sp, cp * ahead.z),
            distance,
            scale: 1.0,
            centre: [0.0; 2],
        }
    }

    /// Zooms and shifts so that `sheets` fill `share` of a square of `side` pixels, their middle moved by `shift`
    /// (fractions of the side).
    pub(super) fn framed<'a>(
        mut self,
        sheets: impl Iterator<Item = &'a Sheet>,
        side: f32,
        share: f32,
        shift: [f32; 2],
    ) -> Self {
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        for vertex in sheets.flat_map(|sheet| &sheet.vertices) {
            let [x, y, _] = self.project(vertex.at);
            low = [low[0].min(x), low[1].min(y)];
            high = [high[0].max(x), high[1].max(y)];
        }
        self.scale = side * share / (high[0] - low[0]).max(high[1] - low[1]).max(1e-3);
        for i in 0..2 {
            self.centre[i] = side * (0.5 + shift[i]) - self.scale * 0.5 * (low[i] + high[i]);
        }
        self
    }

    /// Pixels from the left and from the top, and nearness to the camera.
    pub(super) fn project(&self, at: Vec3) -> [f32; 3] {
        let near = at.dot(self.towards);
        let scale = self.scale * self.distance / (self.distance - near).max(20.0);
        [self.centre[0] + scale * at.dot(self.right), self.centre[1] - scale * at.dot(self.up), near]
    }

    /// A direction as the camera sees it: to the right, up, towards it.
    pub(super) fn turned(&self, direction: Vec3) -> Vec3 {
        vec3(direction.dot(self.right), direction.dot(self.up), direction.dot(self.towards))
    }
}
