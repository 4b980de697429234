//! What is behind a garment: the wall or table of its room, drawn flat and out of focus.

use super::light::Lamp;
use super::pose::Stance;
use super::{table, walls};
use crate::render::canvas::Canvas;
use crate::render::colour::{Light3, srgb};
use crate::render::random::{Dice, Purpose};
use crate::render::shape::circle;

/// A flat surface that fills the picture.
pub(super) struct Backdrop<'a> {
    canvas: &'a mut Canvas,
    lamp: &'a Lamp,
    side: f32,
}

impl Backdrop<'_> {
    /// A rectangle given in fractions of the side, from the left and from the top.
    pub(super) fn block(&mut self, [x0, x1]: [f32; 2], [y0, y1]: [f32; 2], colour: Light3, alpha: f32) {
        let [x0, x1, y0, y1] = [x0, x1, y0, y1].map(|v| v * self.side);
        let light = self.lamp.flat(colour);
        self.canvas.fill(&[[x0, y0], [x1, y0], [x1, y1], [x0, y1]], light, alpha);
    }

    pub(super) fn disc(&mut self, [x, y]: [f32; 2], radius: f32, colour: Light3, alpha: f32) {
        let outline: Vec<_> =
            circle(radius * self.side, 14).into_iter().map(|[u, v]| [x * self.side + u, y * self.side + v]).collect();
        self.canvas.fill(&outline, self.lamp.flat(colour), alpha);
    }
}

/// Draws the room of style `style` (room `number`), shifted as it is in each picture.
pub(super) fn draw(
    canvas: &mut Canvas,
    lamp: &Lamp,
    stance: Stance,
    style: usize,
    number: usize,
    seed: u64,
    dice: &mut Dice,
) {
    let side = canvas.side();
    let wall = &mut Backdrop { canvas, lamp, side };
    // The same stream in each picture of a room: its walls and its table stay.
    let fixed = &mut Dice::new(seed, Purpose::Site, [number as u64, 1, 0]);
    if stance == Stance::Lying { table::draw(wall, fixed, dice, style) } else { walls::draw(wall, fixed, dice, style) }
}

/// A quiet colour.
pub(super) fn tone(dice: &mut Dice) -> Light3 {
    srgb(dice.pick([
        [214, 210, 204],
        [168, 172, 176],
        [120, 126, 132],
        [196, 176, 150],
        [150, 166, 158],
        [172, 146, 138],
        [88, 96, 108],
        [206, 196, 168],
    ]))
}
