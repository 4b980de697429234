//! One picture: a vehicle, a camera, a moment.

use image::RgbImage;

use super::identity::Identity;
use super::model::Vehicle;
use super::site::{Light, Site};
use super::view::View;
use super::wheel::{hidden_wheels, near_wheel};
use super::{occluder, scenery};
use crate::render::canvas::Canvas;
use crate::render::geometry::{Vec3, vec3};
use crate::render::lens::{OVERSAMPLING, expose};
use crate::render::random::{Dice, Purpose};
use crate::render::subject::Shot;

/// Takes picture `number` of `identity` with `camera`. `side` is the picture's side in pixels, at least 1.
pub(super) fn take(seed: u64, side: u32, identity: usize, camera: usize, number: usize) -> Shot {
    let key = [identity as u64, camera as u64, number as u64];
    let dice = &mut Dice::new(seed, Purpose::Shot, key);
    let shot = Site::new(seed, camera).shot(dice);
    let light = shot.light();
    let look = Identity::new(seed, identity);
    let vehicle = Vehicle::new(&look);

    let mut points = Vec::new();
    vehicle.tree.for_each_corner(&mut |corner| points.push(corner));
    points.extend(vehicle.hubs.map(|hub| vec3(hub.x, hub.y, 0.0)));
    let drawn = (side * OVERSAMPLING) as f32;
    let (share, shift) = (dice.range(0.80, 0.97), [dice.within(0.03), dice.within(0.05)]);
    let view = View::new(&shot, 0.5 * vehicle.size.z).framed(&points, drawn, share, shift);

    let sky = light.above(dice.unit());
    let Some(mut canvas) = Canvas::new(side * OVERSAMPLING, sky) else {
        return Shot { picture: RgbImage::new(side, side), quality: shot.lens.quality };
    };
    let mut clutter = Dice::new(seed, Purpose::Clutter, key);
    scenery::draw(&mut canvas, &view, &light, &shot, camera, seed, &mut clutter);
    draw_shadow(&mut canvas, &view, &light, &vehicle);
    draw_vehicle(&mut canvas, &view, &light, &vehicle, &look, dice.range(0.0, 90.0));
    occluder::draw(&mut canvas, &light, &mut Dice::new(seed, Purpose::Occluder, key));
    let picture = expose(&canvas, &shot.lens, &mut Dice::new(seed, Purpose::Noise, key));
    Shot { picture, quality: shot.lens.quality }
}

fn draw_vehicle(canvas: &mut Canvas, view: &View, light: &Light, vehicle: &Vehicle, look: &Identity, turn: f32) {
    let outwards = vec3(0.0, -1.0, 0.0);
    for (polygon, paint) in hidden_wheels(vehicle.hubs, vehicle.wheel_radius) {
        canvas.fill_painted(view, light, &polygon, outwards, paint);
    }
    vehicle.tree.for_each_visible(view.eye, &mut |face| canvas.draw_face(view, light, face));
    for hub in vehicle.hubs {
        for (polygon, paint) in near_wheel(look, hub, vehicle.wheel_radius, turn) {
            canvas.fill_painted(view, light, &polygon, outwards, paint);
        }
    }
    for face in &vehicle.mirror.faces {
        if face.normal.dot(view.eye - face.corners[0]) > 0.0 {
            canvas.draw_face(view, light, face);
        }
    }
}

/// The sun's shadow and the dark patch every vehicle has below it.
fn draw_shadow(canvas: &mut Canvas, view: &View, light: &Light, vehicle: &Vehicle) {
    let (half_x, half_y) = (0.5 * vehicle.size.x, 0.5 * vehicle.size.y);
    let footprint = |grow: f32| {
        [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]
            .map(|[x, y]| vec3(x * (half_x + grow), y * (half_y + grow), 0.0))
    };
    let lean = light.sun_direction * (-0.85 * vehicle.size.z / light.sun_direction.z.max(0.3));
    let lean = vec3(lean.x, lean.y, 0.0);
    let sun_share = light.sun[1] / (light.sun[1] + light.sky[1]);
    let mut cast: Vec<Vec3> = footprint(0.0).to_vec();
    cast.extend(footprint(-0.25).map(|p| p + lean));
    canvas.fill_lit(view, &hull(cast), [0.0; 3], 0.85 * sun_share);
    for (grow, alpha) in [(0.3, 0.16), (0.12, 0.25), (-0.05, 0.6)] {
        canvas.fill_lit(view, &footprint(grow), [0.0; 3], alpha);
    }
}

/// Convex hull of points on the ground (monotone chain).
fn hull(mut points: Vec<Vec3>) -> Vec<Vec3> {
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    let chain = |points: &mut dyn Iterator<Item = Vec3>| {
        let mut chain: Vec<Vec3> = Vec::new();
        for p in points {
            while let [.., a, b] = chain[..]
                && (b - a).cross(p - a).z <= 0.0
            {
                chain.pop();
            }
            chain.push(p);
        }
        chain.pop();
        chain
    };
    let mut outline = chain(&mut points.iter().copied());
    outline.extend(chain(&mut points.iter().rev().copied()));
    outline
}
