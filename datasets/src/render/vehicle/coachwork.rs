//! The identity's paint on the solids: two-tone layout, glass, lamps, doors, decals, scratches.

use super::body::Proportions;
use super::identity::{Decal, Identity, Lamps, TwoTone};
use super::paint::{Paint, car_paint, matt};
use super::solid::{Face, Side};
use crate::render::colour::srgb;
use crate::render::geometry::{HalfSpace, Vec3, sin_cos, vec3};

const X: Vec3 = vec3(1.0, 0.0, 0.0);
const Y: Vec3 = vec3(0.0, 1.0, 0.0);
const Z: Vec3 = vec3(0.0, 0.0, 1.0);

/// The part of space painted in the second colour; empty for a plain vehicle.
pub(super) fn second_colour_region(layout: TwoTone, p: &Proportions) -> Vec<HalfSpace> {
    let at = |fraction: f32| (fraction - 0.5) * p.length;
    let between = |axis: Vec3, low: f32, high: f32| vec![HalfSpace::new(axis, low), HalfSpace::new(axis * -1.0, -high)];
    match layout {
        TwoTone::Plain => Vec::new(),
        TwoTone::Roof => vec![HalfSpace::new(Z, p.belt - 0.01)],
        TwoTone::LowerHalf => vec![HalfSpace::new(Z * -1.0, -(p.sill + 0.5 * (p.belt - p.sill)))],
        TwoTone::WaistStripe => {
            let height = p.belt - p.sill;
            between(Z, p.sill + 0.50 * height, p.sill + 0.86 * height)
        }
        TwoTone::RearHalf => vec![HalfSpace::new(X * -1.0, -at(0.47))],
        TwoTone::FrontQuarter => vec![HalfSpace::new(X, at(0.72))],
        // A plane that rises towards the front, so that the rear lower corner has the second colour.
        TwoTone::Slant => vec![HalfSpace::new(vec3(-0.6, 0.0, -0.8), -(0.8 * p.sill + 0.5 * (p.belt - p.sill)))],
        TwoTone::CentreStripe => between(Y, -0.27 * p.width, 0.27 * p.width),
        TwoTone::Hoop => between(X, at(0.40), at(0.60)),
    }
}

/// Base colour, and the second colour inside `region`.
pub(super) fn coat(face: &mut Face, identity: &Identity, region: &[HalfSpace]) {
    face.coat(car_paint(identity.first));
    if !region.is_empty() {
        face.coat_within(region, car_paint(identity.second));
    }
}

/// Trim of the lower body: sills, bumpers, door gaps, lamps.
pub(super) fn trim_lower(face: &mut Face, identity: &Identity, p: &Proportions) {
    let half = 0.5 * p.length;
    let below = |z: f32| HalfSpace::new(Z * -1.0, -z);
    let shade = |colour, alpha| Paint { alpha, ..matt(colour) };
    let bumper_top = p.sill + 0.32 * (p.nose - p.sill);
    match face.side {
        Side::Near | Side::Far => {
            face.coat_within(&[below(p.sill + 0.14)], shade([0, 0, 0], 0.28));
            face.coat_within(&[HalfSpace::new(Z, p.belt - 0.08)], shade([255, 255, 255], 0.14));
            if identity.cladding {
                face.coat_within(&[below(p.sill + 0.16)], matt([30, 30, 32]));
            }
            if let Some(colour) = identity.bumper {
                face.coat_within(&[below(bumper_top), HalfSpace::new(X, half - 0.22)], matt(colour));
                face.coat_within(&[below(bumper_top), HalfSpace::new(X * -1.0, half - 0.22)], matt(colour));
            }
            let (lamp_low, lamp_high) = lamp_heights(identity.lamps, p.sill, p.nose);
            let lamp =
                |sign: f32| [HalfSpace::new(Z, lamp_low), below(lamp_high), HalfSpace::new(X * sign, half - 0.16)];
            face.coat_within(&lamp(1.0), lamp_paint(true));
            face.coat_within(&lamp(-1.0), lamp_paint(false));
        }
        Side::Front | Side::Rear => {
            let front = face.side == Side::Front;
            if let Some(colour) = identity.bumper {
                face.coat_within(&[below(bumper_top)], matt(colour));
            } else {
                face.coat_within(&[below(p.sill + 0.14)], shade([0, 0, 0], 0.4));
            }
            let top = if front { p.nose } else { p.tail };
            let (low, high) = lamp_heights(identity.lamps, p.sill, top);
            if front {
                let grille = [
                    HalfSpace::new(Z, low + 0.02),
                    below(high - 0.04),
                    HalfSpace::new(Y, -0.45),
                    HalfSpace::new(Y * -1.0, -0.45),
                ];
                face.coat_within(&grille, matt([24, 24, 26]));
            }
            let width = if identity.lamps == Lamps::FullWidth { 0.5 } else { 0.24 } * p.width;
            for sign in [1.0, -1.0] {
                let lamp = [HalfSpace::new(Z, low), below(high), HalfSpace::new(Y * sign, 0.5 * p.width - width)];
                face.coat_within(&lamp, lamp_paint(front));
            }
            let plate = [
                HalfSpace::new(Z, bumper_top - 0.16),
                below(bumper_top - 0.03),
                HalfSpace::new(Y, -0.25),
                HalfSpace::new(Y * -1.0, -0.25),
            ];
            face.coat_within(&plate, matt([226, 226, 214]));
        }
        _ => {}
    }
}

