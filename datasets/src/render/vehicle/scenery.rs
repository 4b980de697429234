//! What is behind and below the vehicle: a place that belongs to the camera, and passing clutter.

use super::paint::{PAINTS, Paint, matt};
use super::site::{Light, Site};
use super::solid::Solid;
use super::view::View;
use crate::render::canvas::Canvas;
use crate::render::colour::{scaled, srgb};
use crate::render::geometry::{Vec3, sin_cos, vec3};
use crate::render::random::{Dice, Purpose};
use crate::render::shape::circle;

/// Horizontal axes of a camera's place: `u` metres to the right of the vehicle, `d` metres behind it.
struct Place<'a> {
    canvas: &'a mut Canvas,
    view: &'a View,
    light: &'a Light,
    right: Vec3,
    away: Vec3,
}

impl Place<'_> {
    fn at(&self, u: f32, d: f32, z: f32) -> Vec3 {
        self.right * u + self.away * d + vec3(0.0, 0.0, z)
    }

    /// A patch on the ground.
    fn ground(&mut self, [u0, u1]: [f32; 2], [d0, d1]: [f32; 2], paint: Paint) {
        let corners = [self.at(u0, d0, 0.0), self.at(u1, d0, 0.0), self.at(u1, d1, 0.0), self.at(u0, d1, 0.0)];
        self.canvas.fill_painted(self.view, self.light, &corners, vec3(0.0, 0.0, 1.0), paint);
    }

    /// A patch on an upright plane `d` metres behind.
    fn upright(&mut self, [u0, u1]: [f32; 2], d: f32, [z0, z1]: [f32; 2], paint: Paint) {
        let corners = [self.at(u0, d, z0), self.at(u1, d, z0), self.at(u1, d, z1), self.at(u0, d, z1)];
        let normal = self.away * -1.0;
        self.canvas.fill_painted(self.view, self.light, &corners, normal, paint);
    }

    /// A round leafy clump.
    fn clump(&mut self, [u, d, z]: [f32; 3], radius: f32, paint: Paint) {
        let middle = self.at(u, d, z);
        let outline: Vec<Vec3> =
            circle(radius, 9).into_iter().map(|[a, b]| middle + self.right * a + vec3(0.0, 0.0, b)).collect();
        self.canvas.fill_painted(self.view, self.light, &outline, vec3(0.0, 0.0, 0.5), paint);
    }
}

/// Draws the place of `shot` (camera `number`), then clutter between it and the vehicle.
pub(super) fn draw(
    canvas: &mut Canvas,
    view: &View,
    light: &Light,
    shot: &Site,
    number: usize,
    seed: u64,
    clutter: &mut Dice,
) {
    let (sin, cos) = sin_cos(shot.yaw + shot.skew);
    let (right, away) = (vec3(cos, sin, 0.0), vec3(-sin, cos, 0.0));
    let mut place = Place { canvas, view, light, right, away };
    // The same stream in each picture of a camera: the place stays; only the vehicle stands elsewhere in it.
    let fixed = &mut Dice::new(seed, Purpose::Site, [number as u64, 1, 0]);
    let drive = clutter.within(5.0);
    let distance = fixed.range(2.6, 6.0);
    draw_ground(&mut place, fixed, clutter, drive, distance);
    draw_wall(&mut place, fixed, clutter, shot.style, drive, distance);
    draw_clutter(&mut place, clutter, distance);
}

fn draw_ground(place: &mut Place, fixed: &mut Dice, clutter: &mut Dice, drive: f32, distance: f32) {
    let base = fixed.pick([[84, 84, 88], [112, 110, 106], [146, 142, 134], [122, 96, 82], [96, 104, 88]]);
    let wet = clutter.range(0.75, 1.15);
    let paint = Paint { colour: scaled(srgb(base), wet), gloss: 0.04, alpha: 1.0 };
    place.ground([-60.0, 60.0], [-30.0, 60.0], paint);
    let line = Paint { alpha: 0.8, ..matt(fixed.pick([[230, 230, 226], [226, 196, 70]])) };
    match fixed.below(4) {
        0 => {
            for i in -4..5 {
                let u = i as f32 * 3.0 + drive;
                place.ground([u, u + 1.6], [-2.5, -2.3], line);
            }
        }
        1 => {
            let joint = Paint { alpha: 0.35, ..matt([20, 20, 20]) };
            for i in -5..6 {
                let u = i as f32 * 1.5 + drive;
                place.ground([u - 0.03, u + 0.03], [-6.0, distance], joint);
            }
            for i in 0..6 {
                let d = -5.0 + i as f32 * 1.5;
                place.ground([-20.0, 20.0], [d - 0.03, d + 0.03], joint);
            }
        }
        2 => {
            for i in -3..4 {
                let u = i as f32 * 5.2 + drive;
                place.ground([u - 0.07, u + 0.07], [-3.5, distance - 0.5], line);
            }
        }
        _ => place.ground([-30.0, 30.0], [-2.6, -2.4], line),
    }
    for _ in 0..clutter.below(8) {
        let (u, d) = (clutter.within(4.5), clutter.range(-4.0, 3.0));
        let patch = Paint { alpha: 0.3, ..matt(clutter.pick([[20, 20, 22], [200, 200, 196], [90, 70, 50]])) };
        let (w, h) = (clutter.range(0.2, 1.2), clutter.range(0.1, 0.8));
        place.ground([u, u + w], [d, d + h], patch);
    }
    if fixed.chance(0.6) {
        let pavement = matt(fixed.pick([[160, 156, 148], [134, 128, 124], [88, 112, 62]]));
        place.ground([-60.0, 60.0], [distance - 1.3, 60.0], pavement);
        place.upright([-60.0, 60.0], distance - 1.3, [0.0, 0.14], matt([176, 174, 168]));
    }
}

