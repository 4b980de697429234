//! Skin and hair as meshes.

use super::figure;
use super::pose::Pose;
use super::sheet::{Ring, Sheet};
use crate::render::geometry::{Vec3, sin_cos, vec3};
use crate::render::random::Dice;

/// The trunk, a little within what is worn over it.
pub(super) fn trunk_of_skin(pose: &Pose) -> Sheet {
    let rings: Vec<Ring> = (0..30)
        .map(|i| {
            let y = 0.5 - 2.5 * i as f32;
            let [across, deep] = figure::trunk(y);
            round(vec3(pose.sway_at(y), y, 0.0), [across - 1.4, deep - 1.4], 2.5 * i as f32)
        })
        .collect();
    Sheet::tube(&rings, 0.0, |_, _| 0.0)
}

fn round(centre: Vec3, [across, deep]: [f32; 2], along: f32) -> Ring {
    Ring { centre, side: vec3(across, 0.0, 0.0), front: vec3(0.0, 0.0, deep), along }
}

/// An upright column of skin.
pub(super) fn column([top, bottom]: [Vec3; 2], [upper, lower]: [f32; 2]) -> Sheet {
    let rings = [round(top, [upper; 2], 0.0), round(bottom, [lower; 2], top.y - bottom.y)];
    Sheet::tube(&rings, 0.0, |_, _| 0.0)
}

/// An ellipsoid with upright half axes across, up and deep.
pub(super) fn ball(centre: Vec3, [across, up, deep]: [f32; 3]) -> Sheet {
    let rings: Vec<Ring> = (0..=14)
        .map(|i| {
            let t = 1.0 - i as f32 / 7.0;
            let wide = (1.0 - t * t).max(0.0004).sqrt();
            round(centre + vec3(0.0, up * t, 0.0), [across * wide, deep * wide], up * (1.0 - t))
        })
        .collect();
    Sheet::tube(&rings, 0.0, |_, _| 0.0)
}

/// Long hair: over the crown, behind the neck, down to the shoulders or the chest.
pub(super) fn mane(dice: &mut Dice) -> Sheet {
    let length = dice.range(26.0, 58.0);
    let rings: Vec<Ring> = (0..=24)
        .map(|i| {
            let t = i as f32 / 24.0;
            let y = 31.8 - length * t;
            let crown = (1.0 - (1.0 - t * 4.5).max(0.0) * (1.0 - t * 4.5).max(0.0)).max(0.001).sqrt();
            let wide = 8.6 + 5.0 * t;
            let at_shoulders = ((9.0 - y) / 9.0).clamp(0.0, 1.0);
            round(vec3(0.0, y, -0.6 - 2.0 * t), [wide * crown, (9.6 + 4.2 * at_shoulders) * crown], length * t)
        })
        .collect();
    Sheet::tube(&rings, 0.0, |across, along| if along > 14.0 { 0.35 * sin_cos(180.0 * across * 13.0).0 } else { 0.0 })
}
