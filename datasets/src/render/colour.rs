//! Colours. All arithmetic is on linear light, with a gamma of 2 so that only squares and square roots are needed.

/// Linear light, red, green, blue; 1 is a white surface in full light.
pub(super) type Light3 = [f32; 3];

/// A colour given as it would be typed into an editor.
pub(super) fn srgb([r, g, b]: [u8; 3]) -> Light3 {
    [r, g, b].map(|byte| {
        let value = f32::from(byte) / 255.0;
        value * value
    })
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
