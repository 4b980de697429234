//! What is sewn on a trunk: buttons, zip, pockets, waistband.

use super::cut::{Closure, Pockets};
use super::dye::dyed;
use super::identity::Identity;
use super::piece::top;
use crate::render::colour::{Light3, scaled};

/// Shade of a seam or an edge that is sewn on.
const SEAM: f32 = 0.62;

/// The closure at a point of the front, if it is there: `u` cm from the middle, `v` cm from the top; `plain` is the
/// cloth there.
pub(super) fn closure(identity: &Identity, u: f32, v: f32, plain: Light3) -> Option<Light3> {
    match identity.closure {
        Closure::Nothing => None,
        Closure::Buttons => {
            let y = (v + 2.0) % 9.0 - 4.5;
            if u * u + y * y < 1.1 {
                Some(dyed(identity.closure_dye))
            } else if (u.abs() - 2.2).abs() < 0.35 {
                Some(scaled(plain, SEAM))
            } else {
                None
            }
        }
        Closure::Zip => {
            (u.abs() < 0.9).then(|| scaled(dyed(identity.closure_dye), if (v % 2.0) < 1.0 { 1.0 } else { 0.8 }))
        }
    }
}

/// The pockets at a point of the front, as [`closure`].
pub(super) fn pocket(identity: &Identity, u: f32, v: f32, plain: Light3) -> Option<Light3> {
    // How far inside a box around (x, y); negative outside.
    let depth = |x: f32, y: f32, half: [f32; 2]| (half[0] - (u - x).abs()).min(half[1] - (v - y).abs());
    let patch = |depth: f32| match depth {
        d if d < 0.0 => None,
        d if d < 0.6 => Some(scaled(plain, SEAM)),
        _ => identity.contrast_limbs.then(|| dyed(identity.dyes[1])),
    };
    match identity.pockets {
        Pockets::Nothing => None,
        Pockets::Breast => patch(depth(10.5, 25.0, [5.0, 5.6])),
        Pockets::TwoBreast => patch(depth(11.0, 25.0, [5.2, 5.6]).max(depth(-11.0, 25.0, [5.2, 5.6]))),
        Pockets::Pouch => {
            let y = 0.72 * (top(identity) - identity.hem);
            patch(depth(0.0, y, [15.0 - 0.5 * (y - v).clamp(0.0, 7.0), 7.0]))
        }
        Pockets::Side => patch(depth(13.0, 48.0, [5.8, 6.2]).max(depth(-13.0, 48.0, [5.8, 6.2]))),
    }
}

/// Waistband, fly, pocket openings and hem band of skirts and trousers, as [`closure`]; `to_hem` cm are left below.
pub(super) fn waist(identity: &Identity, u: f32, v: f32, front: bool, to_hem: f32, plain: Light3) -> Option<Light3> {
    let legs = identity.cut.has_legs();
    if v < 4.0 {
        let dye = identity.hem_dye.map_or_else(|| scaled(plain, 0.8), dyed);
        return Some(if v > 3.4 { scaled(dye, SEAM) } else { dye });
    }
    if !legs && to_hem < 4.0 && identity.cuff_dye.is_some() {
        return identity.cuff_dye.map(dyed);
    }
    let fly = legs && front && (u - 1.5).abs() < 0.4 && v < 20.0;
    let side = identity.pockets == Pockets::Side;
    let slit = side && front && (u.abs() - 12.0 - 0.45 * (v - 4.0)).abs() < 0.5 && v < 18.0;
    let seam = legs && u.abs() < 0.35;
    (fly || slit || seam).then(|| scaled(plain, SEAM))
}
