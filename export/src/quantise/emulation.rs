//! The quantised network beside the float one on the same pictures, layer by layer, in float arithmetic: every rounding
//! that a runtime does is done, nothing is sped up. It shows what rounding shifts, and is what runtimes are compared
//! with.

use burn::tensor::{Tensor, TensorData};
use burn_flex::{Flex, FlexDevice};
use dnc_train::architecture::{Activation, ConvNode, ConvSpec, Node};
use dnc_train::ops;

use super::affine::Affine;
use super::plan::{ChannelScales, Plan};
use super::weights::round_trip;
use crate::folded::{FoldedConv, FoldedNetwork};

type Values = Tensor<Flex, 4>;

/// A convolution's outputs before the activation, N×H×W×C: of the float network and of the quantised one.
pub struct Outputs {
    float: Vec<f32>,
    quantised: Vec<f32>,
    channels: usize,
}

impl Outputs {
    /// How far the mean of each channel is shifted.
    pub fn shifts(&self) -> Vec<f32> {
        let mut sums = vec![0.0f64; self.channels];
        for (i, (float, quantised)) in self.float.iter().zip(&self.quantised).enumerate() {
            sums[i % self.channels] += f64::from(quantised - float);
        }
        let pixels = (self.float.len() / self.channels).max(1) as f64;
        sums.into_iter().map(|sum| (sum / pixels) as f32).collect()
    }
}

/// Runs both networks on N×H×W×3 input values. `correct` is shown the outputs of each convolution that is in integers,
/// by its place, and answers what is to be taken from its bias (C_out values) before the walk goes on.
///
/// Answers the last feature maps, N×H×W×C, of the float and of the quantised network.
pub fn walk(
    network: &FoldedNetwork,
    plan: &Plan,
    input: Vec<f32>,
    size: u32,
    mut correct: impl FnMut(usize, Outputs) -> Vec<f32>,
) -> (Vec<f32>, Vec<f32>) {
    let side = size as usize;
    let shape = [input.len() / (side * side * 3), side, side, 3];
    let quantised_values = plan.quantised_values(&network.graph);
    let read =
        |value: Values, id: usize| if quantised_values[id] { rounded(value, plan.activations[id]) } else { value };
    let float = tensor(input, shape);
    let mut values: Vec<Option<[Values; 2]>> = vec![Some([float.clone(), read(float, 0)])];
    let mut convs = network.convs.iter().enumerate();
    for (i, node) in network.graph.nodes.iter().enumerate() {
        let mut take = |id: usize| {
            let value = &mut values[id];
            let value = if network.graph.last_use(id) == i { value.take() } else { value.clone() };
            value.expect("a graph reads only values of earlier nodes")
        };
        let [float, quantised] = match node {
            Node::Conv(conv) => {
                let (at, numbers) = convs.next().expect("numbers for each convolution");
                let [float, quantised] = take(conv.input);
                let float = linear(float, conv, &numbers.weight, &numbers.bias);
                let quantised = match &plan.convs[at] {
                    None => linear(quantised, conv, &numbers.weight, &numbers.bias),
                    Some(planned) => {
                        let output = linear(quantised, conv, &rounded_weights(numbers, &planned.scales), &planned.bias);
                        let outputs = Outputs {
                            float: plain(float.clone()),
                            quantised: plain(output.clone()),
                            channels: conv.c_out,
                        };
                        minus(output, &correct(at, outputs))
                    }
                };
                [float, quantised].map(|value| activated(value, conv.spec.activation))
            }
            Node::MaxPool { input, spec, .. } => take(*input).map(|value| ops::max_pool(value, *spec)),
            Node::Add { a, b, activation, .. } => {
                let ([float_a, quantised_a], [float_b, quantised_b]) = (take(*a), take(*b));
                [ops::add(float_a, float_b, *activation), ops::add(quantised_a, quantised_b, *activation)]
            }
        };
        values.push(Some([float, read(quantised, i + 1)]));
    }
    let [float, quantised] = values.pop().flatten().expect("the last node's value is read by nobody");
    (plain(float), plain(quantised))
}

/// One picture's channel planes as H×W×C.
pub fn channels_last(planes: &[f32], channels: usize) -> Vec<f32> {
    let area = planes.len() / channels;
    (0..planes.len()).map(|i| planes[i % channels * area + i / channels]).collect()
}

