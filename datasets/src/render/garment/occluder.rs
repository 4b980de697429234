//! Things before a garment: a bag on the shoulder, a scarf's end, a passer-by, a price tag.

use super::dye::DYES;
use super::light::Lamp;
use super::pose::Stance;
use crate::render::canvas::Canvas;
use crate::render::colour::{scaled, srgb};
use crate::render::random::Dice;
use crate::render::shape::circle;

/// Draws something in about a third of the pictures, covering at most about a sixth of the picture.
pub(super) fn draw(canvas: &mut Canvas, lamp: &Lamp, stance: Stance, dice: &mut Dice) {
    if !dice.chance(0.33) {
        return;
    }
    let side = canvas.side();
    let colour = lamp.flat(srgb(DYES[dice.below(DYES.len())]));
    let left = dice.chance(0.5);
    let at = |[x, y]: [f32; 2]| [if left { x } else { 1.0 - x } * side, y * side];
    match (stance, dice.below(3)) {
        // A bag with its strap.
        (Stance::Worn, 0 | 1) => {
            let (x, y, w, h) =
                (dice.range(0.12, 0.26), dice.range(0.5, 0.68), dice.range(0.16, 0.26), dice.range(0.16, 0.24));
            let shoulder = dice.range(0.36, 0.62);
            let strap = [[x + 0.3 * w, y], [x + 0.45 * w, y], [shoulder + 0.03, 0.12], [shoulder, 0.12]].map(at);
            canvas.fill(&strap, scaled(colour, 0.55), 1.0);
            canvas.fill(&[[x, y], [x + w, y], [x + w * 1.06, y + h], [x - w * 0.06, y + h]].map(at), colour, 1.0);
            canvas.fill(
                &[[x, y], [x + w, y], [x + w, y + 0.4 * h], [x, y + 0.34 * h]].map(at),
                scaled(colour, 0.75),
                1.0,
            );
        }
        // A shoulder of someone passing by.
        (Stance::Worn | Stance::Hanging, _) => {
            let reach = dice.range(0.10, 0.20);
            let top = dice.range(0.25, 0.6);
            let body =
                [[-0.05, top], [0.5 * reach, top], [0.9 * reach, top + 0.08], [reach, 1.0], [-0.05, 1.0]].map(at);
            canvas.fill(&body, colour, 1.0);
            canvas.fill(
                &[[-0.05, top], [0.12 * reach, top], [0.3 * reach, 1.0], [-0.05, 1.0]].map(at),
                scaled(colour, 0.6),
                1.0,
            );
        }
        // A cup or a plant pot, from above.
        (Stance::Lying, _) => {
            let (x, y, radius) = (dice.range(0.1, 0.3), dice.range(0.15, 0.85), dice.range(0.06, 0.11));
            let mut disc = |grow: f32, colour| {
                let outline: Vec<_> = circle(radius * grow, 18).into_iter().map(|[u, v]| at([x + u, y + v])).collect();
                canvas.fill(&outline, colour, 1.0);
            };
            disc(1.0, colour);
            disc(0.72, scaled(colour, 0.35));
        }
    }
}
