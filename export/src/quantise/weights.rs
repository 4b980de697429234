//! Steps of 8-bit weights: one for each output channel.

use super::affine::{Affine, Integers};
use super::plan::ChannelScales;

/// Steps tried for each channel: its largest weight at 127, then smaller ones at which it saturates.
const TRIES: usize = 24;
/// The largest part of the range that is given up.
const GIVEN_UP: f32 = 0.4;
/// A bias in steps of weight times input must stay below this; s32 ends at 2³¹.
const MOST_BIAS: f32 = (1u32 << 30) as f32;

/// Two neighbouring weights in the order of multiplication must not exceed this many steps together, rounded up: on
/// x86-64 without VNNI, ONNX Runtime multiplies by `vpmaddubsw`, whose sum of two products of u8 and s8 saturates at
/// 16 bits, and 255 · 128 is what fits.
const MOST_PAIR: f32 = 127.0;

/// What a step has to take care of beside the weights' own error.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'a> {
    /// The channels' biases, with the step of the input: the bias becomes an s32 of the product of both steps. A
    /// channel of tiny weights takes a larger step then, since its bias would not fit.
    pub bias: Option<(&'a [f32], f32)>,
    /// Whether weights are multiplied in pairs of 16 bits.
    pub pairs: bool,
}

/// The step of each channel that has the least square error within `limits`. Weights come in the order in which they
/// are multiplied.
pub fn scales(channels: impl Iterator<Item = Vec<f32>>, limits: Limits<'_>) -> ChannelScales {
    let scales = channels.enumerate().map(|(c, weights)| {
        let mut step = least_error(&weights);
        if limits.pairs {
            let pair = weights.chunks(2).map(|pair| pair.iter().map(|w| w.abs()).sum::<f32>()).fold(0.0, f32::max);
            step = step.max(pair / MOST_PAIR);
        }
        if let Some((bias, input)) = limits.bias {
            step = step.max(bias[c].abs() / (input * MOST_BIAS));
        }
        step
    });
    ChannelScales(scales.collect())
}

fn least_error(weights: &[f32]) -> f32 {
    let largest = weights.iter().fold(0.0f32, |m, w| m.max(w.abs()));
    let tries = (0..TRIES).map(|i| {
        let range = largest * (1.0 - GIVEN_UP * i as f32 / TRIES as f32);
        let affine = Affine::covering(-range, range, Integers::Symmetric);
        let error: f64 = weights.iter().map(|w| f64::from(affine.round_trip(*w) - w).powi(2)).sum();
        (error, affine.scale)
    });
    tries.reduce(|best, next| if next.0 < best.0 { next } else { best }).expect("at least one try").1
}

/// What is left of a weight.
pub fn round_trip(weight: f32, scale: f32) -> f32 {
    Affine { scale, zero_point: 0, integers: Integers::Symmetric }.round_trip(weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Limits<'_> = Limits { bias: None, pairs: false };

    #[test]
    fn each_channel_has_its_own_step() {
        let channels = [vec![1.0, -0.5, 0.25], vec![0.001, 0.0005, -0.00025]];
        let ChannelScales(scales) = scales(channels.iter().cloned(), NONE);
        for (channel, scale) in channels.iter().zip(scales) {
            for weight in channel {
                assert!((round_trip(*weight, scale) - weight).abs() <= scale * 0.51, "{weight} at {scale}");
            }
        }
    }

    #[test]
    fn a_bias_always_fits() {
        let limits = Limits { bias: Some((&[2.0, 2.0], 0.02)), pairs: false };
        let ChannelScales(tiny) = scales([vec![1e-9; 9], vec![0.5; 9]].into_iter(), limits);
        for scale in &tiny {
            assert!(2.0 / (scale * 0.02) < i32::MAX as f32);
        }
        assert!(tiny[1] < 0.5 / 126.0, "a common channel keeps its step");
    }

    #[test]
    fn no_pair_of_products_saturates_at_16_bits() {
        use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for length in [1, 2, 7, 96] {
            let weights: Vec<f32> = (0..length).map(|_| rng.random_range(-1.0..1.0)).collect();
            let ChannelScales(step) = scales([weights.clone()].into_iter(), Limits { bias: None, pairs: true });
            let form = Affine { scale: step[0], zero_point: 0, integers: Integers::Symmetric };
            let largest = weights.chunks(2).map(|p| p.iter().map(|w| form.quantise(*w).abs()).sum::<i32>()).max();
            assert!(255 * largest.unwrap() <= i32::from(i16::MAX), "{length}: {largest:?}");
        }
    }
}
