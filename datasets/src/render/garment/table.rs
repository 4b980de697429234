//! Tables, beds and floors below what lies.

use super::backdrop::{Backdrop, tone};
use super::dye::DYES;
use crate::render::colour::{mix, scaled, srgb};
use crate::render::random::Dice;

/// A table, a bed or the floor seen from above.
pub(super) fn draw(wall: &mut Backdrop, fixed: &mut Dice, dice: &mut Dice, style: usize) {
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
