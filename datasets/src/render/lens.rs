//! From the drawn canvas to the camera's picture: scale down, expose, blur, add noise.

use image::RgbImage;

use super::canvas::{Canvas, linear};
use super::colour::Light3;
use super::random::Dice;

/// What a camera does to the light it gets.
#[derive(Clone, Debug)]
pub(super) struct Lens {
    /// Factor on linear light.
    pub(super) exposure: f32,
    /// Factor per channel.
    pub(super) cast: Light3,
    /// 0 is grey, 1 as seen.
    pub(super) saturation: f32,
    /// Light scattered over the whole picture, linear.
    pub(super) haze: f32,
    /// Darkening in the corners, 0..=1.
    pub(super) vignette: f32,
    /// Radius in pixels of a 96-pixel picture.
    pub(super) defocus: f32,
    /// Length of horizontal smear, pixels of a 96-pixel picture.
    pub(super) motion: f32,
    /// Standard deviation in 8-bit steps.
    pub(super) noise: f32,
    /// JPEG quality, 1..=100.
    pub(super) quality: u8,
}

/// Canvas pixels per picture pixel along one side.
pub(super) const OVERSAMPLING: u32 = 2;

/// The picture a camera makes of `canvas`; its side is the canvas's divided by [`OVERSAMPLING`].
pub(super) fn expose(canvas: &Canvas, lens: &Lens, noise: &mut Dice) -> RgbImage {
    let side = canvas.side() as usize / OVERSAMPLING as usize;
    let mut light = downsampled(canvas, side);
    let middle = side as f32 * 0.5;
    for (i, pixel) in light.iter_mut().enumerate() {
        let (dx, dy) = ((i % side) as f32 + 0.5 - middle, (i / side) as f32 + 0.5 - middle);
        let corner = (dx * dx + dy * dy) / (2.0 * middle * middle);
        let gain = lens.exposure * (1.0 - lens.vignette * corner);
        let grey = 0.3 * pixel[0] + 0.6 * pixel[1] + 0.1 * pixel[2];
        for (value, cast) in pixel.iter_mut().zip(lens.cast) {
            let saturated = grey + (*value - grey) * lens.saturation;
            *value = tone(saturated.max(0.0) * cast * gain + lens.haze);
        }
    }
    let pixels_per_96 = side as f32 / 96.0;
    blur(&mut light, side, 1, (lens.defocus + lens.motion) * pixels_per_96);
    blur(&mut light, side, side, lens.defocus * pixels_per_96);
    let mut bytes = Vec::with_capacity(side * side * 3);
    for pixel in &light {
        // Most of a sensor's noise is shared by the channels after the camera's colour processing.
        let shared = noise.normal() * lens.noise;
        for value in pixel {
            let grain = shared + 0.5 * lens.noise * (noise.unit() - 0.5) * 3.4;
            bytes.push((value * 255.0 + grain + 0.5).clamp(0.0, 255.0) as u8);
        }
    }
    RgbImage::from_raw(side as u32, side as u32, bytes).unwrap_or_default()
}

/// Display value of linear light: gamma 2 with a shoulder that bends highlights over instead of cutting them.
fn tone(light: f32) -> f32 {
    let value = light.sqrt();
    if value < 0.8 { value } else { 1.0 - 0.04 / (value - 0.6) }
}

/// Mean of each square of canvas pixels, as linear light.
fn downsampled(canvas: &Canvas, side: usize) -> Vec<[f32; 3]> {
    let table: [f32; 256] = std::array::from_fn(|byte| linear(byte as u8));
    let factor = OVERSAMPLING as usize;
    let (stride, bytes) = (side * factor * 4, canvas.bytes());
    let weight = 1.0 / (factor * factor) as f32;
    let mut light = vec![[0.0f32; 3]; side * side];
    for (i, pixel) in light.iter_mut().enumerate() {
        let (x, y) = (i % side * factor, i / side * factor);
        for row in 0..factor {
            for column in 0..factor {
                let at = (y + row) * stride + (x + column) * 4;
                for c in 0..3 {
                    pixel[c] += table[bytes[at + c] as usize] * weight;
                }
            }
        }
    }
    light
}

/// Box blur of half width `radius` (fractions count) along pixels `step` apart; edges repeat.
fn blur(light: &mut [[f32; 3]], side: usize, step: usize, radius: f32) {
    if radius < 0.05 || side == 0 {
        return;
    }
    let whole = radius as usize;
    let edge = radius - whole as f32;
    let scale = 1.0 / (1.0 + 2.0 * radius);
    let mut line = vec![[0.0f32; 3]; side];
    for index in 0..side {
        let start = if step == 1 { index * side } else { index };
        for (i, value) in line.iter_mut().enumerate() {
            *value = light[start + i * step];
        }
        let at = |i: usize, shift: isize| line[(i as isize + shift).clamp(0, side as isize - 1) as usize];
        for i in 0..side {
            let mut sum = [0.0; 3];
            for shift in -(whole as isize)..=whole as isize {
                let value = at(i, shift);
                (0..3).for_each(|c| sum[c] += value[c]);
            }
            let (before, after) = (at(i, -(whole as isize) - 1), at(i, whole as isize + 1));
            (0..3).for_each(|c| sum[c] += edge * (before[c] + after[c]));
            light[start + i * step] = sum.map(|s| s * scale);
        }
    }
}
