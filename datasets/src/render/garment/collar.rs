//! What stands around the neck.

use super::cut::Collar;
use super::piece::{Part, Piece, flatness, pressed};
use super::pose::{Pose, Stance};
use super::sheet::{Ring, Sheet};
use crate::render::geometry::vec3;

/// Height, half width and half depth of a ring, then its shift to the front; cm from the base of the neck.
type Section = ([f32; 3], f32);

const FOLDED: &[Section] =
    &[([3.4, 6.9, 6.6], -0.6), ([2.4, 7.7, 7.4], -0.3), ([-0.5, 10.4, 9.2], 0.2), ([-2.6, 12.8, 10.2], 0.6)];

const STANDING: &[Section] =
    &[([6.0, 6.6, 6.6], -0.3), ([3.0, 6.9, 6.9], -0.3), ([0.0, 7.8, 7.6], 0.0), ([-2.0, 12.2, 8.6], 0.0)];

/// A hood that is down: its opening around the neck.
const HOOD_EDGE: &[Section] = &[
    ([8.0, 8.8, 8.4], -3.6),
    ([7.0, 11.2, 10.0], -3.4),
    ([3.5, 12.6, 10.6], -2.6),
    ([0.0, 12.4, 10.4], -1.2),
    ([-3.0, 13.6, 9.8], -0.2),
];

/// A hood that is down: its bag on the back.
const HOOD_BAG: &[Section] = &[
    ([5.5, 2.0, 1.5], -9.0),
    ([4.0, 9.0, 4.0], -9.2),
    ([-2.0, 11.5, 5.0], -9.8),
    ([-9.0, 10.0, 4.6], -10.2),
    ([-16.0, 5.0, 3.0], -10.2),
    ([-18.0, 0.6, 0.6], -9.8),
];

/// The pieces of a collar in a pose.
pub(super) fn sew(collar: Collar, pose: &Pose) -> Vec<Piece> {
    let parts: &[(Part, &[Section])] = match collar {
        Collar::Nothing => &[],
        Collar::Folded => &[(Part::Collar, FOLDED)],
        Collar::Standing => &[(Part::Collar, STANDING)],
        Collar::Hood => &[(Part::Collar, HOOD_EDGE), (Part::Hood, HOOD_BAG)],
    };
    parts.iter().map(|&(part, sections)| piece(part, pose, sections)).collect()
}

fn piece(part: Part, pose: &Pose, sections: &[Section]) -> Piece {
    let top = sections[0].0[0];
    // Laid flat, the bag is below the trunk.
    let behind = if part == Part::Hood && pose.stance == Stance::Lying { -2.6 } else { 0.0 };
    let rings: Vec<Ring> = sections
        .iter()
        .map(|&([y, across, deep], shift)| {
            let [a, b] = pressed([across, deep], pose.stance, 1.3);
            // Pressed flat, a collar lies around the trunk's own opening.
            let a = if pose.stance == Stance::Worn { a } else { 0.88 * a };
            let shift = if pose.stance == Stance::Worn { shift } else { behind };
            Ring { centre: vec3(0.0, y, shift), side: vec3(a, 0.0, 0.0), front: vec3(0.0, 0.0, b), along: top - y }
        })
        .collect();
    Piece { part, sheet: Sheet::tube(&rings, flatness(pose.stance), |_, _| 0.0) }
}
