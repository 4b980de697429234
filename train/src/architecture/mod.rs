//! The one description of a network. Its Burn module runs from it, the exporter walks it, the weights loader
//! names its tensors from it.

mod mobilenet_v2;
mod small;

use serde::{Deserialize, Serialize};

pub use crate::ops::{Activation, ConvSpec};
pub use mobilenet_v2::mobilenet_v2;
pub use small::small;

/// Value of a node, by its place in [`Graph::nodes`]; the network's input is 0.
pub type ValueId = usize;

/// A backbone: nodes in the order they run, the last one its feature map.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    /// Name and width, as `mobilenet_v2 width 0.5`.
    pub name: String,
    /// Nodes; node `i` gives value `i + 1`.
    pub nodes: Vec<Node>,
    /// Channels of the last value: width of the pooled features.
    pub features: usize,
}

/// One step of a network.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Convolution, batch normalisation, activation.
    Conv(ConvNode),
    /// Sum of two values of one shape.
    Add {
        /// First value.
        a: ValueId,
        /// Second value.
        b: ValueId,
    },
}

/// A convolution with its batch normalisation and activation.
#[derive(Debug, Clone, PartialEq)]
pub struct ConvNode {
    /// Value it reads.
    pub input: ValueId,
    /// torchvision's name of the convolution, as `features.0.0`.
    pub conv_name: String,
    /// torchvision's name of the normalisation, as `features.0.1`.
    pub norm_name: String,
    /// Input channels.
    pub c_in: usize,
    /// Output channels.
    pub c_out: usize,
    /// Kernel, stride, padding, grouping, activation.
    pub spec: ConvSpec,
}

impl ConvNode {
    /// Rows of its weight matrix: kernel² · input channels of a group.
    pub fn weight_rows(&self) -> usize {
        self.spec.kernel.pow(2) * if self.spec.depthwise { 1 } else { self.c_in }
    }
}

impl Graph {
    /// Convolutions, in the order they run; their place here is their place in the network's parameters.
    pub fn convs(&self) -> impl Iterator<Item = &ConvNode> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Conv(conv) => Some(conv),
            Node::Add { .. } => None,
        })
    }

    /// The node after which value `id` is not read any more; the last node keeps its own value.
    pub fn last_use(&self, id: ValueId) -> usize {
        self.nodes
            .iter()
            .rposition(|node| match node {
                Node::Conv(conv) => conv.input == id,
                Node::Add { a, b } => *a == id || *b == id,
            })
            .unwrap_or(self.nodes.len())
    }
}

/// Backbones that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Backbone {
    /// MobileNetV2 (Sandler et al., CVPR 2018).
    #[value(name = "mobilenet-v2")]
    #[serde(rename = "mobilenet-v2")]
    MobilenetV2,
    /// A short depthwise-separable network, for learning from scratch on small pictures.
    Small,
}

impl Backbone {
    /// Its description at a width multiplier (1 is the published width).
    pub fn graph(self, width: f64) -> Graph {
        match self {
            Self::MobilenetV2 => mobilenet_v2(width),
            Self::Small => small(width),
        }
    }
}
