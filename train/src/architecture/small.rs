//! A small plain network for learning from scratch in minutes: the quick start's.

use super::{Activation, ConvNode, ConvSpec, Graph, Node};

/// Output channels and stride of each 3×3 convolution, at width 1.
const LAYERS: [(usize, usize); 5] = [(32, 2), (64, 2), (96, 1), (128, 2), (192, 2)];

/// Five 3×3 convolutions, each with batch normalisation and ReLU; channels scaled by `width` to multiples of 8.
pub fn small(width: f64) -> Graph {
    let mut c_in = 3;
    let nodes = LAYERS
        .iter()
        .enumerate()
        .map(|(i, (channels, stride))| {
            let c_out = ((*channels as f64 * width / 8.0).round() as usize * 8).max(8);
            let conv = ConvNode {
                input: i,
                conv_name: format!("features.{i}.0"),
                norm_name: format!("features.{i}.1"),
                c_in,
                c_out,
                spec: ConvSpec {
                    kernel: 3,
                    stride: *stride,
                    padding: 1,
                    depthwise: false,
                    activation: Activation::Relu,
                },
            };
            c_in = c_out;
            Node::Conv(conv)
        })
        .collect();
    Graph { name: format!("small width {width}"), nodes, features: c_in }
}
