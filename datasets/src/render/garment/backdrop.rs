//! What is behind a garment: the wall or table of its room, drawn flat and out of focus.

use super::dye::DYES;
use super::light::Lamp;
use super::pose::Stance;
use crate::render::canvas::Canvas;
use crate::render::colour::{Light3, mix, scaled, srgb};
use crate::render::random::{Dice, Purpose};
use crate::render::shape::circle;

struct Wall<'a> {
    canvas: &'a mut Canvas,
    lamp: &'a Lamp,
    side: f32,
}

impl Wall<'_> {
    /// A rectangle given in fractions of the side, from the left and from the top.
    fn block(&mut self, [x0, x1]: [f32; 2], [y0, y1]: [f32; 2], colour: Light3, alpha: f32) {
        let [x0, x1, y0, y1] = [x0, x1, y0, y1].map(|v| v * self.side);
        let light = self.lamp.flat(colour);
        self.canvas.fill(&[[x0, y0], [x1, y0], [x1, y1], [x0, y1]], light, alpha);
    }

    fn disc(&mut self, [x, y]: [f32; 2], radius: f32, colour: Light3, alpha: f32) {
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
    let wall = &mut Wall { canvas, lamp, side };
    // The same stream in each picture of a room: its walls and its table stay.
    let fixed = &mut Dice::new(seed, Purpose::Site, [number as u64, 1, 0]);
    if stance == Stance::Lying { table(wall, fixed, dice, style) } else { room(wall, fixed, dice, style) }
}

