//! The steps of quantisation, one after the other.

use dnc_train::architecture::{ConvNode, Node};

use super::affine::{Affine, Integers};
use super::bias_correction::correct;
use super::calibration::{CalibrationError, Calibrator, Pictures};
use super::equalise::equalise;
use super::histogram::Histogram;
use super::observer::Observer;
use super::plan::{ChannelScales, Plan, QuantisedConv, Scheme};
use super::ranges::ChannelRanges;
use super::weights::{Limits, scales};
use crate::folded::FoldedNetwork;

/// How a network is quantised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recipe {
    /// Runtime it is made for.
    pub scheme: Scheme,
    /// Rule for the activations' ranges.
    pub observer: Observer,
    /// Whether channels are equalised first.
    pub equalise: bool,
    /// Whether biases are corrected at the end.
    pub correct_bias: bool,
    /// Whether the embedding layer is quantised too.
    pub head: bool,
}

impl Recipe {
    /// What gave the embeddings nearest to the float ones on held-out identities (benches/RESULTS.md).
    pub fn best(scheme: Scheme) -> Self {
        Self { scheme, observer: Observer::Mse, equalise: true, correct_bias: true, head: false }
    }
}

/// A network ready to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantised {
    /// Its numbers: equalised, still in float.
    pub network: FoldedNetwork,
    /// What becomes integers, with every layer quantised.
    pub plan: Plan,
}

/// Told of each picture seen, and of how many there will be.
pub type Progress<'a> = &'a (dyn Fn(usize) + Sync);

/// A network whose values were looked at: what every scheme starts from.
#[derive(Debug, Clone)]
pub struct Calibrated<'a> {
    network: FoldedNetwork,
    size: u32,
    pictures: &'a Pictures<'a>,
    /// Of each value, the pooled features last.
    histograms: Vec<Histogram>,
}

impl<'a> Calibrated<'a> {
    /// Looks at the values of `network` on `pictures` of `size` × `size` px, its channels equalised first where
    /// `equalised` says so; `seen` is told of each picture looked at (two passes over them).
    ///
    /// # Errors
    /// Where the network cannot be run on the pictures, or there is none.
    pub fn of(
        mut network: FoldedNetwork,
        size: u32,
        equalised: bool,
        pictures: &'a Pictures<'a>,
        seen: Progress<'_>,
    ) -> Result<Self, CalibrationError> {
        let mut ranges = Calibrator::new(&network, size)?.ranges(pictures, seen)?;
        if equalised {
            equalise(&mut network, &mut ranges);
        }
        let ends: Vec<_> = ranges.iter().map(ChannelRanges::whole).collect();
        let histograms = Calibrator::new(&network, size)?.histograms(pictures, &ends, seen)?;
        Ok(Self { network, size, pictures, histograms })
    }

    /// Quantises by `recipe`, all of whose steps but the equalisation are still to be done.
    ///
    /// # Errors
    /// Where a picture cannot be read again.
    pub fn quantise(&self, recipe: Recipe) -> Result<Quantised, CalibrationError> {
        let network = &self.network;
        let integers = match recipe.scheme {
            Scheme::Ort | Scheme::WeightsOnly => Integers::Unsigned,
            Scheme::Tensorrt => Integers::Signed,
        };
        let form = |histogram| recipe.observer.affine(histogram, integers);
        let mut activations: Vec<Affine> = self.histograms.iter().map(form).collect();
        for (i, node) in network.graph.nodes.iter().enumerate() {
            // The largest of some integers is one of them.
            if let Node::MaxPool { input, .. } = node {
                activations[i + 1] = activations[*input];
            }
        }
        let features = activations.pop().expect("the pooled features are the last value");
        let (convs, head) = weight_scales(network, recipe, &activations, features);
        let numbers = convs.into_iter().zip(&network.convs);
        let convs = numbers.map(|(scales, numbers)| Some(QuantisedConv { scales, bias: numbers.bias.clone() }));
        let mut plan = Plan { scheme: recipe.scheme, activations, convs: convs.collect(), head };
        if recipe.correct_bias {
            correct(network, &mut plan, self.size, self.pictures)?;
        }
        Ok(Quantised { network: network.clone(), plan })
    }
}

fn weight_scales(
    network: &FoldedNetwork,
    recipe: Recipe,
    activations: &[Affine],
    features: Affine,
) -> (Vec<ChannelScales>, Option<(Affine, ChannelScales)>) {
    // Only ONNX Runtime's form has integer biases, and is multiplied in pairs of 16 bits somewhere.
    let ort = recipe.scheme == Scheme::Ort;
    let convs = network.graph.convs().zip(&network.convs).map(|(node, numbers)| {
        let bias = ort.then_some((numbers.bias.as_slice(), activations[node.input].scale));
        // Depthwise convolutions have a kernel of their own there, of 32 bits.
        let limits = Limits { bias, pairs: ort && !node.spec.depthwise };
        scales(numbers.filters().map(|filter| as_multiplied(filter, node)), limits)
    });
    let head = recipe.head.then(|| {
        let (head, d) = (&network.head, network.head.layout.dim());
        let columns = (0..d).map(|c| head.weight.iter().skip(c).step_by(d).copied().collect());
        let bias = ort.then_some((head.bias.as_slice(), features.scale));
        (features, scales(columns, Limits { bias, pairs: ort }))
    });
    (convs.collect(), head)
}

/// A filter in the order of multiplication: tap by tap, the channels of one together.
fn as_multiplied(filter: &[f32], node: &ConvNode) -> Vec<f32> {
    let taps = node.spec.kernel.pow(2);
    (0..taps).flat_map(|tap| filter.iter().skip(tap).step_by(taps).copied()).collect()
}
