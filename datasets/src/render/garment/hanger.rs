//! What a garment hangs from.

use super::figure::WAIST;
use super::identity::Identity;
use super::sheet::{Ring, Sheet};
use crate::render::colour::{Light3, srgb};
use crate::render::geometry::{Vec3, vec3};
use crate::render::random::Dice;

/// Sheets of a hanger for `identity`, and their colour.
pub(super) fn draw(identity: &Identity, dice: &mut Dice) -> (Vec<Sheet>, Light3) {
    let colour = srgb(dice.pick([[176, 126, 76], [40, 40, 42], [226, 226, 224], [150, 152, 156]]));
    let base = if identity.cut.has_shoulders() { 1.0 } else { WAIST + 9.0 };
    let at = |x: f32, y: f32| vec3(x, base + y, 0.0);
    let mut lines = vec![
        // The hook.
        vec![at(0.0, 0.0), at(0.0, 8.0), at(2.6, 10.4), at(2.6, 13.2), at(0.0, 15.0), at(-2.6, 13.4)],
    ];
    if identity.cut.has_shoulders() {
        lines.push(vec![at(-19.0, -8.0), at(-9.0, -3.6), at(0.0, 0.6), at(9.0, -3.6), at(19.0, -8.0)]);
    } else {
        lines.push(vec![at(-17.0, -4.0), at(0.0, 0.0), at(17.0, -4.0)]);
        lines
            .extend([-15.0, 15.0].map(|x| vec![at(x, -3.0) + vec3(0.0, 0.0, 4.0), at(x, -12.0) + vec3(0.0, 0.0, 4.0)]));
    }
    (lines.iter().map(|line| rod(line, 0.9)).collect(), colour)
}

/// A rod along a line in the plane of the garment.
fn rod(line: &[Vec3], radius: f32) -> Sheet {
    let rings: Vec<Ring> = line
        .iter()
        .enumerate()
        .map(|(i, &centre)| {
            let along = (line[(i + 1).min(line.len() - 1)] - line[i.saturating_sub(1)]).normalised();
            let front = vec3(0.0, 0.0, radius);
            Ring { centre, side: vec3(0.0, 0.0, 1.0).cross(along) * radius, front, along: i as f32 }
        })
        .collect();
    Sheet::tube(&rings, 0.0, |_, _| 0.0)
}
