//! Light on cloth.

use crate::render::colour::{Light3, scaled, times};
use crate::render::geometry::Vec3;

/// A lamp or window, and light from all sides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lamp {
    /// Towards the lamp as the camera sees it (right, up, towards the camera); unit length.
    pub(super) direction: Vec3,
    pub(super) lamp: Light3,
    pub(super) around: Light3,
}

impl Lamp {
    /// Light leaving cloth of `colour` with `normal` (as the camera sees it). Folds `height` cm high are brighter
    /// than the valleys between them, which light from all sides does not reach.
    pub(super) fn on(&self, colour: Light3, normal: Vec3, height: f32) -> Light3 {
        let facing = normal.dot(self.direction).max(0.0);
        let open = (0.72 + 0.18 * normal.y + 0.1 * normal.z) * (1.0 + 0.22 * height).clamp(0.55, 1.3);
        let falling = [0, 1, 2].map(|c| self.around[c] * open + self.lamp[c] * facing);
        times(colour, falling)
    }

    /// Light on a wall that faces the camera, for what is painted flat.
    pub(super) fn flat(&self, colour: Light3) -> Light3 {
        let falling = [0, 1, 2].map(|c| 0.8 * self.around[c] + self.lamp[c] * self.direction.z.max(0.2));
        times(colour, scaled(falling, 0.9))
    }
}
