//! What a garment's cloth looks like at each point: pattern, prints and trims.

use super::cut::{Closure, Collar, Cut};
use super::details::{closure, pocket, waist};
use super::dye::dyed;
use super::frame::Fragment;
use super::identity::Identity;
use super::outline::{has_cloth, neck_edge};
use super::piece::{Part, bottom, half_width, leg_length, sleeve_length, top};
use crate::render::colour::{Light3, scaled};

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
    let detail = if identity.cut.has_shoulders() {
        upper(identity, across, v, to_hem, plain)
    } else {
        waist(identity, u, v, front, to_hem, plain)
    };
    if detail.is_some() {
        return detail;
    }
    let printed = if front {
        identity.front.as_ref().and_then(|print| print.at(u, v))
    } else {
        let u = if across > 0.0 { (1.0 - across) * wide } else { (-1.0 - across) * wide };
        identity.back.as_ref().and_then(|print| print.at(u, v))
    };
    Some(printed.unwrap_or(plain))
}

/// Neck band, belt, hem band, closure and pockets of what hangs from the shoulders.
fn upper(identity: &Identity, across: f32, v: f32, to_hem: f32, plain: Light3) -> Option<Light3> {
    if identity.collar == Collar::Nothing && v - neck_edge(identity, across) < 2.1 {
        let own = identity.collar_dye == identity.dyes[0];
        return Some(scaled(dyed(identity.collar_dye), if own { 0.86 } else { 1.0 }));
    }
    let belt = identity.cut == Cut::Dress && (v - 41.0).abs() < 2.2;
    if belt && identity.hem_dye.is_some() {
        return identity.hem_dye.map(dyed);
    }
    let ribbed = matches!(identity.cut, Cut::Sweater | Cut::Hoodie | Cut::Jacket);
    if to_hem < if ribbed { 5.0 } else { 3.0 } && (ribbed || identity.hem_dye.is_some()) {
        return Some(identity.hem_dye.map_or_else(|| scaled(plain, 0.84), dyed));
    }
    let u = across * 2.0 * half_width(identity);
    let front = across.abs() < 0.5;
    closure(identity, u, v, plain).or_else(|| pocket(identity, u, v, plain)).filter(|_| front)
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
