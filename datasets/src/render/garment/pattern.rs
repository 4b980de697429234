//! What is woven or printed all over the cloth.

use crate::render::random::Dice;

/// The kind of pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weave {
    Plain,
    Hoops,
    Pinstripes,
    Diagonals,
    Gingham,
    Tartan,
    Dots,
    Zigzag,
    Argyle,
    Blotches,
    Fade,
    Halves,
    Yoke,
    ChestBand,
}

/// A pattern over the cloth, in centimetres of cloth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pattern {
    pub(super) weave: Weave,
    /// Length after which it repeats, cm.
    pub(super) period: f32,
    /// Share of the second dye, 0..1.
    pub(super) share: f32,
    /// Where it starts, cm.
    pub(super) shift: f32,
}

impl Pattern {
    /// Any pattern; plain cloth is as common as three others.
    pub(super) fn draw(dice: &mut Dice) -> Self {
        use Weave::*;
        Self {
            weave: dice.pick([
                Plain, Plain, Plain, Hoops, Hoops, Pinstripes, Diagonals, Gingham, Tartan, Dots, Zigzag, Argyle,
                Blotches, Fade, Halves, Yoke, ChestBand, ChestBand,
            ]),
            period: dice.range(4.5, 13.0),
            share: dice.range(0.28, 0.62),
            shift: dice.range(0.0, 40.0),
        }
    }

    /// Shares of the three dyes at a point of the cloth: `u` cm round from the middle of the front, `v` cm down
    /// from the top, `length` cm the whole length.
    pub(super) fn at(&self, u: f32, v: f32, length: f32) -> [f32; 3] {
        let one = |dye: usize| std::array::from_fn(|i| f32::from(u8::from(i == dye)));
        let second = |yes: bool| one(usize::from(yes));
        let beat = |x: f32| wrap(x / self.period);
        match self.weave {
            Weave::Plain => one(0),
            Weave::Hoops => second(beat(v + self.shift) < self.share),
            Weave::Pinstripes => second(beat(u + 0.5 * self.share * self.period) < self.share),
            Weave::Diagonals => second(beat(0.7 * (u + v) + self.shift) < self.share),
            Weave::Gingham => {
                let lines = f32::from(u8::from(beat(u) < 0.5)) + f32::from(u8::from(beat(v + self.shift) < 0.5));
                [1.0 - 0.5 * lines, 0.5 * lines, 0.0]
            }
            Weave::Tartan => {
                let [x, y] = [beat(0.7 * u), beat(0.7 * v + self.shift)];
                let wide = f32::from(u8::from(x < 0.4)) + f32::from(u8::from(y < 0.4));
                let thin = (x - 0.7).abs() < 0.05 || (y - 0.7).abs() < 0.05;
                if thin { one(2) } else { [1.0 - 0.45 * wide, 0.45 * wide, 0.0] }
            }
            Weave::Dots => {
                let row = (v / (0.8 * self.period)).floor();
                let (x, y) = (wrap(u / self.period + 0.5 * row) - 0.5, wrap(v / (0.8 * self.period)) - 0.5);
                let radius = 0.18 + 0.28 * self.share;
                second(x * x + 0.64 * y * y < radius * radius)
            }
            Weave::Zigzag => {
                let wave = (wrap(u / (1.4 * self.period)) - 0.5).abs() * self.period;
                second(beat(v + wave + self.shift) < self.share)
            }
            Weave::Argyle => {
                let (x, y) = (beat(u) - 0.5, wrap(v / (1.4 * self.period)) - 0.5);
                let line = ((x - y).abs() - 0.5).abs() < 0.04 || ((x + y).abs() - 0.5).abs() < 0.04;
                if line { one(2) } else { second(x.abs() + y.abs() < 0.36 + 0.2 * self.share) }
            }
            Weave::Blotches => {
                let (x, y) = (u / self.period + self.shift, v / self.period);
                if noise(1.3 * x, 1.3 * y + 7.0) > 0.66 {
                    one(2)
                } else {
                    second(noise(x, y) < 0.24 + 0.5 * self.share)
                }
            }
            Weave::Fade => {
                let t = ((v / length - 0.55 * self.share) * 1.7).clamp(0.0, 1.0);
                [1.0 - t, t, 0.0]
            }
            Weave::Halves => second(u > 0.0),
            Weave::Yoke => second(v < length * (0.1 + 0.5 * self.share)),
            Weave::ChestBand => {
                let (y, half) = (v - length * (0.2 + 0.3 * self.share), 0.3 * self.period + 1.5);
                if y.abs() < half {
                    one(1)
                } else if (y.abs() - half - 2.0).abs() < 0.9 {
                    one(2)
                } else {
                    one(0)
                }
            }
        }
    }
}

/// Fractional part, not negative.
fn wrap(x: f32) -> f32 {
    x - x.floor()
}

/// Smooth noise of unit wavelength, 0..=1.
pub(super) fn noise(x: f32, y: f32) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (s, t) = (ease(x - left), ease(y - top));
    let corner = |i: i32, j: i32| lattice(left as i32 + i, top as i32 + j);
    let upper = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * s;
    let lower = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * s;
    upper + (lower - upper) * t
}

/// A scrambled value for a lattice point, 0..1. The multipliers are the usual ones of integer hashes.
fn lattice(x: i32, y: i32) -> f32 {
    let mut bits = (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x2C1B_3C6D);
    bits = (bits ^ (bits >> 12)).wrapping_mul(0x297A_2D39);
    ((bits ^ (bits >> 15)) >> 8) as f32 / 16_777_216.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::random::Purpose;

    #[test]
    fn shares_add_to_one_everywhere() {
        let mut dice = Dice::new(1, Purpose::Identity, [0; 3]);
        for _ in 0..200 {
            let pattern = Pattern::draw(&mut dice);
            for _ in 0..50 {
                let shares = pattern.at(dice.within(45.0), dice.range(0.0, 120.0), 70.0);
                assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{pattern:?}: {shares:?}");
                assert!(shares.iter().all(|s| (0.0..=1.0).contains(s)), "{pattern:?}: {shares:?}");
            }
        }
    }
}
