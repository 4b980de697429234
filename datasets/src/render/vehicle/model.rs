//! An identity as solids and wheels, ready to be drawn from any side.

use super::body::{BodyType, Panel, Proportions};
use super::coachwork::{coat, door_gaps, glaze, scratch, second_colour_region, stick, trim_lower};
use super::identity::{Decal, Identity};
use super::paint::{Paint, car_paint, matt};
use super::roof::roof_items;
use super::solid::{Face, Side, Solid, Tree};
use super::wheel::arch;
use crate::render::geometry::{Vec3, vec3};

/// A vehicle standing at the origin, nose towards +x.
pub(super) struct Vehicle {
    pub(super) tree: Tree,
    /// Drawn after the body: it stands out from the near flank.
    pub(super) mirror: Solid,
    /// Hubs of the near wheels; the far ones mirror them in y.
    pub(super) hubs: [Vec3; 2],
    pub(super) wheel_radius: f32,
    /// Length, width, height of its bounding box without roof items, metres.
    pub(super) size: Vec3,
}

const UP: Vec3 = vec3(0.0, 0.0, 1.0);
const AHEAD: Vec3 = vec3(1.0, 0.0, 0.0);

impl Vehicle {
    /// Builds the vehicle of `identity`.
    pub(super) fn new(identity: &Identity) -> Self {
        let p = stretched(identity);
        let region = second_colour_region(identity.layout, &p);
        let x = |fraction: f32| (fraction - 0.5) * p.length;
        let half = 0.5 * p.width;
        let radius = p.wheel_radius * identity.wheel_size;
        let hubs = p.axles.map(|a| vec3(x(a), -half, radius));

        let mut lower = lower_body(&p);
        let mut cabin = cabin(&p);
        let mut cargo = p
            .cargo
            .map(|[from, to, top]| Solid::cuboid(vec3(x(from), -half - 0.02, p.belt), vec3(x(to), half + 0.02, top)));
        for solid in [Some(&mut lower), Some(&mut cabin), cargo.as_mut()].into_iter().flatten() {
            solid.faces.iter_mut().for_each(|face| coat(face, identity, &region));
        }
        for face in &mut lower.faces {
            if face.side == Side::Near {
                door_gaps(face, &p, door_positions(identity.body));
                scratch(face, identity, &p);
                hubs.iter().for_each(|&hub| arch(face, hub, radius));
            }
            if face.side == Side::Deck && identity.body == BodyType::Pickup {
                face.patch([0.08, 0.04, 0.92, 0.95], matt([26, 26, 28]));
            }
            trim_lower(face, identity, &p);
        }
        cabin.faces.iter_mut().for_each(|face| glaze(face, identity, &p));
        if let Some(cargo) = &mut cargo {
            trim_cargo(cargo, identity.body);
        }
        stick_decals(identity, &p, &mut lower, &mut cabin, cargo.as_mut());

        let (low_x, high_x) = (x(p.rear_base), x(p.cowl));
        let top = Tree::split(UP, p.roof, Tree::Leaf(cabin), roof_items(identity, &p));
        let upper = match cargo {
            Some(cargo) => Tree::split(AHEAD, low_x - 0.05, Tree::Leaf(cargo), top),
            None => top,
        };
        let body = Tree::split(UP, p.belt, Tree::Leaf(lower), upper);
        let under = Solid::cuboid(vec3(x(0.04), -half + 0.15, 0.16), vec3(x(0.96), half - 0.15, p.sill));
        let mirror_paint = car_paint(identity.second);
        Self {
            tree: Tree::split(UP, p.sill, Tree::Leaf(under.coated(matt([14, 14, 15]))), body),
            mirror: Solid::cuboid(
                vec3(high_x - 0.38, -half - 0.22, p.belt + 0.02),
                vec3(high_x - 0.22, -half - 0.01, p.belt + 0.20),
            )
            .coated(mirror_paint),
            hubs,
            wheel_radius: radius,
            size: vec3(p.length, p.width, p.cargo.map_or(p.roof, |c| c[2].max(p.roof))),
        }
    }
}

/// The body type's proportions with the identity's own stretch.
fn stretched(identity: &Identity) -> Proportions {
    let mut p = identity.body.proportions();
    let [length, roof, clearance] = identity.stretch;
    let lift = p.sill * (clearance - 1.0);
    p.length *= length;
    p.roof = p.belt + (p.roof - p.belt) * roof + lift;
    for height in [&mut p.sill, &mut p.belt, &mut p.nose, &mut p.tail] {
        *height += lift;
    }
    if let Some(cargo) = &mut p.cargo {
        cargo[2] = cargo[2] * (0.5 + 0.5 * roof) + lift;
    }
    p
}

