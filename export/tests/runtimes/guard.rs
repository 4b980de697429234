//! The check that a device makes of a model file lets every file through that is written here, at full width and size.

use dnc_core::EmbeddingLayout;
use dnc_edge::runtime::check_model;
use dnc_export::folded::{FoldedConv, FoldedHead, FoldedNetwork};
use dnc_export::onnx::{Form, Numbers, OPSETS, model};
use dnc_export::quantise::affine::{Affine, Integers};
use dnc_export::quantise::plan::{ChannelScales, Plan, QuantisedConv, Scheme};
use dnc_train::architecture::Backbone;
use prost::Message;

const LEARNERS: usize = 4;

/// A network of the shapes of `backbone`, all weights alike: what they are is not looked at.
fn network(backbone: Backbone, width: f64, dim: usize) -> FoldedNetwork {
    let graph = backbone.graph(width);
    let conv = |c: &dnc_train::architecture::ConvNode| FoldedConv {
        weight: vec![0.1; c.torch_shape().iter().product()],
        bias: vec![0.1; c.c_out],
    };
    let convs = graph.convs().map(conv).collect();
    let layout = EmbeddingLayout::new(dim, LEARNERS).unwrap();
    let head = FoldedHead { weight: vec![0.1; graph.features * dim], bias: vec![0.1; dim], layout };
    FoldedNetwork { graph, convs, head }
}

/// Every convolution in integers, or every second one.
fn plan(network: &FoldedNetwork, scheme: Scheme, every: usize) -> Plan {
    let step = Affine::covering(-1.0, 1.0, if scheme == Scheme::Ort { Integers::Unsigned } else { Integers::Signed });
    let conv = |c: usize| QuantisedConv { scales: ChannelScales(vec![0.01; c]), bias: vec![0.0; c] };
    let convs = network.graph.convs().enumerate().map(|(at, c)| (at % every == 0).then(|| conv(c.c_out)));
    let head = Some((step, ChannelScales(vec![0.01; network.head.layout.dim()])));
    Plan { scheme, activations: vec![step; network.graph.nodes.len() + 1], convs: convs.collect(), head }
}

fn check(network: &FoldedNetwork, form: Form<'_>, what: &str) {
    let onnx = model(network, form, &[("space_id", "s".into())]).encode_to_vec();
    let side = form.size as usize;
    if let Err(error) = check_model(&onnx, [3, side, side]) {
        panic!("{what}, {} px, operator set {}, batch {:?}: {error}", form.size, form.opset, form.batch);
    }
}

#[test]
fn every_file_that_is_written_may_be_run() {
    for (backbone, width) in [
        (Backbone::MobilenetV2, 1.0),
        (Backbone::MobilenetV2, 1.4),
        (Backbone::Resnet18, 1.0),
        (Backbone::Resnet50, 1.0),
        (Backbone::Small, 1.0),
    ] {
        // An even cut and an uneven one.
        for dim in [128, 130] {
            let network = network(backbone, width, dim);
            let what = format!("{backbone:?} × {width}, d {dim}");
            for size in [32, 224, 512] {
                check(&network, Form::plain(size), &what);
                check(&network, Form { features: true, batch: Some(8), ..Form::plain(size) }, &what);
                check(&network, Form { numbers: Numbers::F16, ..Form::plain(size) }, &what);
            }
            for scheme in [Scheme::Ort, Scheme::Tensorrt, Scheme::WeightsOnly] {
                for every in [1, 2] {
                    let plan = plan(&network, scheme, every);
                    let form = Form { numbers: Numbers::Int8(&plan), ..Form::plain(224) };
                    check(&network, form, &format!("{what}, {scheme:?}"));
                }
            }
            if width <= 1.0 && dim == 130 && backbone != Backbone::Resnet50 {
                OPSETS.for_each(|opset| check(&network, Form { opset, ..Form::plain(32) }, &what));
            }
        }
    }
}
