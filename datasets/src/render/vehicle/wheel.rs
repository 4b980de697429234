//! Wheels: discs beside the body, and the dark arches they stand in.

use super::identity::{Identity, Rim};
use super::paint::{Paint, matt};
use super::solid::Face;
use crate::render::geometry::{Vec3, sin_cos, vec3};
use crate::render::shape::circle;

const TYRE: [u8; 3] = [22, 22, 24];

/// The dark arch round a near wheel, painted on the flank.
pub(super) fn arch(face: &mut Face, hub: Vec3, radius: f32) {
    face.stick(disc(hub, radius * 1.16, 18), matt([10, 10, 11]));
}

/// The outer side of a near wheel as polygons, far ones first. `turn` in degrees turns the spokes.
pub(super) fn near_wheel(identity: &Identity, hub: Vec3, radius: f32, turn: f32) -> Vec<(Vec<Vec3>, Paint)> {
    let out = hub + vec3(0.0, -0.03, 0.0);
    let mut layers = vec![(disc(out, radius, 20), matt(TYRE))];
    if identity.rim == Rim::WhiteWall {
        layers.push((disc(out, radius * 0.82, 16), matt([232, 230, 222])));
        layers.push((disc(out, radius * 0.62, 14), matt(TYRE)));
    }
    let rim = Paint { gloss: 0.15, ..matt(identity.rim_colour) };
    let dark = matt([12, 12, 13]);
    let size = radius * 0.70;
    match identity.rim {
        Rim::Disc => {
            layers.push((disc(out, size, 16), rim));
            layers.push((disc(out, size * 0.25, 8), dark));
        }
        Rim::FiveSpoke | Rim::Cross => {
            let (count, width) = if identity.rim == Rim::Cross { (4, 0.30) } else { (5, 0.20) };
            layers.push((disc(out, size, 16), dark));
            for i in 0..count {
                layers.push((spoke(out, size, width, turn + 360.0 * i as f32 / count as f32), rim));
            }
        }
        Rim::WhiteWall => layers.push((disc(out, size * 0.55, 12), rim)),
        Rim::SmallHub => layers.push((disc(out, size * 0.55, 12), rim)),
    }
    layers
}

/// The tread seen below the sill, and the far wheels: plain discs, drawn before the body.
pub(super) fn hidden_wheels(hubs: [Vec3; 2], radius: f32) -> Vec<(Vec<Vec3>, Paint)> {
    let mut layers = Vec::new();
    for hub in hubs {
        let far = vec3(hub.x, -hub.y, hub.z);
        for inset in [0.0, 0.1, 0.2] {
            layers.push((disc(far - vec3(0.0, inset, 0.0), radius, 14), matt(TYRE)));
        }
    }
    for hub in hubs {
        for inset in [0.22, 0.14, 0.06] {
            layers.push((disc(hub + vec3(0.0, inset, 0.0), radius, 14), matt(TYRE)));
        }
    }
    layers
}

fn disc(centre: Vec3, radius: f32, corners: usize) -> Vec<Vec3> {
    circle(radius, corners).into_iter().map(|[u, v]| centre + vec3(u, 0.0, v)).collect()
}

fn spoke(centre: Vec3, length: f32, width: f32, degrees: f32) -> Vec<Vec3> {
    let (sin, cos) = sin_cos(degrees);
    let (along, across) = (vec3(cos, 0.0, sin) * length, vec3(-sin, 0.0, cos) * (width * length));
    vec![centre - across, centre + along - across, centre + along + across, centre + across]
}
