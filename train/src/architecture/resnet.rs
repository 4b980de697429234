//! ResNet-18 and ResNet-50 (He et al., CVPR 2016, table 1), with torchvision's names.
//!
//! As in torchvision, a bottleneck block halves the picture in its 3×3 convolution, where the paper does in the
//! first 1×1: published ImageNet weights are of this form.

use super::builder::{Builder, dense, scaled};
use super::{Activation, Graph, PoolSpec};

/// Inner channels of the four stages.
const STAGES: [usize; 4] = [64, 128, 256, 512];

/// What a residual block is made of.
#[derive(Clone, Copy)]
enum Block {
    /// Two 3×3 convolutions.
    Basic,
    /// 1×1, 3×3, and a 1×1 convolution to four times the inner channels.
    Bottleneck,
}

/// ResNet-18 with all channels scaled by `width`.
pub fn resnet_18(width: f64) -> Graph {
    resnet(Block::Basic, [2, 2, 2, 2], width).graph(format!("resnet_18 width {width}"))
}

/// ResNet-50 with all channels scaled by `width`.
pub fn resnet_50(width: f64) -> Graph {
    resnet(Block::Bottleneck, [3, 4, 6, 3], width).graph(format!("resnet_50 width {width}"))
}

fn resnet(block: Block, repeats: [usize; 4], width: f64) -> Builder {
    let mut b = Builder::new();
    b.conv(("conv1".into(), "bn1".into()), scaled(64, width), dense(7, 2, Activation::Relu));
    b.max_pool("maxpool", PoolSpec { kernel: 3, stride: 2, padding: 1 });
    for (stage, (channels, repeats)) in STAGES.into_iter().zip(repeats).enumerate() {
        for repeat in 0..repeats {
            let stride = if stage > 0 && repeat == 0 { 2 } else { 1 };
            residual(&mut b, &format!("layer{}.{repeat}", stage + 1), block, scaled(channels, width), stride);
        }
    }
    b
}

/// One block: its convolutions, the input beside them (through a 1×1 convolution where sizes differ), their sum
/// through ReLU.
fn residual(b: &mut Builder, name: &str, block: Block, inner: usize, stride: usize) {
    use Activation::{None, Relu};
    let (input, c_in) = (b.last(), b.channels());
    let names = |i: usize| (format!("{name}.conv{i}"), format!("{name}.bn{i}"));
    let c_out = match block {
        Block::Basic => {
            b.conv(names(1), inner, dense(3, stride, Relu));
            b.conv(names(2), inner, dense(3, 1, None));
            inner
        }
        Block::Bottleneck => {
            b.conv(names(1), inner, dense(1, 1, Relu));
            b.conv(names(2), inner, dense(3, stride, Relu));
            b.conv(names(3), inner * 4, dense(1, 1, None));
            inner * 4
        }
    };
    let main = b.last();
    let mut beside = input;
    if stride != 1 || c_in != c_out {
        let names = (format!("{name}.downsample.0"), format!("{name}.downsample.1"));
        b.conv_of((input, c_in), names, c_out, dense(1, stride, None));
        beside = b.last();
    }
    b.add(name.to_owned(), (main, beside), Relu);
}

#[cfg(test)]
mod tests {
    use super::super::Node;
    use super::*;

    #[test]
    fn parameters_are_torchvisions_without_the_classifier() {
        assert_eq!(resnet_18(1.0).parameters(), 11_176_512);
        assert_eq!(resnet_50(1.0).parameters(), 23_508_032);
        assert_eq!((resnet_18(1.0).features, resnet_50(1.0).features), (512, 2048));
    }

    #[test]
    fn names_are_torchvisions() {
        let graph = resnet_50(1.0);
        let names: Vec<_> = graph.nodes.iter().map(Node::name).collect();
        let first = ["conv1", "maxpool", "layer1.0.conv1", "layer1.0.conv2", "layer1.0.conv3", "layer1.0.downsample.0"];
        assert_eq!(names[..6], first);
        assert_eq!((names[6], *names.last().unwrap()), ("layer1.0", "layer4.2"));
        let strided: Vec<_> = graph.convs().filter(|c| c.spec.stride == 2).map(|c| c.conv_name.as_str()).collect();
        assert_eq!(strided[1..3], ["layer2.0.conv2", "layer2.0.downsample.0"], "halved in the 3×3 convolution");
        // Only the first block of a stage needs a convolution beside it, in ResNet-18 not even in stage 1.
        let beside = |g: Graph| g.convs().filter(|c| c.conv_name.contains("downsample")).count();
        assert_eq!((beside(resnet_18(1.0)), beside(resnet_50(1.0))), (3, 4));
    }

    #[test]
    fn width_scales_every_channel() {
        let (half, whole) = (resnet_50(0.5), resnet_50(1.0));
        assert_eq!(half.features, 1024);
        assert!(half.convs().zip(whole.convs()).all(|(h, w)| h.c_out * 2 == w.c_out));
    }
}
