//! Colours. All arithmetic is on linear light, with a gamma of 2 so that only squares and square roots are needed.

/// Linear light, red, green, blue; 1 is a white surface in full light.
pub(super) type Light3 = [f32; 3];

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

/// A colour given as it would be typed into an editor.
pub(super) fn srgb([r, g, b]: [u8; 3]) -> Light3 {
    [r, g, b].map(|byte| {
        let value = f32::from(byte) / 255.0;
        value * value
    })
}

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

/// Colour scaled.
pub(super) fn scaled(colour: Light3, by: f32) -> Light3 {
    colour.map(|c| c * by)
}

/// Per-channel product.
pub(super) fn times(a: Light3, b: Light3) -> Light3 {
    [a[0] * b[0], a[1] * b[1], a[2] * b[2]]
}

/// `a` at t = 0, `b` at t = 1.
pub(super) fn mix(a: Light3, b: Light3, t: f32) -> Light3 {
    [0, 1, 2].map(|c| a[c] + (b[c] - a[c]) * t)
}