fn tone(dice: &mut Dice) -> Light3 {
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

/// A wall with something on it, and the floor.
fn room(wall: &mut Wall, fixed: &mut Dice, dice: &mut Dice, style: usize) {
    let (paint, floor) = (tone(fixed), tone(fixed));
    let drive = dice.within(0.25);
    let horizon = fixed.range(0.74, 0.92) + dice.within(0.06);
    wall.block([0.0, 1.0], [0.0, 1.0], paint, 1.0);
    let dark = scaled(paint, 0.45);
    match style % 6 {
        // A studio: paper that grows darker upwards, no corner.
        0 => {
            for i in 0..12 {
                let t = i as f32 / 12.0;
                wall.block([0.0, 1.0], [t, t + 0.09], mix(scaled(paint, 0.75), scaled(paint, 1.15), t), 1.0);
            }
            return;
        }
        // Pictures on the wall.
        1 => {
            for i in 0..3 {
                let x = 0.1 + 0.36 * i as f32 + drive;
                let (w, h) = (fixed.range(0.14, 0.26), fixed.range(0.16, 0.3));
                let y = fixed.range(0.05, 0.2);
                wall.block([x, x + w], [y, y + h], srgb([60, 48, 40]), 1.0);
                let inner = srgb(DYES[fixed.below(DYES.len())]);
                wall.block([x + 0.02, x + w - 0.02], [y + 0.02, y + h - 0.02], inner, 1.0);
            }
        }
        // A rail with other clothes.
        2 => {
            wall.block([0.0, 1.0], [0.10, 0.125], srgb([110, 112, 116]), 1.0);
            let mut x = -0.1 + drive;
            while x < 1.1 {
                let width = fixed.range(0.05, 0.11);
                let cloth = srgb(DYES[(fixed.below(DYES.len()) + dice.below(3)) % DYES.len()]);
                let low = fixed.range(0.55, 0.85);
                wall.block([x, x + width], [0.14, low], scaled(cloth, 0.8), 1.0);
                wall.block([x + 0.65 * width, x + width], [0.14, low], scaled(cloth, 0.5), 1.0);
                x += width + fixed.range(0.0, 0.05);
            }
        }
        // Bricks.
        3 => {
            for row in 0..14 {
                let y = row as f32 * 0.075;
                wall.block([0.0, 1.0], [y, y + 0.008], dark, 0.6);
                for column in -1..7 {
                    let x = column as f32 * 0.19 + drive + if row % 2 == 0 { 0.095 } else { 0.0 };
                    wall.block([x, x + 0.008], [y, y + 0.075], dark, 0.6);
                }
            }
        }
        // A window with plants and the street behind.
        4 => {
            let x = 0.1 + drive;
            wall.block([x, x + 0.55], [0.05, 0.62], srgb([235, 235, 230]), 1.0);
            wall.block([x + 0.03, x + 0.26], [0.08, 0.59], srgb([170, 204, 230]), 1.0);
            wall.block([x + 0.29, x + 0.52], [0.08, 0.59], srgb([186, 212, 226]), 1.0);
            for _ in 0..9 {
                let green = srgb(dice.pick([[56, 98, 52], [84, 122, 60], [40, 74, 44]]));
                wall.disc([x + dice.range(0.04, 0.5), dice.range(0.42, 0.6)], dice.range(0.03, 0.08), green, 1.0);
            }
        }
        // A street out of focus: soft lights and shop signs.
        _ => {
            for _ in 0..14 {
                let colour = srgb(DYES[dice.below(DYES.len())]);
                wall.disc([dice.unit(), dice.range(0.0, 0.8)], dice.range(0.04, 0.14), colour, 0.45);
            }
            for i in 0..3 {
                let x = 0.35 * i as f32 + drive;
                wall.block([x, x + 0.2], [0.3, 0.8], scaled(paint, 0.6), 0.7);
            }
        }
    }
    wall.block([0.0, 1.0], [horizon, 1.0], floor, 1.0);
    wall.block([0.0, 1.0], [horizon - 0.018, horizon], scaled(paint, 1.25), 1.0);
}

/// A table, a bed or the floor seen from above.
fn table(wall: &mut Wall, fixed: &mut Dice, dice: &mut Dice, style: usize) {
    let paint = tone(fixed);
    let drive = dice.within(0.2);
    match style % 5 {
        // Planks.
        0 => {
            let wood = srgb(fixed.pick([[176, 132, 88], [128, 92, 64], [206, 180, 146], [92, 72, 58]]));
            wall.block([0.0, 1.0], [0.0, 1.0], wood, 1.0);
            for i in -1..8 {
                let x = i as f32 * 0.16 + drive;
                wall.block([x, x + 0.16], [0.0, 1.0], scaled(wood, fixed.range(0.8, 1.15)), 1.0);
                wall.block([x, x + 0.008], [0.0, 1.0], scaled(wood, 0.35), 1.0);
            }
        }
        // Tiles.
        1 => {
            wall.block([0.0, 1.0], [0.0, 1.0], paint, 1.0);
            for i in -1..6 {
                let at = i as f32 * 0.23 + drive;
                wall.block([at, at + 0.012], [0.0, 1.0], scaled(paint, 0.5), 1.0);
                wall.block([0.0, 1.0], [at, at + 0.012], scaled(paint, 0.5), 1.0);
            }
        }
        // A checked bedspread.
        2 => {
            let cloth = srgb(DYES[fixed.below(DYES.len())]);
            wall.block([0.0, 1.0], [0.0, 1.0], mix(paint, cloth, 0.25), 1.0);
            for i in -1..6 {
                let at = i as f32 * 0.24 + drive;
                wall.block([at, at + 0.12], [0.0, 1.0], cloth, 0.35);
                wall.block([0.0, 1.0], [at, at + 0.12], cloth, 0.35);
            }
        }
        // A carpet with a border.
        3 => {
            let carpet = srgb(DYES[fixed.below(DYES.len())]);
            wall.block([0.0, 1.0], [0.0, 1.0], scaled(carpet, 0.8), 1.0);
            let at = 0.06 + 0.4 * drive.abs();
            wall.block([at, at + 0.05], [0.0, 1.0], paint, 0.8);
            for _ in 0..40 {
                wall.disc([dice.unit(), dice.unit()], 0.008, scaled(carpet, 1.3), 0.7);
            }
        }
        // A plain white table with a few things on it.
        _ => {
            wall.block([0.0, 1.0], [0.0, 1.0], srgb([222, 220, 216]), 1.0);
            for _ in 0..dice.below(4) {
                let (x, y) = (dice.unit(), dice.pick([0.04, 0.95]));
                let colour = srgb(DYES[dice.below(DYES.len())]);
                wall.disc([x, y], dice.range(0.03, 0.09), colour, 1.0);
            }
        }
    }
}
