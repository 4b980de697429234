//! What vehicles are painted with.

use crate::render::colour::{Light3, srgb};

/// How a surface looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Paint {
    pub(super) colour: Light3,
    /// Share of the sky mirrored, 0..=1.
    pub(super) gloss: f32,
    /// 1 hides what is below.
    pub(super) alpha: f32,
}

/// The paints every vehicle is made from: colour alone tells nobody apart. The index is the number written to
/// `attribute/color_attr.txt`: white, silver, black, red, blue, green, yellow, orange.
pub(super) const PAINTS: [[u8; 3]; 8] = [
    [236, 236, 232],
    [150, 156, 162],
    [32, 32, 36],
    [190, 24, 30],
    [30, 72, 178],
    [22, 116, 60],
    [236, 196, 34],
    [226, 104, 24],
];

/// A dull paint.
pub(super) fn matt(colour: [u8; 3]) -> Paint {
    Paint { colour: srgb(colour), gloss: 0.02, alpha: 1.0 }
}

/// Car paint number `index` (wraps at 8).
pub(super) fn car_paint(index: usize) -> Paint {
    Paint { colour: srgb(PAINTS[index % PAINTS.len()]), gloss: 0.10, alpha: 1.0 }
}

/// How far two car paints are apart, 0..≈1: what a decal needs to stand out.
pub(super) fn contrast(a: usize, b: usize) -> f32 {
    let [a, b] = [a, b].map(|i| PAINTS[i % PAINTS.len()]);
    let square: f32 = (0..3).map(|c| (f32::from(a[c]) - f32::from(b[c])) / 255.0).map(|d| d * d).sum();
    (square / 3.0).sqrt()
}
