//! A small network for learning from scratch in minutes: the quick start's.

use super::{Activation, ConvNode, ConvSpec, Graph, Node};

/// Output channels and stride of each block at width 1: a depthwise 3×3 convolution, then a 1×1 convolution
/// (Howard et al., "MobileNets", 2017, section 3.1).
const BLOCKS: [(usize, usize); 5] = [(64, 2), (96, 1), (128, 2), (192, 1), (256, 2)];
/// Output channels of the first 3×3 convolution, of stride 2.
const STEM: usize = 32;

/// One dense convolution and five depthwise-separable blocks, each convolution with batch normalisation and
/// ReLU; channels scaled by `width` to multiples of 8. Total stride 16.
pub fn small(width: f64) -> Graph {
    let scaled = |channels: usize| ((channels as f64 * width / 8.0).round() as usize * 8).max(8);
    let mut nodes = Vec::new();
    let mut c_in = 3;
    let mut conv = |name: String, c_out: usize, kernel: usize, stride: usize, depthwise: bool| {
        let activation = Activation::Relu;
        let spec = ConvSpec { kernel, stride, padding: kernel / 2, depthwise, activation };
        let (conv_name, norm_name) = (format!("{name}.0"), format!("{name}.1"));
        nodes.push(Node::Conv(ConvNode { input: nodes.len(), conv_name, norm_name, c_in, c_out, spec }));
        c_in = c_out;
    };
    conv("features.0".into(), scaled(STEM), 3, 2, false);
    let mut width_before = scaled(STEM);
    for (i, (channels, stride)) in BLOCKS.into_iter().enumerate() {
        conv(format!("features.{}.depthwise", i + 1), width_before, 3, stride, true);
        conv(format!("features.{}.pointwise", i + 1), scaled(channels), 1, 1, false);
        width_before = scaled(channels);
    }
    Graph { name: format!("small width {width}"), nodes, features: width_before }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_convolution_reads_what_the_one_before_gives() {
        for width in [0.25, 1.0, 1.5] {
            let graph = small(width);
            let convs: Vec<_> = graph.convs().collect();
            assert_eq!(convs.len(), 11);
            assert!(convs.windows(2).all(|w| w[0].c_out == w[1].c_in), "width {width}");
            assert!(convs.iter().all(|c| !c.spec.depthwise || c.c_in == c.c_out), "width {width}");
            assert_eq!(convs.iter().map(|c| c.spec.stride).product::<usize>(), 16);
            assert_eq!(convs[10].c_out, graph.features);
        }
    }
}
