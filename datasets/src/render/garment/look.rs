//! What a garment's cloth looks like at each point: where there is none, pattern, prints and trims.

use super::dye::dyed;
use super::frame::Fragment;
use super::identity::{Closure, Collar, Cut, Identity, Neckline, Pockets};
use super::piece::{Part, bottom, half_width, leg_length, sleeve_length, top};
use crate::render::colour::{Light3, scaled};

/// Shade of a seam or an edge that is sewn on.
const SEAM: f32 = 0.62;

/// Whether a garment's neckline, armholes and hem leave cloth at a point of the trunk.
fn has_cloth(identity: &Identity, across: f32, v: f32, gap: f32) -> bool {
    if v < neck_edge(identity, across) {
        return false;
    }
    let side = (across.abs() - 0.5).abs();
    if identity.cut.has_shoulders() && identity.sleeve == 0.0 && v > 3.0 && v < 23.0 {
        let deep = (v - 3.0) / 20.0;
        if side < 0.18 * (1.0 - deep) * (6.0 * deep).min(1.0) {
            return false;
        }
    }
    if identity.cut == Cut::Shirt {
        let tail = (1.0 - 2.0 * side).max(0.0);
        if v > top(identity) - bottom(identity) - 7.0 * tail * tail {
            return false;
        }
    }
    // An open front: wider towards the hem.
    gap == 0.0 || (across * 2.0 * half_width(identity)).abs() > gap * (0.5 + v / 80.0)
}

/// Centimetres below the neck at which the cloth begins.
fn neck_edge(identity: &Identity, across: f32) -> f32 {
    if !identity.cut.has_shoulders() {
        return 0.0;
    }
    let x = across.abs();
    if x > 0.5 {
        return 0.9;
    }
    let bowl = |deep: f32, wide: f32| deep * (1.0 - (x / wide) * (x / wide)).max(0.0);
    let d = identity.neck_depth;
    if identity.collar != Collar::Nothing {
        return bowl(4.0, 0.4);
    }
    match identity.neckline {
        Neckline::Crew => 0.6 + bowl(5.5 + 2.0 * d, 0.42),
        Neckline::Scoop => 1.0 + bowl(9.0 + 8.0 * d, 0.48),
        Neckline::Vee => 0.6 + (11.0 + 10.0 * d) * (1.0 - x / 0.42).max(0.0),
        Neckline::Boat => 1.7 + bowl(2.5 + d, 0.5),
    }
}

/// The colour of `part` at a point, or none where there is no cloth. `gap` is the pose's open front.
pub(super) fn look(identity: &Identity, part: Part, gap: f32, at: Fragment) -> Option<Light3> {
    match part {
        Part::Trunk => trunk(identity, if identity.closure == Closure::Zip { gap } else { 0.0 }, at),
        Part::Sleeve { mirrored } => Some(sleeve(identity, mirrored, at)),
        Part::Leg { mirrored } => Some(leg(identity, mirrored, at)),
        Part::Collar => collar(identity, gap, at),
        Part::Hood => Some(if identity.collar_dye == identity.dyes[0] {
            cloth(identity, 2.0 * at.across * half_width(identity), at.along, 60.0)
        } else {
            dyed(identity.collar_dye)
        }),
    }
}

/// The pattern.
fn cloth(identity: &Identity, u: f32, v: f32, length: f32) -> Light3 {
    let shares = identity.pattern.at(u, v, length);
    let dyes = identity.dyes.map(dyed);
    [0, 1, 2].map(|c| (0..3).map(|i| shares[i] * dyes[i][c]).sum())
}

fn trunk(identity: &Identity, gap: f32, at: Fragment) -> Option<Light3> {
    let (across, v) = (at.across, at.along);
    if !has_cloth(identity, across, v, gap) {
        return None;
    }
    let wide = 2.0 * half_width(identity);
    let (u, length) = (across * wide, top(identity) - identity.hem);
    let plain = cloth(identity, u, v, length);
    if at.inside {
        return Some(dyed(identity.dyes[0]));
    }
    let front = across.abs() < 0.5;
    let to_hem = top(identity) - bottom(identity) - v;
    let ribbed = matches!(identity.cut, Cut::Sweater | Cut::Hoodie | Cut::Jacket);
    if !identity.cut.has_shoulders() {
        return Some(waist(identity, u, v, front, to_hem, plain));
    }
    if identity.collar == Collar::Nothing && v - neck_edge(identity, across) < 2.1 {
        return Some(scaled(
            dyed(identity.collar_dye),
            if identity.collar_dye == identity.dyes[0] { 0.86 } else { 1.0 },
        ));
    }
    if identity.cut == Cut::Dress && (v - 41.0).abs() < 2.2 && identity.hem_dye.is_some() {
        return identity.hem_dye.map(dyed);
    }
    if to_hem < if ribbed { 5.0 } else { 3.0 } && (ribbed || identity.hem_dye.is_some()) {
        return Some(identity.hem_dye.map_or_else(|| scaled(plain, 0.84), dyed));
    }
    if front && let Some(detail) = closure(identity, u, v, plain).or_else(|| pocket(identity, u, v, plain)) {
        return Some(detail);
    }
    let printed = if front {
        identity.front.as_ref().and_then(|print| print.at(u, v))
    } else {
        let u = if across > 0.0 { (1.0 - across) * wide } else { (-1.0 - across) * wide };
        identity.back.as_ref().and_then(|print| print.at(u, v))
    };
    Some(printed.unwrap_or(plain))
}

