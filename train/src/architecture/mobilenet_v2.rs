//! MobileNetV2 (Sandler et al., CVPR 2018, table 2), with torchvision's rounding of channels and names.

use super::builder::{Builder, dense, scaled};
use super::{Activation, ConvSpec, Graph};

/// Expansion, output channels, repeats, stride of the first repeat.
const STAGES: [(usize, usize, usize, usize); 7] =
    [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

/// MobileNetV2 with all channels but the last layer's scaled by `width` (the last one only above 1).
pub fn mobilenet_v2(width: f64) -> Graph {
    let mut b = Builder::new();
    let pair =
        |block: usize, conv: &str, norm: &str| (format!("features.{block}.{conv}"), format!("features.{block}.{norm}"));
    b.conv(pair(0, "0", "1"), scaled(32, width), dense(3, 2, Activation::Relu6));
    let mut block = 1;
    for (expansion, channels, repeats, first_stride) in STAGES {
        for repeat in 0..repeats {
            let stride = if repeat == 0 { first_stride } else { 1 };
            let (input, c_in, c_out) = (b.last(), b.channels(), scaled(channels, width));
            let mut part = 0;
            if expansion != 1 {
                let names = pair(block, "conv.0.0", "conv.0.1");
                b.conv(names, c_in * expansion, dense(1, 1, Activation::Relu6));
                part = 1;
            }
            let names = pair(block, &format!("conv.{part}.0"), &format!("conv.{part}.1"));
            let depthwise = ConvSpec { depthwise: true, ..dense(3, stride, Activation::Relu6) };
            b.conv(names, c_in * expansion, depthwise);
            let names = pair(block, &format!("conv.{}", part + 1), &format!("conv.{}", part + 2));
            b.conv(names, c_out, dense(1, 1, Activation::None));
            if stride == 1 && c_in == c_out {
                b.add(format!("features.{block}"), (input, b.last()), Activation::None);
            }
            block += 1;
        }
    }
    b.conv(pair(block, "0", "1"), scaled(1280, width.max(1.0)), dense(1, 1, Activation::Relu6));
    b.graph(format!("mobilenet_v2 width {width}"))
}

#[cfg(test)]
mod tests {
    use super::super::Node;
    use super::*;

    #[test]
    fn has_the_published_shape() {
        let graph = mobilenet_v2(1.0);
        assert_eq!((graph.convs().count(), graph.features), (52, 1280));
        assert_eq!(graph.nodes.len() - 52, 10, "ten residual sums");
        assert_eq!(graph.parameters(), 2_223_872, "torchvision's count without the classifier");
        let names: Vec<_> = graph.convs().map(|c| c.conv_name.as_str()).collect();
        assert_eq!(&names[..4], ["features.0.0", "features.1.conv.0.0", "features.1.conv.1", "features.2.conv.0.0"]);
        assert_eq!(names[51], "features.18.0");
    }

    #[test]
    fn the_last_layer_is_never_narrowed() {
        assert_eq!(mobilenet_v2(0.35).features, 1280);
    }

    #[test]
    fn values_are_freed_after_their_last_reader() {
        let graph = mobilenet_v2(1.0);
        for (i, node) in graph.nodes.iter().enumerate() {
            if let Node::Add { a, .. } = node {
                assert!(graph.last_use(*a) >= i);
            }
        }
        assert_eq!(graph.last_use(graph.nodes.len()), graph.nodes.len());
    }
}
