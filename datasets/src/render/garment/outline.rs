//! Where a trunk's cloth ends: neckline, armholes, tails, an open front.

use super::cut::{Collar, Cut, Neckline};
use super::identity::Identity;
use super::piece::{bottom, half_width, top};

/// Whether a garment's neckline, armholes and hem leave cloth at a point of the trunk.
pub(super) fn has_cloth(identity: &Identity, across: f32, v: f32, gap: f32) -> bool {
    if v < neck_edge(identity, across) {
        return false;
    }
    let side = (across.abs() - 0.5).abs();
    if identity.cut.has_shoulders() && identity.sleeve == 0.0 && v > 3.0 && v < 23.0 {
        let deep = (v - 3.0) / 20.0;
        if side < 0.2 * (1.0 - deep * deep) * (6.0 * deep).min(1.0) {
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
pub(super) fn neck_edge(identity: &Identity, across: f32) -> f32 {
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
