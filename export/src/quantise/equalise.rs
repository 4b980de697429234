//! Cross-layer equalisation (Nagel et al., "Data-free quantization through weight equalization and bias correction",
//! ICCV 2019, section 4.1): a channel between two convolutions is scaled up in the first and down in the second, so
//! that all channels of the value between them use its one 8-bit range alike. What the network computes stays the same.
//!
//! Three things differ from the paper. The range of a channel is the activation's, seen on calibration pictures, not the
//! first convolution's weights': with a step for each output channel these cost nothing. Beside the paper's factors others are
//! tried, and those taken that leave the least noise. And ReLU6 stays: a channel is
//! only ever scaled up, to 6 at most, so that the cut at 6 still cuts nothing that calibration has seen.

use dnc_train::architecture::{Activation, ConvNode, Graph, Node};

use super::ranges::ChannelRanges;
use crate::folded::FoldedNetwork;

/// Largest factor of a channel: one that hardly ever fires must not make its readers' weights vanish.
const LARGEST: f32 = 256.0;
/// Steps between factors of 1 and those that fill a value's range with every channel.
const FILLINGS: usize = 8;

/// Equalises every value that one convolution gives to one other alone; `ranges` (by value) become those of the
/// network's new values.
pub fn equalise(network: &mut FoldedNetwork, ranges: &mut [ChannelRanges]) {
    for (first, second) in pairs(&network.graph) {
        let (producer, reader) = (nth(&network.graph, first).clone(), nth(&network.graph, second).clone());
        let value = reader.input;
        let factors = factors(network, (second, &reader), producer.spec.activation, &ranges[value]);
        for (channel, factor) in factors.into_iter().enumerate() {
            scale_output(network, first, channel, factor);
            scale_input(network, (second, &reader), channel, 1.0 / factor);
            ranges[value].scale(channel, factor);
        }
    }
}

fn nth(graph: &Graph, at: usize) -> &ConvNode {
    graph.convs().nth(at).expect("a pair names convolutions of the graph")
}

/// Pairs of convolutions, by their place: the value of the first is read by the second and by nothing else.
fn pairs(graph: &Graph) -> Vec<(usize, usize)> {
    let mut readers: Vec<Vec<Option<usize>>> = vec![Vec::new(); graph.nodes.len() + 1];
    let mut producer: Vec<Option<usize>> = vec![None; graph.nodes.len() + 1];
    let mut conv_at = 0;
    for (i, node) in graph.nodes.iter().enumerate() {
        match node {
            Node::Conv(conv) => {
                readers[conv.input].push(Some(conv_at));
                producer[i + 1] = Some(conv_at);
                conv_at += 1;
            }
            Node::MaxPool { input, .. } => readers[*input].push(None),
            Node::Add { a, b, .. } => [a, b].into_iter().for_each(|value| readers[*value].push(None)),
        }
    }
    let pair = |value: usize| match (producer[value], readers[value].as_slice()) {
        (Some(first), [Some(second)]) => Some((first, *second)),
        _ => None,
    };
    (0..readers.len()).filter_map(pair).collect()
}

/// The factor of each channel: of several families of factors the one with the least noise behind the reader.
fn factors(
    network: &FoldedNetwork,
    (second, reader): (usize, &ConvNode),
    activation: Activation,
    ranges: &ChannelRanges,
) -> Vec<f32> {
    let seen: Vec<f32> = (0..ranges.low.len()).map(|c| ranges.largest(c)).collect();
    let weights: Vec<f32> = (0..seen.len()).map(|c| largest_weight(network, (second, reader), c)).collect();
    let top = match activation {
        Activation::Relu6 => 6.0,
        // Any scale will do: the range stays what it was.
        Activation::Relu | Activation::None => seen.iter().copied().fold(0.0, f32::max),
    };
    let share = seen.iter().zip(&weights).map(|(s, w)| s * w).fold(0.0, f32::max);
    let allowed = |channel: usize, factor: f32| {
        let fill = top / seen[channel];
        let factor = if activation == Activation::Relu6 { factor.clamp(1.0, fill.max(1.0)) } else { factor };
        // What never fired, and what nobody reads, stays.
        let alive = seen[channel] > 0.0 && weights[channel] > 0.0 && factor.is_finite();
        if alive { factor.clamp(1.0 / LARGEST, LARGEST) } else { 1.0 }
    };
    // Each channel fills a part of what it leaves of the range.
    let filling = (0..=FILLINGS).map(|i| {
        let part = i as f32 / FILLINGS as f32;
        (0..seen.len()).map(|c| allowed(c, (top / seen[c]).powf(part))).collect::<Vec<f32>>()
    });
    // The paper's equation 7: value and weights share the unevenness.
    let shared = (0..seen.len()).map(|c| allowed(c, top * (weights[c] / (seen[c] * share)).sqrt())).collect();
    let tried = filling.chain(std::iter::once(shared)).map(|f| (noise(network, (second, reader), ranges, &f), f));
    tried.reduce(|best, next| if next.0 < best.0 { next } else { best }).expect("one at least").1
}