fn closure(identity: &Identity, u: f32, v: f32, plain: Light3) -> Option<Light3> {
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

fn pocket(identity: &Identity, u: f32, v: f32, plain: Light3) -> Option<Light3> {
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

/// The upper part of skirts and trousers.
fn waist(identity: &Identity, u: f32, v: f32, front: bool, to_hem: f32, plain: Light3) -> Light3 {
    if v < 4.0 {
        let dye = identity.hem_dye.map_or_else(|| scaled(plain, 0.8), dyed);
        return if v > 3.4 { scaled(dye, SEAM) } else { dye };
    }
    if !identity.cut.has_legs() && to_hem < 4.0 && identity.cuff_dye.is_some() {
        return identity.cuff_dye.map_or(plain, dyed);
    }
    let fly = identity.cut.has_legs() && front && (u - 1.5).abs() < 0.4 && v < 20.0;
    let slit =
        identity.pockets == Pockets::Side && front && (u.abs() - 12.0 - 0.45 * (v - 4.0)).abs() < 0.5 && v < 18.0;
    let seam = identity.cut.has_legs() && u.abs() < 0.35;
    if fly || slit || seam { scaled(plain, SEAM) } else { plain }
}

/// Round a sleeve or leg: 0 outside, ±1 inside; the same on both sides of the wearer.
fn from_outside(mirrored: bool, across: f32) -> f32 {
    let turned = if mirrored { -across } else { across } - 0.5;
    if turned < -1.0 { turned + 2.0 } else { turned }
}

fn sleeve(identity: &Identity, mirrored: bool, at: Fragment) -> Light3 {
    let round = from_outside(mirrored, at.across);
    let side = if mirrored { -1.0 } else { 1.0 };
    let length = sleeve_length(identity);
    let plain = if identity.contrast_limbs {
        dyed(identity.dyes[1])
    } else {
        cloth(identity, side * (27.0 - 21.0 * round), at.along + 9.0, top(identity) - identity.hem)
    };
    let band = if identity.sleeve > 0.9 { 4.5 } else { 2.6 };
    if at.inside {
        scaled(plain, 0.8)
    } else if length - at.along < band {
        identity.cuff_dye.map_or_else(|| scaled(plain, 0.84), dyed)
    } else {
        plain
    }
}

fn leg(identity: &Identity, mirrored: bool, at: Fragment) -> Light3 {
    let round = from_outside(mirrored, at.across);
    let side = if mirrored { -1.0 } else { 1.0 };
    let v = at.along + 19.0;
    let plain = cloth(identity, side * (19.0 - 27.0 * round), v, top(identity) - identity.hem);
    if at.inside {
        scaled(plain, 0.8)
    } else if identity.contrast_limbs && round.abs() < 0.09 {
        dyed(identity.dyes[1])
    } else if leg_length(identity) - at.along < 4.0 && identity.cuff_dye.is_some() {
        identity.cuff_dye.map_or(plain, dyed)
    } else if (round.abs() - 0.5).abs() < 0.012 && identity.cut == Cut::Trousers {
        // The crease of pressed trousers.
        scaled(plain, 0.85)
    } else {
        plain
    }
}

fn collar(identity: &Identity, gap: f32, at: Fragment) -> Option<Light3> {
    let x = at.across.abs();
    let open = match identity.collar {
        Collar::Folded => 0.02 + 0.022 * at.along,
        Collar::Hood => 0.05 + 0.016 * (11.0 - at.along),
        _ if identity.closure == Closure::Zip => 0.012 * gap,
        _ => 0.0,
    };
    if x < open {
        return None;
    }
    let plain = if identity.collar_dye == identity.dyes[0] {
        scaled(cloth(identity, 2.0 * at.across * half_width(identity), at.along, 60.0), 0.93)
    } else {
        dyed(identity.collar_dye)
    };
    let edge = x - open < 0.02 || (identity.collar == Collar::Folded && at.along > 5.4);
    Some(scaled(plain, if at.inside || edge { 0.75 } else { 1.0 }))
}
