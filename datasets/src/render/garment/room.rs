//! Rooms: what is fixed about each (camera, light, walls), and what changes from picture to picture.

use super::light::Lamp;
use crate::render::colour::{Light3, scaled};
use crate::render::geometry::{sin_cos, vec3};
use crate::render::lens::Lens;
use crate::render::random::{Dice, Purpose};

/// A room with its camera.
#[derive(Clone, Debug)]
pub(super) struct Room {
    pub(super) lens: Lens,
    /// Of the camera from the garment, cm.
    pub(super) distance: f32,
    /// Of the lamp from the camera's own direction, degrees: to the right, and up.
    azimuth: f32,
    height: f32,
    /// Share of the light that comes from the lamp.
    share: f32,
    /// Colour of the lamp's light.
    tint: Light3,
    /// Style of the walls, an index that `backdrop` interprets.
    pub(super) style: usize,
}

impl Room {
    /// Room `number` of the world `seed`.
    pub(super) fn new(seed: u64, number: usize) -> Self {
        let mut offsets = Dice::new(seed, Purpose::Cameras, [0; 3]);
        // Low-discrepancy sequences, as for the vehicles' cameras: a handful of rooms covers each range.
        let mut spread = |step: f64, low: f32, high: f32| {
            let place = (number as f64 * step + f64::from(offsets.unit())) % 1.0;
            low + (high - low) * place as f32
        };
        let azimuth = spread(0.618_033_988, -75.0, 75.0);
        let warmth = spread(0.754_877_666, -1.0, 1.0);
        let exposure = spread(0.569_840_29, -1.0, 1.0);
        let share = spread(0.414_213_562, 0.2, 0.75);
        let dice = &mut Dice::new(seed, Purpose::Site, [number as u64, 0, 0]);
        let green = dice.within(0.12);
        Self {
            lens: Lens {
                exposure: if exposure < 0.0 { 1.0 + 0.5 * exposure } else { 1.0 + 0.9 * exposure },
                cast: [1.0 + 0.32 * warmth, 1.0 + green, 1.0 - 0.36 * warmth],
                saturation: dice.range(0.6, 1.15),
                haze: dice.range(0.0, 0.05),
                vignette: dice.range(0.0, 0.4),
                defocus: dice.range(0.0, 0.6),
                motion: dice.range(0.0, 0.8),
                noise: dice.range(1.0, 6.5),
                quality: dice.range(55.0, 93.0) as u8,
            },
            distance: dice.range(170.0, 420.0),
            azimuth,
            height: dice.range(10.0, 60.0),
            share,
            tint: [1.0 + dice.within(0.14), 1.0, 1.0 + dice.within(0.18)],
            style: number + dice.below(2),
        }
    }

    /// This room for one picture: a little of everything changes.
    pub(super) fn shot(&self, dice: &mut Dice) -> Self {
        let mut shot = self.clone();
        shot.azimuth += dice.within(35.0);
        shot.height += dice.within(14.0);
        shot.share = (shot.share * dice.range(0.6, 1.3)).min(0.85);
        shot.distance *= dice.range(0.85, 1.2);
        shot.lens.exposure *= dice.range(0.66, 1.45);
        shot.lens.cast = shot.lens.cast.map(|c| c * dice.range(0.88, 1.12));
        shot.lens.haze += dice.range(0.0, 0.02);
        shot.lens.defocus *= dice.range(0.4, 1.4);
        shot.lens.motion *= dice.range(0.0, 1.8);
        shot
    }

    /// Its light.
    pub(super) fn lamp(&self) -> Lamp {
        let ((sa, ca), (sh, ch)) = (sin_cos(self.azimuth), sin_cos(self.height));
        Lamp {
            direction: vec3(sa * ch, sh, ca * ch),
            lamp: scaled(self.tint, 1.05 * self.share),
            around: scaled([0.97, 1.0, 1.04], 1.0 - 0.68 * self.share),
        }
    }
}
