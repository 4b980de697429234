//! What an identity carries on its roof.

use super::body::Proportions;
use super::identity::{Identity, RoofItem};
use super::paint::{Paint, car_paint, matt};
use super::solid::{Solid, Tree};
use crate::render::colour::srgb;
use crate::render::geometry::{HalfSpace, Vec3, vec3};

const UP: Vec3 = vec3(0.0, 0.0, 1.0);
const AHEAD: Vec3 = vec3(1.0, 0.0, 0.0);

fn nothing() -> Tree {
    Tree::Leaf(Solid { faces: Vec::new() })
}

/// What stands on the cabin's roof, as solids above `p.roof`.
pub(super) fn roof_items(identity: &Identity, p: &Proportions) -> Tree {
    let x = |fraction: f32| (fraction - 0.5) * p.length;
    let (back, front) = (x(p.rear_top) + 0.08, x(p.screen_top) - 0.08);
    let half = 0.5 * p.width - 0.24;
    let z = p.roof + 0.01;
    let middle = 0.5 * (back + front);
    let block = |low: Vec3, high: Vec3, paint: Paint| Tree::Leaf(Solid::cuboid(low, high).coated(paint));
    match identity.roof_item {
        RoofItem::Nothing => nothing(),
        RoofItem::Rails => {
            let rail = |y: f32| block(vec3(back, y - 0.04, z), vec3(front, y + 0.04, z + 0.12), matt([24, 24, 26]));
            Tree::split(vec3(0.0, 1.0, 0.0), 0.0, rail(-half), rail(half))
        }
        RoofItem::LuggageBox => {
            let end = (front - 0.1).min(middle + 0.95);
            let start = (back + 0.05).max(middle - 0.95).min(end - 0.5);
            block(vec3(start, -0.5 * half, z), vec3(end, 0.75 * half, z + 0.36), car_paint(identity.second))
        }
        RoofItem::Beacons => {
            let lamp = |y0: f32, y1: f32, colour| {
                let paint = Paint { gloss: 0.3, ..matt(colour) };
                block(vec3(front - 0.42, y0, z), vec3(front - 0.12, y1, z + 0.22), paint)
            };
            Tree::split(vec3(0.0, 1.0, 0.0), 0.0, lamp(-half, -0.02, [36, 80, 235]), lamp(0.02, half, [235, 120, 20]))
        }
        RoofItem::Rack => {
            let bar =
                |at: f32| block(vec3(at - 0.05, -half, z), vec3(at + 0.05, half, z + 0.20), matt([196, 198, 202]));
            let step = (front - back) / 4.0;
            let at = |i: f32| back + step * (0.5 + i);
            let rear = Tree::split(AHEAD, at(0.5), bar(at(0.0)), bar(at(1.0)));
            let ahead = Tree::split(AHEAD, at(2.5), bar(at(2.0)), bar(at(3.0)));
            Tree::split(AHEAD, at(1.5), rear, ahead)
        }
        RoofItem::Sign => {
            let paint = Paint { colour: srgb([250, 226, 90]), gloss: 0.1, alpha: 1.0 };
            let mut sign =
                Solid::cuboid(vec3(middle - 0.28, -0.34, z), vec3(middle + 0.28, 0.34, z + 0.30)).coated(paint);
            for face in &mut sign.faces {
                let band = [HalfSpace::new(UP, z + 0.10), HalfSpace::new(UP * -1.0, -(z + 0.20))];
                face.coat_within(&band, matt([20, 20, 22]));
            }
            Tree::Leaf(sign)
        }
    }
}
