//! Bias correction (Nagel et al., "Data-free quantization through weight equalization and bias correction", ICCV 2019,
//! section 4.2): rounded weights shift a channel's mean output; its bias takes the shift back. The mean input comes
//! from calibration pictures instead of batch normalisation's statistics.

use dnc_train::architecture::ConvNode;

use super::plan::ChannelScales;
use super::ranges::ChannelRanges;
use super::weights::round_trip;
use crate::folded::FoldedConv;

/// Corrects the biases of a convolution that reads a value of these `ranges`.
pub fn correct(numbers: &mut FoldedConv, conv: &ConvNode, scales: &ChannelScales, ranges: &ChannelRanges) {
    let taps = conv.spec.kernel.pow(2);
    let shifts: Vec<f32> = numbers
        .filters()
        .zip(&scales.0)
        .enumerate()
        .map(|(out, (filter, scale))| {
            let error = |taps: &[f32]| taps.iter().map(|w| round_trip(*w, *scale) - w).sum::<f32>();
            let channels = filter.chunks_exact(taps).enumerate();
            channels.map(|(c, taps)| error(taps) * ranges.mean(if conv.spec.depthwise { out } else { c })).sum()
        })
        .collect();
    for (bias, shift) in numbers.bias.iter_mut().zip(shifts) {
        *bias -= shift;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folded::tests::random;
    use crate::quantise::weights::{Limits, scales};
    use dnc_train::architecture::Backbone;

    /// The mean output of a convolution over constant inputs equals the unquantised one after the correction.
    #[test]
    fn the_mean_output_is_kept() {
        let network = random(Backbone::Small, 0.25, 8, 1);
        for (conv, numbers) in network.graph.convs().zip(&network.convs) {
            let inputs: Vec<f32> = (0..conv.c_in).map(|c| 0.3 + c as f32 * 0.1).collect();
            let mut ranges = ChannelRanges::new(conv.c_in);
            ranges.add(&inputs);
            let limits = Limits { bias: None, pairs: false };
            let steps = scales(numbers.filters().map(|f| f.iter().map(|w| w * 3.0).collect()), limits);
            let mut corrected = numbers.clone();
            correct(&mut corrected, conv, &steps, &ranges);
            let taps = conv.spec.kernel.pow(2);
            let output = |filter: &[f32], out: usize, weight: &dyn Fn(f32) -> f32| -> f32 {
                let channel = |i: usize| if conv.spec.depthwise { out } else { i / taps };
                filter.iter().enumerate().map(|(i, w)| weight(*w) * inputs[channel(i)]).sum()
            };
            let mut shifted = 0.0f32;
            for (out, filter) in numbers.filters().enumerate() {
                let float = output(filter, out, &|w| w) + numbers.bias[out];
                let rounded = output(filter, out, &|w| round_trip(w, steps.0[out]));
                let size = float.abs().max(1.0);
                assert!((rounded + corrected.bias[out] - float).abs() < 1e-4 * size, "{} {out}", conv.conv_name);
                shifted = shifted.max((rounded + numbers.bias[out] - float).abs());
            }
            assert!(shifted > 1e-3, "without it the mean does move");
        }
    }
}
