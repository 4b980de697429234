//! Walls behind what is worn or hangs.

use super::backdrop::{Backdrop, tone};
use super::dye::DYES;
use crate::render::colour::{mix, scaled, srgb};
use crate::render::random::Dice;

/// A wall with something on it, and the floor.
pub(super) fn draw(wall: &mut Backdrop, fixed: &mut Dice, dice: &mut Dice, style: usize) {
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
