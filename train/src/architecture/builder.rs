//! A graph under construction, and the rule by which widths scale channels.

use super::{Activation, ConvNode, ConvSpec, Graph, Node, PoolSpec, ValueId};

/// `channels` · `width` to the nearest multiple of 8, never more than a tenth below (torchvision's
/// `_make_divisible`).
pub fn scaled(channels: usize, width: f64) -> usize {
    let exact = channels as f64 * width;
    let rounded = (((exact + 4.0) / 8.0) as usize * 8).max(8);
    if (rounded as f64) < 0.9 * exact { rounded + 8 } else { rounded }
}

/// A dense convolution that keeps the size at stride 1.
pub fn dense(kernel: usize, stride: usize, activation: Activation) -> ConvSpec {
    ConvSpec { kernel, stride, padding: kernel / 2, depthwise: false, activation }
}

/// Nodes so far, with the last value's channels: the next convolution reads that value.
pub struct Builder {
    nodes: Vec<Node>,
    channels: usize,
}

impl Builder {
    /// A graph that has its input alone: pictures of 3 channels.
    pub fn new() -> Self {
        Self { nodes: Vec::new(), channels: 3 }
    }

    /// The value that the next node reads.
    pub fn last(&self) -> ValueId {
        self.nodes.len()
    }

    /// Channels of that value.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// A convolution of the last value; `names` are its own and its normalisation's.
    pub fn conv(&mut self, names: (String, String), c_out: usize, spec: ConvSpec) {
        self.conv_of((self.last(), self.channels), names, c_out, spec);
    }

    /// A convolution of an earlier value, given with its channels.
    pub fn conv_of(&mut self, value: (ValueId, usize), names: (String, String), c_out: usize, spec: ConvSpec) {
        let ((input, c_in), (conv_name, norm_name)) = (value, names);
        self.nodes.push(Node::Conv(ConvNode { input, conv_name, norm_name, c_in, c_out, spec }));
        self.channels = c_out;
    }

    /// The largest of each window of the last value.
    pub fn max_pool(&mut self, name: &str, spec: PoolSpec) {
        self.nodes.push(Node::MaxPool { name: name.into(), input: self.last(), spec });
    }

    /// The sum of two values that have the last one's channels.
    pub fn add(&mut self, name: String, (a, b): (ValueId, ValueId), activation: Activation) {
        self.nodes.push(Node::Add { name, a, b, activation });
    }

    /// The whole graph.
    pub fn graph(self, name: String) -> Graph {
        Graph { name, features: self.channels, nodes: self.nodes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_rounded_as_torchvision_does() {
        assert_eq!([32, 16, 24, 160, 320].map(|c| scaled(c, 0.35)), [16, 8, 8, 56, 112]);
        assert_eq!([32, 24].map(|c| scaled(c, 1.4)), [48, 32]);
    }
}