fn tensor(values: Vec<f32>, shape: [usize; 4]) -> Values {
    Tensor::from_data(TensorData::new(values, shape), &FlexDevice)
}

fn plain(value: Values) -> Vec<f32> {
    value.into_data().into_vec().expect("the CPU backend computes in f32")
}

fn mapped(value: Values, map: impl Fn(usize, f32) -> f32) -> Values {
    let shape = value.dims();
    let values = plain(value).into_iter().enumerate().map(|(i, v)| map(i, v)).collect();
    tensor(values, shape)
}

fn rounded(value: Values, affine: Affine) -> Values {
    mapped(value, |_, v| affine.round_trip(v))
}

fn minus(value: Values, of_channel: &[f32]) -> Values {
    mapped(value, |i, v| v - of_channel[i % of_channel.len()])
}

fn activated(value: Values, activation: Activation) -> Values {
    match activation {
        Activation::None => value,
        Activation::Relu => mapped(value, |_, v| v.max(0.0)),
        Activation::Relu6 => mapped(value, |_, v| v.clamp(0.0, 6.0)),
    }
}

fn rounded_weights(numbers: &FoldedConv, scales: &ChannelScales) -> Vec<f32> {
    let filters = numbers.filters().zip(&scales.0);
    filters.flat_map(|(filter, scale)| filter.iter().map(|w| round_trip(*w, *scale))).collect()
}

/// The convolution without its activation; `weight` is C_out×C_in×k×k.
fn linear(input: Values, conv: &ConvNode, weight: &[f32], bias: &[f32]) -> Values {
    let (taps, group, c_out) = (conv.spec.kernel.pow(2), conv.group_channels(), conv.c_out);
    // As the kernels take them: (k·k·C_in)×C_out.
    let mut rows = vec![0.0; weight.len()];
    for (i, value) in weight.iter().enumerate() {
        let (out, rest) = (i / (group * taps), i % (group * taps));
        rows[(rest % taps * group + rest / taps) * c_out + out] = *value;
    }
    let rows = Tensor::from_data(TensorData::new(rows, [taps * group, c_out]), &FlexDevice);
    let bias = Tensor::from_data(TensorData::new(bias.to_vec(), [c_out]), &FlexDevice);
    ops::conv(input, rows, Some(bias), ConvSpec { activation: Activation::None, ..conv.spec })
}

#[cfg(test)]
mod tests {
    use super::super::calibration::{Calibrator, tests::pictures};
    use super::super::{Calibrated, Observer, Recipe, plan};
    use super::*;
    use crate::folded::tests::random;
    use dnc_train::architecture::Backbone;

    /// Some pictures' channel planes, one after the other, as N×H×W×C.
    fn all_channels_last(planes: &[Vec<f32>], channels: usize) -> Vec<f32> {
        planes.iter().flat_map(|picture| channels_last(picture, channels)).collect()
    }

    #[test]
    fn the_float_side_is_the_network() {
        for backbone in [Backbone::MobilenetV2, Backbone::Resnet18] {
            let network = random(backbone, 0.25, 8, 2);
            let read = pictures(3, 32);
            let recipe = Recipe { observer: Observer::Mse, ..Recipe::best(plan::Scheme::Ort) };
            let quantised = Calibrated::of(network, 32, true, &read, &|_| ()).unwrap().quantise(recipe).unwrap();
            let input: Vec<_> = (0..3).map(|i| (read.read)(i).unwrap()).collect();
            let none = |_, outputs: Outputs| vec![0.0; outputs.channels];
            let (float, rounded) = walk(&quantised.network, &quantised.plan, all_channels_last(&input, 3), 32, none);
            let calibrator = Calibrator::new(&quantised.network, 32).unwrap();
            let maps: Vec<_> = (0..3)
                .map(|i| calibrator.values(&read, i).unwrap().swap_remove(quantised.network.graph.nodes.len()))
                .collect();
            let maps = all_channels_last(&maps, quantised.network.graph.features);
            let most = maps.iter().fold(0.0f32, |m, v| m.max(v.abs()));
            assert!(maps.iter().zip(&float).all(|(a, b)| (a - b).abs() < 1e-4 * most), "{backbone:?}");
            assert!(maps.iter().zip(&rounded).any(|(a, b)| (a - b).abs() > 1e-3 * most), "rounding shows");
        }
    }
}
