//! The dyes all garments share.

use crate::render::colour::{Light3, srgb};
use crate::render::random::Dice;

/// The colours every garment is made from, so that colour alone tells none apart: white, charcoal, navy, red,
/// green, mustard, sky and rose.
pub(super) const DYES: [[u8; 3]; 8] = [
    [232, 229, 222],
    [44, 44, 48],
    [38, 54, 112],
    [176, 38, 42],
    [46, 108, 70],
    [212, 160, 46],
    [124, 164, 204],
    [208, 128, 136],
];

/// Light of dye `index` (wraps at 8) in full white light.
pub(super) fn dyed(index: usize) -> Light3 {
    srgb(DYES[index % DYES.len()])
}

/// How far two dyes are apart, 0..≈1.
fn contrast(a: usize, b: usize) -> f32 {
    let [a, b] = [a, b].map(|i| DYES[i % DYES.len()]);
    let square: f32 = (0..3).map(|c| (f32::from(a[c]) - f32::from(b[c])) / 255.0).map(|d| d * d).sum();
    (square / 3.0).sqrt()
}

/// A dye that stands out from both `from`: a random one of those far enough from both, else the farthest.
pub(super) fn contrasting(dice: &mut Dice, from: [usize; 2]) -> usize {
    let start = dice.below(DYES.len());
    let candidates = (0..DYES.len()).map(|i| (start + i) % DYES.len());
    let margin = |dye: usize| contrast(dye, from[0]).min(contrast(dye, from[1]));
    // 0.28 parts navy from green and sky from rose no more than charcoal from navy, which dim light makes one.
    candidates
        .clone()
        .find(|&dye| margin(dye) > 0.28)
        .unwrap_or_else(|| candidates.fold(start, |best, dye| if margin(dye) > margin(best) { dye } else { best }))
}