/// Noise of rounding in the reader's output, over its signal, summed over output channels: errors of input and weights
/// are taken as independent and evenly spread over a step.
fn noise(
    network: &FoldedNetwork,
    (second, reader): (usize, &ConvNode),
    ranges: &ChannelRanges,
    factors: &[f32],
) -> f64 {
    let taps = reader.spec.kernel.pow(2);
    let variance: Vec<f64> = (0..factors.len()).map(|c| f64::from(ranges.variance(c))).collect();
    let (mut low, mut high) = (0.0f32, 0.0f32);
    for (c, factor) in factors.iter().enumerate() {
        low = low.min(ranges.low[c] * factor);
        high = high.max(ranges.high[c] * factor);
    }
    let input_step = f64::from(high - low) / 255.0;
    let output = |(out, filter): (usize, &[f32])| {
        let (mut signal, mut input, mut power, mut largest) = (0.0f64, 0.0f64, 0.0f64, 0.0f64);
        for (i, filter) in filter.chunks_exact(taps).enumerate() {
            let c = if reader.spec.depthwise { out } else { i };
            let factor = f64::from(factors[c]);
            let squares: f64 = filter.iter().map(|w| f64::from(*w).powi(2)).sum();
            let most = filter.iter().fold(0.0f32, |m, w| m.max(w.abs()));
            signal += squares * variance[c];
            input += squares / factor.powi(2);
            power += taps as f64 * variance[c] * factor.powi(2);
            largest = largest.max(f64::from(most) / factor);
        }
        let weight_step = largest / 127.0;
        if signal > 0.0 { (input * input_step.powi(2) + power * weight_step.powi(2)) / 12.0 / signal } else { 0.0 }
    };
    network.convs[second].filters().enumerate().map(output).sum()
}

/// Where the weights lie that one input channel of a convolution goes through.
fn taps_of(network: &FoldedNetwork, (at, conv): (usize, &ConvNode), channel: usize) -> Vec<std::ops::Range<usize>> {
    let taps = conv.spec.kernel.pow(2);
    if conv.spec.depthwise {
        return std::iter::once(channel * taps..(channel + 1) * taps).collect();
    }
    let filters = network.convs[at].bias.len();
    (0..filters).map(|out| (out * conv.c_in + channel) * taps).map(|start| start..start + taps).collect()
}

fn largest_weight(network: &FoldedNetwork, conv: (usize, &ConvNode), channel: usize) -> f32 {
    let weights = &network.convs[conv.0].weight;
    let taps = taps_of(network, conv, channel).into_iter().flat_map(|taps| &weights[taps]);
    taps.fold(0.0, |most, w| most.max(w.abs()))
}

fn scale_input(network: &mut FoldedNetwork, conv: (usize, &ConvNode), channel: usize, factor: f32) {
    for taps in taps_of(network, conv, channel) {
        network.convs[conv.0].weight[taps].iter_mut().for_each(|w| *w *= factor);
    }
}

fn scale_output(network: &mut FoldedNetwork, conv: usize, channel: usize, factor: f32) {
    let numbers = &mut network.convs[conv];
    let width = numbers.weight.len() / numbers.bias.len();
    numbers.weight[channel * width..(channel + 1) * width].iter_mut().for_each(|w| *w *= factor);
    numbers.bias[channel] *= factor;
}

#[cfg(test)]
mod tests {
    use super::super::calibration::{Calibrator, tests::pictures};
    use super::*;
    use crate::folded::tests::random;
    use dnc_train::architecture::Backbone;

    #[test]
    fn pairs_are_those_without_a_second_reader() {
        let graph = Backbone::MobilenetV2.graph(0.35);
        let found = pairs(&graph);
        // Every expansion and every depthwise convolution has one reader; of the 17 block outputs and the stem those
        // that go into no sum.
        let names: Vec<_> = found.iter().map(|(first, _)| nth(&graph, *first).conv_name.as_str()).collect();
        assert!(names.contains(&"features.0.0") && names.contains(&"features.1.conv.1"), "{names:?}");
        assert!(names.contains(&"features.2.conv.1.0") && !names.contains(&"features.2.conv.2"), "{names:?}");
        assert!(found.iter().all(|(first, second)| first < second));
    }

    #[test]
    fn the_network_computes_the_same_and_its_channels_are_more_alike() {
        for backbone in [Backbone::MobilenetV2, Backbone::Resnet18] {
            let network = random(backbone, 0.25, 8, 2);
            let read = pictures(6, 32);
            let calibrator = Calibrator::new(&network, 32).unwrap();
            let mut ranges = calibrator.ranges(&read, &|_| ()).unwrap();
            let unevenness = |ranges: &[ChannelRanges]| -> f64 {
                let value = |r: &ChannelRanges| {
                    let (_, top) = r.whole();
                    let fill: f32 = (0..r.low.len()).map(|c| r.largest(c) / top.max(1e-9)).sum();
                    1.0 - f64::from(fill) / r.low.len() as f64
                };
                pairs(&network.graph).iter().map(|(_, second)| value(&ranges[nth(&network.graph, *second).input])).sum()
            };
            let before = unevenness(&ranges);
            let mut equal = network.clone();
            equalise(&mut equal, &mut ranges);
            assert!(unevenness(&ranges) < before * 0.8, "{backbone:?}: {} of {before}", unevenness(&ranges));

            let after = Calibrator::new(&equal, 32).unwrap();
            let last = network.graph.nodes.len();
            let measured = after.ranges(&read, &|_| ()).unwrap();
            for value in 0..=last {
                for c in 0..ranges[value].low.len() {
                    let (told, seen) = (ranges[value].largest(c), measured[value].largest(c));
                    assert!((told - seen).abs() <= 1e-3 * seen.max(1e-2), "{backbone:?} {value} {c}: {told} {seen}");
                }
            }
            for picture in 0..6 {
                let [a, b] = [&calibrator, &after].map(|c| c.values(&read, picture).unwrap().pop().unwrap());
                let most = a.iter().fold(0.0f32, |m, v| m.max(v.abs()));
                assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-4 * most), "{backbone:?}");
            }
        }
    }
}