/// Vertical gaps at the doors, from the sill to the belt; `at` are fractions of the length.
pub(super) fn door_gaps(face: &mut Face, p: &Proportions, at: &[f32]) {
    for &fraction in at {
        let x = (fraction - 0.5) * p.length;
        let gap =
            [HalfSpace::new(X, x - 0.018), HalfSpace::new(X * -1.0, -(x + 0.018)), HalfSpace::new(Z, p.sill + 0.1)];
        face.coat_within(&gap, Paint { alpha: 0.55, ..matt([8, 8, 10]) });
    }
}

/// Windows of the cabin.
pub(super) fn glaze(face: &mut Face, identity: &Identity, p: &Proportions) {
    let glass = |colour: [u8; 3]| Paint { colour: srgb(colour), gloss: 0.22, alpha: 1.0 };
    let [front, rear] = identity.glass;
    match face.side {
        Side::Near | Side::Far => {
            for (i, &[from, to]) in p.windows.iter().enumerate() {
                let last = i + 1 == p.windows.len();
                face.patch([from, 0.10, to, 0.84], glass(if last { front } else { rear }));
            }
        }
        Side::Windscreen => face.patch([0.07, 0.06, 0.93, 0.9], glass([70, 88, 100])),
        Side::RearWindow if p.cargo.is_none() => face.patch([0.1, 0.14, 0.9, 0.72], glass(rear)),
        _ => {}
    }
}

/// Sticks `decal` on the face round `centre`, at most `room` metres from it to each side.
pub(super) fn stick(face: &mut Face, decal: Decal, centre: Vec3, room: f32) {
    let across = match face.side {
        Side::Near | Side::Top => X,
        Side::Far => X * -1.0,
        Side::Front => Y,
        _ => Y * -1.0,
    };
    let up = face.normal.cross(across).normalised();
    let size = room * decal.size;
    for outline in decal.shape.polygons() {
        let polygon = outline.iter().map(|&[u, v]| centre + across * (u * size) + up * (v * size)).collect();
        face.stick(polygon, Paint { gloss: 0.03, ..car_paint(decal.colour) });
    }
}

/// Scratches and dents of the lower flank: a dark line with a light edge.
pub(super) fn scratch(face: &mut Face, identity: &Identity, p: &Proportions) {
    for mark in &identity.scratches {
        let centre = vec3((mark.at[0] - 0.5) * p.length, -0.5 * p.width, p.sill + mark.at[1] * (p.belt - p.sill));
        let (sin, cos) = sin_cos(mark.slope);
        let along = vec3(cos, 0.0, sin) * (mark.length * 0.5);
        let across = vec3(-sin, 0.0, cos) * 0.025;
        for (shift, colour) in [(across, [235, 235, 230]), (across * -1.0, [40, 36, 34])] {
            let c = centre + shift;
            face.stick(vec![c - along, c - across, c + along, c + across], matt(colour));
        }
    }
}

fn lamp_heights(lamps: Lamps, sill: f32, top: f32) -> (f32, f32) {
    let height = top - sill;
    let (low, high) = match lamps {
        Lamps::Square => (0.56, 0.88),
        Lamps::Slit | Lamps::FullWidth => (0.74, 0.92),
        Lamps::Tall => (0.40, 0.94),
    };
    (sill + low * height, sill + high * height)
}

fn lamp_paint(front: bool) -> Paint {
    Paint { gloss: 0.3, ..matt(if front { [250, 244, 214] } else { [150, 14, 18] }) }
}
