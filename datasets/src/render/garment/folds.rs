//! Folds of the cloth.

use super::pose::Stance;
use crate::render::geometry::sin_cos;
use crate::render::random::Dice;

/// A ridge, or a valley where `height` is negative, along a straight line of the cloth.
#[derive(Clone, Copy, Debug)]
struct Crease {
    across: f32,
    along: f32,
    /// Sine and cosine of the angle from level.
    direction: [f32; 2],
    half_length: f32,
    half_width: f32,
    height: f32,
}

/// Waves round a free hem.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waves {
    pub(super) count: usize,
    /// Degrees.
    pub(super) phase: f32,
    /// At the hem.
    pub(super) height: f32,
    /// Where they start, and the hem.
    pub(super) span: [f32; 2],
}

/// The folds of one piece in one picture. Lengths in cm.
#[derive(Clone, Debug)]
pub(super) struct Folds {
    creases: Vec<Crease>,
    /// Half of the piece's width, laid flat.
    half_width: f32,
    waves: Option<Waves>,
}

impl Folds {
    /// Creases of a piece `length` cm long; `bend` is where a joint crumples it.
    pub(super) fn draw(dice: &mut Dice, stance: Stance, half_width: f32, length: f32, bend: Option<f32>) -> Self {
        let strength = dice.range(0.7, 1.6) * if stance == Stance::Lying { 0.6 } else { 1.0 };
        // As many for each length of cloth.
        let count = (length / 70.0 * half_width / 22.0 * dice.range(9.0, 20.0)) as usize + 3;
        let steep = if stance == Stance::Hanging { 80.0 } else { 38.0 };
        let mut creases: Vec<Crease> = (0..count)
            .map(|_| {
                let slope = if stance == Stance::Lying { dice.within(90.0) } else { steep + dice.within(40.0) };
                Crease {
                    across: dice.within(1.0),
                    along: dice.range(0.15, 1.0) * length,
                    direction: sin_cos(slope * dice.pick([-1.0, 1.0])).into(),
                    half_length: dice.range(0.25, 0.75) * half_width.max(8.0),
                    half_width: dice.range(1.6, 3.6),
                    height: strength * dice.range(0.35, 1.1) * dice.pick([-0.7, 1.0]),
                }
            })
            .collect();
        if let Some(bend) = bend {
            creases.extend((0..4).map(|i| Crease {
                across: dice.within(1.0),
                along: bend + (i as f32 - 1.5) * 3.4 + dice.within(1.0),
                direction: sin_cos(dice.within(22.0)).into(),
                half_length: half_width * 1.3,
                half_width: dice.range(1.3, 2.0),
                height: 0.85 * strength,
            }));
        }
        Self { creases, half_width, waves: None }
    }

    /// The same with a flared hem.
    pub(super) fn with_waves(self, waves: Waves) -> Self {
        Self { waves: Some(waves), ..self }
    }

    /// Height of the cloth at a point.
    pub(super) fn height(&self, across: f32, along: f32) -> f32 {
        let mut sum = 0.0;
        for crease in &self.creases {
            let mut round = across - crease.across;
            if round > 1.0 {
                round -= 2.0;
            } else if round < -1.0 {
                round += 2.0;
            }
            let (u, v) = (2.0 * round * self.half_width, along - crease.along);
            let [sin, cos] = crease.direction;
            let (p, q) = ((u * cos + v * sin) / crease.half_length, (v * cos - u * sin) / crease.half_width);
            if p.abs() < 1.0 && q.abs() < 1.0 {
                let bump = (1.0 - q * q) * (1.0 - q * q) * (1.0 - p * p);
                sum += crease.height * bump;
            }
        }
        if let Some(Waves { count, phase, height, span: [from, to] }) = self.waves {
            let t = ((along - from) / (to - from)).clamp(0.0, 1.0);
            sum += height * t * sin_cos(180.0 * across * count as f32 + phase).0;
        }
        sum
    }
}
