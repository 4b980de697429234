//! Random numbers that depend only on the seed, the thing drawn and its purpose.
//!
//! Every value is made from ChaCha8 words with our own arithmetic, so a later `rand` release that samples ranges
//! in another way cannot change a picture.

use rand::{Rng, SeedableRng, rngs::ChaCha8Rng};

/// What a stream of random numbers is for. Each purpose has its own ChaCha stream, so adding a draw to one
/// never shifts another.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// Layout of the whole set: order of cameras.
    Cameras = 1,
    /// Attributes of an identity.
    Identity = 2,
    /// What is fixed about a camera or room.
    Site = 3,
    /// Viewpoint, light and lens of one picture.
    Shot = 4,
    /// What is around the subject of one picture.
    Clutter = 5,
    /// Things in front of the subject of one picture.
    Occluder = 6,
    /// Sensor noise of one picture.
    Noise = 7,
    /// Folds of one picture's garment.
    Folds = 8,
}

/// A stream of random numbers.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream for `purpose` of the thing numbered `key` (identity, camera, picture; 0 where unused).
    pub(super) fn new(seed: u64, purpose: Purpose, key: [u64; 3]) -> Self {
        let mut bytes = [0u8; 32];
        for (chunk, word) in bytes.chunks_exact_mut(8).zip([seed, key[0], key[1], key[2]]) {
            chunk.copy_from_slice(&word.to_le_bytes());
        }
        let mut rng = ChaCha8Rng::from_seed(bytes);
        rng.set_stream(purpose as u64);
        Self(rng)
    }

    /// Uniform in [0, 1), in steps of 2⁻²⁴ (exact in f32).
    pub(super) fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / 16_777_216.0
    }

    /// Uniform in [low, high).
    pub(super) fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Uniform in [-half, half).
    pub(super) fn within(&mut self, half: f32) -> f32 {
        self.range(-half, half)
    }

    /// True with probability `p`.
    pub(super) fn chance(&mut self, p: f32) -> bool {
        self.unit() < p
    }

    /// Uniform in 0..n; 0 where n is 0. The bias of the multiply is below n/2³², nothing for our short lists.
    pub(super) fn below(&mut self, n: usize) -> usize {
        ((u64::from(self.0.next_u32()) * n as u64) >> 32) as usize
    }

    /// One of `options`.
    pub(super) fn pick<T: Copy, const N: usize>(&mut self, options: [T; N]) -> T {
        const { assert!(N > 0) };
        options[self.below(N)]
    }

    /// Nearly normal, mean 0, deviation 1: four uniform values summed (no logarithm, whose last bit depends on
    /// the platform). Range ±3.46.
    pub(super) fn normal(&mut self) -> f32 {
        let sum = self.unit() + self.unit() + self.unit() + self.unit();
        (sum - 2.0) * 1.732_050_8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_purpose_and_key_and_repeat() {
        let first = |purpose, key| Dice::new(1, purpose, key).unit();
        assert_eq!(first(Purpose::Shot, [1, 2, 3]), first(Purpose::Shot, [1, 2, 3]));
        assert_ne!(first(Purpose::Shot, [1, 2, 3]), first(Purpose::Noise, [1, 2, 3]));
        assert_ne!(first(Purpose::Shot, [1, 2, 3]), first(Purpose::Shot, [1, 3, 2]));
    }

    #[test]
    fn values_keep_their_ranges() {
        let mut dice = Dice::new(9, Purpose::Noise, [0; 3]);
        let mut sum = 0.0;
        for _ in 0..4000 {
            assert!(dice.below(5) < 5);
            let value = dice.normal();
            assert!(value.abs() < 3.5);
            sum += value;
        }
        assert!((sum / 4000.0).abs() < 0.08, "mean of a normal stream: {}", sum / 4000.0);
    }
}