fn draw_wall(place: &mut Place, fixed: &mut Dice, clutter: &mut Dice, style: usize, drive: f32, distance: f32) {
    let height = fixed.range(2.4, 6.5);
    let tone =
        fixed.pick([[150, 82, 62], [188, 176, 150], [126, 130, 136], [206, 200, 190], [96, 116, 126], [170, 132, 84]]);
    let wall = matt(tone);
    let dark = Paint { alpha: 0.4, ..matt([24, 22, 22]) };
    match style % 6 {
        // Bricks: courses and some joints.
        0 => {
            place.upright([-60.0, 60.0], distance, [0.0, height], wall);
            for i in 1..9 {
                let z = i as f32 * 0.42;
                place.upright([-14.0, 14.0], distance, [z - 0.03, z + 0.03], dark);
                for j in -3..4 {
                    let u = j as f32 * 1.3 + drive + if i % 2 == 0 { 0.65 } else { 0.0 };
                    place.upright([u - 0.03, u + 0.03], distance, [z, z + 0.42], dark);
                }
            }
        }
        // Hedge and trees.
        1 => {
            place.upright([-60.0, 60.0], distance, [0.0, 1.0 + 0.3 * height], matt([36, 62, 30]));
            for _ in 0..34 {
                let at = [fixed.within(8.0) + drive, distance, fixed.range(0.1, 1.0 + 0.4 * height)];
                let green = fixed.pick([[52, 92, 40], [74, 112, 48], [34, 66, 34], [104, 120, 52]]);
                place.clump(at, clutter.range(0.3, 0.6), matt(green));
            }
        }
        // Shop fronts or flats: windows and doors.
        2 => {
            place.upright([-60.0, 60.0], distance, [0.0, height], wall);
            for i in -3..4 {
                let u = i as f32 * 2.6 + drive;
                let pane = matt(fixed.pick([[40, 48, 58], [120, 140, 150], [206, 190, 140]]));
                place.upright([u, u + 1.7], distance, [0.7, 2.0], pane);
                place.upright([u, u + 1.7], distance, [2.7, 4.0], pane);
                let awning = matt(PAINTS[fixed.below(PAINTS.len())]);
                place.upright([u - 0.2, u + 1.9], distance, [2.05, 2.4], awning);
            }
        }
        // Garage doors.
        3 => {
            place.upright([-60.0, 60.0], distance, [0.0, height], wall);
            for i in -3..4 {
                let u = i as f32 * 3.4 + drive;
                let door = matt(fixed.pick([[210, 208, 202], [70, 84, 110], [120, 64, 50], [60, 90, 74]]));
                place.upright([u, u + 2.7], distance, [0.0, 2.3], door);
                for j in 1..5 {
                    let z = j as f32 * 0.46;
                    place.upright([u, u + 2.7], distance, [z - 0.03, z + 0.03], dark);
                }
            }
        }
        // Railings before open country.
        4 => {
            place.upright([-60.0, 60.0], 40.0, [0.0, 5.0], matt([70, 96, 74]));
            place.ground([-60.0, 60.0], [distance, 50.0], matt([110, 128, 74]));
            for z in [0.5, 1.1] {
                place.upright([-30.0, 30.0], distance, [z, z + 0.1], matt([180, 180, 182]));
            }
            for i in -5..6 {
                let u = i as f32 * 1.4 + drive;
                place.upright([u, u + 0.12], distance, [0.0, 1.2], matt([150, 150, 152]));
            }
        }
        // Upright cladding in two tones.
        _ => {
            place.upright([-60.0, 60.0], distance, [0.0, height], wall);
            for i in -9..10 {
                let u = i as f32 * 1.1 + drive;
                place.upright([u, u + 0.5], distance, [0.0, height], Paint { alpha: 0.35, ..matt([230, 230, 226]) });
            }
        }
    }
}

/// Parked cars, people, bins: a few boxes between the vehicle and the wall.
fn draw_clutter(place: &mut Place, clutter: &mut Dice, distance: f32) {
    for _ in 0..clutter.below(4) {
        let d = clutter.range(1.9, (distance - 0.6).max(2.1));
        let u = clutter.range(1.2, 6.0) * clutter.pick([-1.0, 1.0]);
        let colour = PAINTS[clutter.below(PAINTS.len())];
        let paint = Paint { gloss: 0.1, ..matt(colour) };
        match clutter.below(4) {
            0 | 1 => {
                place.upright([u - 1.9, u + 1.9], d, [0.32, 0.95], paint);
                place.upright([u - 1.3, u + 1.0], d, [0.95, 1.45], matt([50, 60, 70]));
                place.upright([u - 1.2, u + 0.9], d, [1.38, 1.5], paint);
                for hub in [-1.2, 1.2] {
                    place.clump([u + hub, d, 0.32], 0.32, matt([20, 20, 22]));
                }
            }
            2 => {
                place.upright([u - 0.14, u + 0.14], d, [0.0, 0.8], matt([40, 44, 60]));
                place.upright([u - 0.22, u + 0.22], d, [0.75, 1.45], paint);
                place.clump([u, d, 1.6], 0.14, matt([196, 150, 120]));
            }
            _ => {
                let middle = place.at(u, d, 0.0);
                let bin = Solid::cuboid(middle + vec3(-0.4, -0.4, 0.0), middle + vec3(0.4, 0.4, 1.1)).coated(paint);
                for face in bin.faces.iter().filter(|f| f.normal.dot(place.view.eye - f.corners[0]) > 0.0) {
                    place.canvas.draw_face(place.view, place.light, face);
                }
            }
        }
    }
}
