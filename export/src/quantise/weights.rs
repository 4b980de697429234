//! Steps of 8-bit weights: one for each output channel.

use super::affine::{Affine, Integers};
use super::plan::ChannelScales;

/// Steps tried for each channel: its largest weight at 127, then smaller ones at which it saturates.
const TRIES: usize = 24;
/// The largest part of the range that is given up.
const GIVEN_UP: f32 = 0.4;
/// A bias in steps of weight times input must stay below this; s32 ends at 2³¹.
const MOST_BIAS: f32 = (1u32 << 30) as f32;

/// The step of each channel's weights that has the least square error. `bias` and the step of the input, where the
/// bias becomes an s32 of their product: a channel of tiny weights takes a larger step then, since its bias would not
/// fit (MobileNetV2 has such channels; with a saturated bias they are what ruins it).
pub fn scales<'a>(channels: impl Iterator<Item = Vec<f32>> + 'a, bias: Option<(&'a [f32], f32)>) -> ChannelScales {
    let scales = channels.enumerate().map(|(c, weights)| {
        let best = least_error(&weights);
        match bias {
            Some((bias, input)) => best.max(bias[c].abs() / (input * MOST_BIAS)),
            None => best,
        }
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

    #[test]
    fn each_channel_has_its_own_step() {
        let channels = [vec![1.0, -0.5, 0.25], vec![0.001, 0.0005, -0.00025]];
        let ChannelScales(scales) = scales(channels.iter().cloned(), None);
        for (channel, scale) in channels.iter().zip(scales) {
            for weight in channel {
                assert!((round_trip(*weight, scale) - weight).abs() <= scale * 0.51, "{weight} at {scale}");
            }
        }
    }

    #[test]
    fn a_bias_always_fits() {
        let ChannelScales(tiny) = scales([vec![1e-9; 9], vec![0.5; 9]].into_iter(), Some((&[2.0, 2.0], 0.02)));
        for scale in &tiny {
            assert!(2.0 / (scale * 0.02) < i32::MAX as f32);
        }
        assert!(tiny[1] < 0.5 / 126.0, "a common channel keeps its step");
    }
}
