//! The one description of a network. Its Burn module runs from it, the exporter walks it, the weights loader
//! names its tensors from it.

mod builder;
mod mobilenet_v2;
mod resnet;
mod small;

use serde::{Deserialize, Serialize};

pub use crate::ops::{Activation, ConvSpec, PoolSpec};
pub use mobilenet_v2::mobilenet_v2;
pub use resnet::{resnet_18, resnet_50};
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
    /// The largest value of each window, channel by channel.
    MaxPool {
        /// torchvision's name of it, as `maxpool`.
        name: String,
        /// Value it reads.
        input: ValueId,
        /// Window, stride, padding.
        spec: PoolSpec,
    },
    /// Sum of two values of one shape, then the activation.
    Add {
        /// torchvision's name of the block that ends here, as `layer1.0`.
        name: String,
        /// First value.
        a: ValueId,
        /// Second value.
        b: ValueId,
        /// Applied to the sum.
        activation: Activation,
    },
}

impl Node {
    /// The name that its value goes by: the convolution's, the pool's, the block's.
    pub fn name(&self) -> &str {
        match self {
            Self::Conv(conv) => &conv.conv_name,
            Self::MaxPool { name, .. } | Self::Add { name, .. } => name,
        }
    }
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
        self.spec.kernel.pow(2) * self.group_channels()
    }

    /// Input channels that one output channel sees.
    pub fn group_channels(&self) -> usize {
        if self.spec.depthwise { 1 } else { self.c_in }
    }

    /// Shape of its weights in a PyTorch file: C_out×C_in×k×k, C_in those of a group.
    pub fn torch_shape(&self) -> [usize; 4] {
        [self.c_out, self.group_channels(), self.spec.kernel, self.spec.kernel]
    }
}

impl Graph {
    /// Convolutions, in the order they run; their place here is their place in the network's parameters.
    pub fn convs(&self) -> impl Iterator<Item = &ConvNode> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Conv(conv) => Some(conv),
            Node::MaxPool { .. } | Node::Add { .. } => None,
        })
    }

    /// Trained values: the convolutions' weights, and scale and shift of their normalisations.
    pub fn parameters(&self) -> usize {
        self.convs().map(|conv| (conv.weight_rows() + 2) * conv.c_out).sum()
    }

    /// The node after which value `id` is not read any more; the last node keeps its own value.
    pub fn last_use(&self, id: ValueId) -> usize {
        self.nodes
            .iter()
            .rposition(|node| match node {
                Node::Conv(conv) => conv.input == id,
                Node::MaxPool { input, .. } => *input == id,
                Node::Add { a, b, .. } => *a == id || *b == id,
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
    /// ResNet-18 (He et al., CVPR 2016).
    #[value(name = "resnet-18")]
    #[serde(rename = "resnet-18")]
    Resnet18,
    /// ResNet-50 (the same), with the stride in the 3×3 convolution as torchvision has it.
    #[value(name = "resnet-50")]
    #[serde(rename = "resnet-50")]
    Resnet50,
    /// A short depthwise-separable network, for learning from scratch on small pictures.
    Small,
}

impl Backbone {
    /// Its description at a width multiplier (1 is the published width).
    pub fn graph(self, width: f64) -> Graph {
        match self {
            Self::MobilenetV2 => mobilenet_v2(width),
            Self::Resnet18 => resnet_18(width),
            Self::Resnet50 => resnet_50(width),
            Self::Small => small(width),
        }
    }
}
