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
        // A sum is in integers where both its terms are. Where only one is, it stays in float.
        for (i, node) in graph.nodes.iter().enumerate() {
            if let Node::Add { a, b, .. } = node {
                quantised[i + 1] |= quantised[*a] && quantised[*b];
            }
        }
        quantised
    }

    /// Names of the convolutions that are left in float.
    pub fn float_layers(&self, graph: &Graph) -> Vec<String> {
        let left = graph.convs().zip(&self.convs).filter(|(_, planned)| planned.is_none());
        left.map(|(conv, _)| conv.conv_name.clone()).collect()
    }
}
