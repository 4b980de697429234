//! Things between the camera and the vehicle. They are near and out of focus, so they are drawn in the picture's
//! own plane.

use super::paint::PAINTS;
use super::site::Light;
use crate::render::canvas::Canvas;
use crate::render::colour::{Light3, scaled, srgb, times};
use crate::render::random::Dice;
use crate::render::shape::circle;

/// Draws an occluder in about a quarter of the pictures, covering at most about a quarter of the picture.
pub(super) fn draw(canvas: &mut Canvas, light: &Light, dice: &mut Dice) {
    if !dice.chance(0.25) {
        return;
    }
    let side = canvas.side();
    let lit = |colour: [u8; 3]| -> Light3 { times(srgb(colour), light.sky) };
    match dice.below(4) {
        // A lamp post.
        0 => {
            let (x, width) = (dice.range(0.08, 0.92) * side, dice.range(0.03, 0.07) * side);
            let colour = lit(dice.pick([[90, 94, 98], [40, 44, 46], [120, 90, 64]]));
            canvas.fill(&[[x, 0.0], [x + width, 0.0], [x + width, side], [x, side]], colour, 1.0);
            let bright = [[x, 0.0], [x + width * 0.35, 0.0], [x + width * 0.35, side], [x, side]];
            canvas.fill(&bright, scaled(colour, 1.6), 1.0);
        }
        // A bush in a lower corner.
        1 => {
            let left = dice.chance(0.5);
            for _ in 0..12 {
                let x = dice.range(-0.05, 0.28) * side;
                let x = if left { x } else { side - x };
                let (y, radius) = (dice.range(0.72, 1.02) * side, dice.range(0.05, 0.10) * side);
                let colour = lit(dice.pick([[52, 92, 40], [74, 112, 48], [34, 66, 34]]));
                let leaf: Vec<_> = circle(radius, 8).into_iter().map(|[u, v]| [x + u, y + v]).collect();
                canvas.fill(&leaf, colour, 1.0);
            }
        }
        // A corner of another car.
        2 => {
            let colour = lit(PAINTS[dice.below(PAINTS.len())]);
            let (reach, top) = (dice.range(0.18, 0.36) * side, dice.range(0.72, 0.86) * side);
            let mirrored = dice.chance(0.5);
            let flip = |x: f32| if mirrored { side - x } else { x };
            let body = [
                [flip(-1.0), top],
                [flip(reach * 0.7), top],
                [flip(reach), top + 0.06 * side],
                [flip(reach), side],
                [flip(-1.0), side],
            ];
            canvas.fill(&body, colour, 1.0);
            let edge = [
                [flip(-1.0), top],
                [flip(reach * 0.7), top],
                [flip(reach * 0.72), top + 0.02 * side],
                [flip(-1.0), top + 0.02 * side],
            ];
            canvas.fill(&edge, scaled(colour, 1.7), 1.0);
        }
        // Railings along the bottom.
        _ => {
            let colour = lit([170, 172, 174]);
            let top = dice.range(0.80, 0.90) * side;
            for y in [top, top + 0.09 * side] {
                let bar = [[0.0, y], [side, y], [side, y + 0.022 * side], [0.0, y + 0.022 * side]];
                canvas.fill(&bar, colour, 1.0);
            }
            let shift = dice.range(0.0, 0.25);
            for i in 0..4 {
                let x = (shift + 0.25 * i as f32) * side;
                canvas.fill(&[[x, top], [x + 0.02 * side, top], [x + 0.02 * side, side], [x, side]], colour, 1.0);
            }
        }
    }
}
