//! What of a network is quantised, and how: what the ONNX writer goes by.

use dnc_train::architecture::{Graph, Node};

use super::affine::Affine;

/// Which runtime a quantised graph is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// ONNX Runtime: activations u8, weights s8, biases s32.
    Ort,
    /// TensorRT: activations and weights s8 with zero point 0, biases left in float.
    Tensorrt,
    /// tract: weights s8, everything else in float.
    WeightsOnly,
}

/// Scale of each output channel of a weight tensor; integers are symmetric.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelScales(pub Vec<f32>);

/// A convolution in integers.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantisedConv {
    /// Scales of its weights.
    pub scales: ChannelScales,
    /// Its bias, C_out values, which takes back what rounding the weights shifts; a convolution that stays in float
    /// keeps the network's own.
    pub bias: Vec<f32>,
}

/// The plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Runtime it is made for.
    pub scheme: Scheme,
    /// Form of each value of the graph, by [`dnc_train::architecture::ValueId`], were it quantised.
    pub activations: Vec<Affine>,
    /// Each convolution of the graph; `None` leaves it in float.
    pub convs: Vec<Option<QuantisedConv>>,
    /// Likewise of the embedding layer, with its input's form: the pooled features.
    pub head: Option<(Affine, ChannelScales)>,
}

impl Plan {
    /// Whether each value is an integer between its producer and its readers: where the producer computes in
    /// integers, or one reader does. A float reader of such a value reads it dequantised, so that a producer in
    /// integers never has a float output (runtimes would run it in float then).
    ///
    /// A sum is in integers where both its terms are. Where only one is, beside a layer that is left in float, TensorRT
    /// wants the other quantised too (see [`crate::tensorrt::Rule::Sum`]); ONNX Runtime adds in float, and the float
    /// layer's output is left as it is.
    pub fn quantised_values(&self, graph: &Graph) -> Vec<bool> {
        let mut quantised = vec![false; graph.nodes.len() + 1];
        if self.scheme == Scheme::WeightsOnly {
            return quantised;
        }
        let mut convs = self.convs.iter();
        for (i, node) in graph.nodes.iter().enumerate() {
            match node {
                Node::Conv(conv) => {
                    if convs.next().is_some_and(Option::is_some) {
                        quantised[conv.input] = true;
                        quantised[i + 1] = true;
                    }
                }
                // It runs on integers as well as on floats: as what it reads.
                Node::MaxPool { input, .. } => quantised[i + 1] = quantised[*input],
                Node::Add { .. } => {}
            }
        }
        // A term is often a sum itself, of this block's first place or of one before: until nothing changes.
        loop {
            let before = quantised.clone();
            for (i, node) in graph.nodes.iter().enumerate() {
                let Node::Add { a, b, .. } = node else { continue };
                if self.scheme == Scheme::Tensorrt && (quantised[*a] || quantised[*b]) {
                    (quantised[*a], quantised[*b]) = (true, true);
                }
                quantised[i + 1] |= quantised[*a] && quantised[*b];
            }
            if quantised == before {
                return quantised;
            }
        }
    }

    /// Names of the convolutions that are left in float.
    pub fn float_layers(&self, graph: &Graph) -> Vec<String> {
        let left = graph.convs().zip(&self.convs).filter(|(_, planned)| planned.is_none());
        left.map(|(conv, _)| conv.conv_name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::affine::Integers;
    use super::*;
    use dnc_train::architecture::Backbone;

    /// Every convolution in integers but those at `float`.
    fn plan(graph: &Graph, scheme: Scheme, float: &[usize]) -> Plan {
        let step = Affine::covering(-1.0, 1.0, Integers::Signed);
        let conv = |c: usize| QuantisedConv { scales: ChannelScales(vec![0.01; c]), bias: vec![0.0; c] };
        let convs = graph.convs().enumerate().map(|(at, c)| (!float.contains(&at)).then(|| conv(c.c_out))).collect();
        Plan { scheme, activations: vec![step; graph.nodes.len() + 1], convs, head: None }
    }

    /// Sums of which one term alone is an integer.
    fn uneven(graph: &Graph, quantised: &[bool]) -> usize {
        let sums = graph.nodes.iter().filter_map(|node| match node {
            Node::Add { a, b, .. } => Some((*a, *b)),
            Node::Conv(_) | Node::MaxPool { .. } => None,
        });
        sums.filter(|(a, b)| quantised[*a] != quantised[*b]).count()
    }

    #[test]
    fn both_terms_of_a_sum_are_integers_for_tensorrt_whatever_is_left_in_float() {
        for backbone in [Backbone::MobilenetV2, Backbone::Resnet18] {
            let graph = backbone.graph(1.0);
            let layers = graph.convs().count();
            let mut uneven_for_ort = 0;
            for first in 0..layers {
                // One layer, and every third from there on.
                for float in [vec![first], (first..layers).step_by(3).collect()] {
                    let of = |scheme| plan(&graph, scheme, &float).quantised_values(&graph);
                    assert_eq!(uneven(&graph, &of(Scheme::Tensorrt)), 0, "{backbone:?} {float:?}");
                    uneven_for_ort += uneven(&graph, &of(Scheme::Ort));
                }
            }
            assert!(uneven_for_ort > 0, "{backbone:?}: some float layer ends in a sum");
        }
    }

    #[test]
    fn what_is_wholly_in_float_has_no_integers() {
        let graph = Backbone::Resnet18.graph(1.0);
        let all: Vec<usize> = (0..graph.convs().count()).collect();
        for scheme in [Scheme::Ort, Scheme::Tensorrt] {
            assert!(!plan(&graph, scheme, &all).quantised_values(&graph).contains(&true));
        }
        assert!(!plan(&graph, Scheme::WeightsOnly, &[]).quantised_values(&graph).contains(&true));
    }
}
