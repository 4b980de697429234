//! Cameras: what is fixed about each, and what changes from picture to picture.

use super::paint::Paint;
use crate::render::colour::{Light3, mix, scaled, times};
use crate::render::geometry::{Vec3, sin_cos, vec3};
use crate::render::lens::Lens;
use crate::render::random::{Dice, Purpose};

/// What a camera always has.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// Mean yaw, degrees: 0 sees the flank square on, positive values more of the front.
    pub(super) yaw: f32,
    /// Degrees above the horizon.
    pub(super) elevation: f32,
    /// Metres from the vehicle's middle: short is wide-angle.
    pub(super) distance: f32,
    /// Degrees.
    pub(super) roll: f32,
    /// Sun's azimuth from the camera's own, degrees (0 shines from behind the camera), and height.
    pub(super) sun_azimuth: f32,
    pub(super) sun_height: f32,
    /// Share of light that is sun.
    pub(super) sun_share: f32,
    pub(super) lens: Lens,
    /// Style of the place, an index that `scenery` interprets.
    pub(super) style: usize,
    /// Turn of the scenery against the camera, degrees.
    pub(super) skew: f32,
}

impl Site {
    /// Camera `number` of the world `seed`.
    pub(super) fn new(seed: u64, number: usize) -> Self {
        let mut offsets = Dice::new(seed, Purpose::Cameras, [0; 3]);
        // Low-discrepancy sequences spread a handful of cameras over each range, so that neither the training
        // nor the test cameras all bunch up at one end.
        let mut spread = |step: f64, low: f32, high: f32| {
            let place = (number as f64 * step + f64::from(offsets.unit())) % 1.0;
            low + (high - low) * place as f32
        };
        let yaw = spread(0.618_033_988, -34.0, 34.0);
        let elevation = spread(0.754_877_666, 9.0, 30.0);
        let warmth = spread(0.569_840_29, -1.0, 1.0);
        let exposure = spread(0.414_213_562, -1.0, 1.0);
        let sun_azimuth = spread(0.732_050_807, -110.0, 110.0);
        let dice = &mut Dice::new(seed, Purpose::Site, [number as u64, 0, 0]);
        let green = dice.within(0.10);
        Self {
            yaw,
            elevation,
            distance: dice.range(6.5, 16.0),
            roll: dice.within(2.5),
            sun_azimuth,
            sun_height: dice.range(25.0, 70.0),
            sun_share: dice.range(0.15, 0.75),
            lens: Lens {
                // About half to double, half of the cameras on either side of 1.
                exposure: if exposure < 0.0 { 1.0 + 0.52 * exposure } else { 1.0 + exposure },
                cast: [1.0 + 0.28 * warmth, 1.0 + green, 1.0 - 0.30 * warmth],
                saturation: dice.range(0.65, 1.1),
                haze: dice.range(0.0, 0.06),
                vignette: dice.range(0.0, 0.4),
                defocus: dice.range(0.0, 0.7),
                motion: dice.range(0.0, 1.2),
                noise: dice.range(1.5, 7.0),
                quality: dice.range(50.0, 92.0) as u8,
            },
            style: number + dice.below(2),
            skew: dice.within(18.0),
        }
    }

    /// This camera for one picture: a little of everything changes.
    pub(super) fn shot(&self, dice: &mut Dice) -> Self {
        let mut shot = self.clone();
        shot.yaw += dice.within(18.0);
        shot.elevation = (shot.elevation + dice.within(4.0)).max(7.0);
        shot.distance *= dice.range(0.85, 1.2);
        shot.roll += dice.within(1.0);
        shot.sun_azimuth += dice.within(45.0);
        shot.sun_height += dice.within(10.0);
        shot.sun_share = (shot.sun_share * dice.range(0.5, 1.3)).min(0.8);
        shot.lens.exposure *= dice.range(0.68, 1.42);
        shot.lens.cast = shot.lens.cast.map(|c| c * dice.range(0.9, 1.1));
        shot.lens.haze += dice.range(0.0, 0.02);
        shot.lens.defocus *= dice.range(0.4, 1.3);
        shot.lens.motion *= dice.range(0.0, 1.8);
        shot
    }

    /// The light on the vehicle and its surroundings.
    pub(super) fn light(&self) -> Light {
        let azimuth = self.yaw + self.sun_azimuth;
        let ((sa, ca), (sh, ch)) = (sin_cos(azimuth), sin_cos(self.sun_height));
        Light {
            sun_direction: vec3(sa * ch, -ca * ch, sh),
            sun: scaled([1.06, 1.0, 0.9], 1.25 * self.sun_share),
            sky: scaled([0.94, 1.0, 1.1], 1.0 - 0.62 * self.sun_share),
        }
    }
}

/// A sun and an even sky.
#[derive(Clone, Copy, Debug)]
pub(super) struct Light {
    /// Towards the sun, unit length.
    pub(super) sun_direction: Vec3,
    pub(super) sun: Light3,
    pub(super) sky: Light3,
}

impl Light {
    /// Light leaving a surface: Lambert for the sun, half to full sky by how far the surface looks up, and a
    /// share of mirrored sky.
    pub(super) fn on(&self, paint: Paint, normal: Vec3) -> Light3 {
        let facing = normal.dot(self.sun_direction).max(0.0);
        let open = 0.62 + 0.38 * normal.z;
        let falling = [0, 1, 2].map(|c| self.sky[c] * open + self.sun[c] * facing);
        let mirrored = scaled(self.sky, paint.gloss * (0.45 + 0.55 * normal.z.max(0.0)));
        let body = times(paint.colour, falling);
        [0, 1, 2].map(|c| body[c] + mirrored[c])
    }

    /// Light of the open sky itself, between haze and blue.
    pub(super) fn above(&self, blue: f32) -> Light3 {
        times(mix([0.80, 0.82, 0.84], [0.32, 0.52, 0.86], blue), self.sky)
    }
}
