//! The body that garments are cut for. Centimetres from the base of the neck, y up.

use super::sheet::Ring;
use crate::render::geometry::{Vec3, vec3};

/// Height, half width and half depth of the trunk, from the neck down.
const TRUNK: [[f32; 3]; 9] = [
    [0.5, 7.0, 6.8],
    [-2.0, 11.8, 7.8],
    [-5.0, 17.2, 8.8],
    [-9.0, 18.6, 10.0],
    [-20.0, 17.0, 11.2],
    [-40.0, 14.2, 9.6],
    [-58.0, 17.6, 11.2],
    [-72.0, 17.0, 10.4],
    [-90.0, 16.0, 10.0],
];

/// Where the trunk of a garment starts.
pub(super) const NECK: f32 = 0.5;
/// Where a skirt's or trousers' waist is.
pub(super) const WAIST: f32 = -41.0;
pub(super) const HIP: f32 = -58.0;
pub(super) const CROTCH: f32 = -72.0;
/// Joints on the wearer's left.
pub(super) const SHOULDER: Vec3 = vec3(16.2, -8.5, 0.0);
pub(super) const HIP_JOINT: Vec3 = vec3(8.6, -60.0, 0.0);
/// Lengths: from shoulder to elbow, to wrist; from hip joint to knee, to ankle.
pub(super) const ARM: [f32; 2] = [29.0, 54.0];
pub(super) const LEG: [f32; 2] = [46.0, 88.0];

/// Half width and half depth of the trunk at a height.
pub(super) fn trunk(y: f32) -> [f32; 2] {
    let pair = TRUNK.windows(2).find(|pair| y >= pair[1][0]).unwrap_or(&TRUNK[TRUNK.len() - 2..]);
    let t = ((pair[0][0] - y) / (pair[0][0] - pair[1][0])).clamp(0.0, 1.0);
    [1, 2].map(|i| pair[0][i] + (pair[1][i] - pair[0][i]) * t)
}

/// The directions of the two bones of an arm or leg on the wearer's left; unit length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limb {
    pub(super) upper: Vec3,
    pub(super) lower: Vec3,
}

impl Limb {
    /// From angles in degrees, away from straight down in the plane of the shoulders, and the share that points
    /// to the front.
    pub(super) fn new(upper: [f32; 2], lower: [f32; 2]) -> Self {
        let bone = |[spread, ahead]: [f32; 2]| {
            let (sin, cos) = crate::render::geometry::sin_cos(spread);
            vec3(sin, -cos, ahead).normalised()
        };
        Self { upper: bone(upper), lower: bone(lower) }
    }

    /// Rings along it from `start`, bent around `bend` cm, at the lengths `from`..=`to`; `half` gives the half
    /// axes at a length. `mirrored` for the wearer's right.
    pub(super) fn rings(
        &self,
        start: Vec3,
        bend: f32,
        [from, to]: [f32; 2],
        mirrored: bool,
        half: impl Fn(f32) -> [f32; 2],
    ) -> Vec<Ring> {
        let flip = |v: Vec3| if mirrored { vec3(-v.x, v.y, v.z) } else { v };
        let direction = |length: f32| {
            let t = ((length - bend + 5.0) / 10.0).clamp(0.0, 1.0);
            (self.upper * (1.0 - t) + self.lower * t).normalised()
        };
        let step = 1.5;
        let mut at = start + self.upper * from;
        let mut length = from;
        let mut rings = Vec::new();
        loop {
            let along = flip(direction(length));
            let ahead = vec3(0.0, 0.0, 1.0);
            let front = (ahead - along * ahead.dot(along)).normalised();
            let [across, deep] = half(length);
            rings.push(Ring {
                centre: flip(at),
                side: front.cross(along) * across,
                front: front * deep,
                along: length,
            });
            if length >= to {
                return rings;
            }
            let next = (length + step).min(to);
            at = at + direction(0.5 * (length + next)) * (next - length);
            length = next;
        }
    }
}