fn lower_body(p: &Proportions) -> Solid {
    let half = 0.5 * p.width;
    let point = |fraction: f32, z: f32| [(fraction - 0.5) * p.length, z, half];
    let mut profile = vec![
        (point(0.02, p.sill), Side::Under),
        (point(1.0, p.sill), Side::Front),
        (point(0.985, p.nose), Side::Bonnet),
        (point(p.cowl, p.belt), Side::Top),
    ];
    if p.rear_base > 0.03 {
        profile.push((point(p.rear_base, p.belt), Side::Deck));
        profile.push((point(0.0, p.tail), Side::Rear));
    } else {
        profile.push((point(0.0, p.belt), Side::Rear));
    }
    Solid::extruded(&profile)
}

fn cabin(p: &Proportions) -> Solid {
    let (bottom, top) = (0.5 * p.width - 0.01, 0.5 * p.width - 0.16 * (p.roof - p.belt).min(1.0));
    let point = |fraction: f32, z: f32, half: f32| [(fraction - 0.5) * p.length, z, half];
    Solid::extruded(&[
        (point(p.rear_base, p.belt, bottom), Side::Under),
        (point(p.cowl, p.belt, bottom), Side::Windscreen),
        (point(p.screen_top, p.roof, top), Side::Top),
        (point(p.rear_top, p.roof, top), Side::RearWindow),
    ])
}

fn door_positions(body: BodyType) -> &'static [f32] {
    match body {
        BodyType::Coupe => &[0.36, 0.66],
        BodyType::Van => &[0.14, 0.66, 0.86],
        BodyType::Pickup => &[0.41, 0.57, 0.73],
        BodyType::BoxLorry | BodyType::Flatbed => &[0.72, 0.95],
        _ => &[0.26, 0.49, 0.72],
    }
}

fn trim_cargo(cargo: &mut Solid, body: BodyType) {
    for face in &mut cargo.faces {
        match (face.side, body) {
            (Side::Top, BodyType::Flatbed) => face.patch([0.05, 0.03, 0.95, 0.97], matt([44, 38, 32])),
            (Side::Near, BodyType::Flatbed) => {
                for i in 0..3 {
                    let u = 0.25 + 0.25 * i as f32;
                    face.patch([u - 0.01, 0.0, u + 0.01, 1.0], matt([30, 30, 32]));
                }
            }
            (Side::Near, _) => {
                let rim = Paint { alpha: 0.5, ..matt([225, 225, 222]) };
                face.patch([0.0, 0.96, 1.0, 1.0], rim);
                face.patch([0.0, 0.0, 1.0, 0.04], rim);
            }
            (Side::Rear, _) => face.patch([0.485, 0.0, 0.515, 1.0], matt([30, 30, 32])),
            _ => {}
        }
    }
}

fn stick_decals(
    identity: &Identity,
    p: &Proportions,
    lower: &mut Solid,
    cabin: &mut Solid,
    mut cargo: Option<&mut Solid>,
) {
    for (decal, slot) in [identity.rear_door, identity.front_door].into_iter().zip(p.slots) {
        let (solid, low, high) = match (slot.panel, cargo.as_deref_mut()) {
            (Panel::Cargo, Some(cargo)) => (cargo, p.belt, p.cargo.map_or(p.roof, |c| c[2])),
            (Panel::Cabin, _) => (&mut *cabin, p.belt, p.roof),
            _ => (&mut *lower, p.sill, p.belt),
        };
        if let (Some(decal), Some(face)) = (decal, face_of(solid, Side::Near)) {
            let mut centre = vec3((slot.x - 0.5) * p.length, 0.0, 0.5 * (low + high));
            // Onto the face's plane, which leans inwards on a cabin.
            centre.y = face.normal.dot(face.corners[0] - centre) / face.normal.y;
            stick(face, decal, centre, (0.46 * (high - low)).min(0.12 * p.length));
        }
    }
    let roof_owner = match cargo.as_deref_mut() {
        Some(cargo) if identity.body == BodyType::BoxLorry => cargo,
        _ => cabin,
    };
    centred(face_of(roof_owner, Side::Top), identity.roof_decal, 0.40);
    centred(face_of(lower, Side::Bonnet), identity.bonnet_decal, 0.42);
    let tail_owner = match cargo {
        Some(cargo) => cargo,
        None => lower,
    };
    centred(face_of(tail_owner, Side::Rear), identity.tail_decal, 0.40);
}

/// Sticks a decal on the middle of a face, filling up to `share` of its shorter side.
fn centred(face: Option<&mut Face>, decal: Option<Decal>, share: f32) {
    if let (Some(face), Some(decal)) = (face, decal) {
        let (across, up) = (face.at(1.0, 0.5) - face.at(0.0, 0.5), face.at(0.5, 1.0) - face.at(0.5, 0.0));
        let room = across.dot(across).min(up.dot(up)).sqrt() * share;
        let centre = face.at(0.5, 0.5);
        stick(face, decal, centre, room);
    }
}

fn face_of(solid: &mut Solid, side: Side) -> Option<&mut Face> {
    solid.faces.iter_mut().find(|face| face.side == side)
}
