//! The networks against PyTorch, layer by layer: values, gradients and running statistics, by both kinds of
//! statistics. `reference.py` builds the networks in PyTorch from their papers and writes what they compute.
//!
//! Without a Python that has PyTorch (Debian: `apt-get install python3-torch`) the tests say so and pass; under
//! CI=true they fail then.

mod damaged;
mod reference;

use burn::backend::Autodiff;
use burn::module::Param;
use burn::tensor::Tensor;
use dnc_core::EmbeddingLayout;
use dnc_train::architecture::{Backbone, Graph};
use dnc_train::network::{ConvUnit, Network, Statistics};
use dnc_train::weights;
use reference::Reference;

/// Vulkan or the GPU where the crate is built for one, else the CPU; as in the unit tests.
#[cfg(feature = "vulkan")]
type Inner = burn::backend::Vulkan;
#[cfg(all(feature = "cuda", not(feature = "vulkan")))]
type Inner = burn::backend::Cuda;
#[cfg(not(any(feature = "cuda", feature = "vulkan")))]
type Inner = burn_flex::Flex;
type B = Autodiff<Inner>;

/// Largest difference allowed, as a part of the largest value of the layer.
const TOLERANCE: f32 = 1e-4;
/// The same for gradients: where an input of a ReLU lies within rounding of 0, one side's gradient passes and the
/// other's does not, and each is right. One such pixel is worth 1e-4 of a weight's gradient here, and on a GPU, whose sums
/// run in another order, some more of them lie so: 2e-3 in the first layer of ResNet-50 on Vulkan.
const GRADIENT_TOLERANCE: f32 = if cfg!(any(feature = "cuda", feature = "vulkan")) { 5e-3 } else { 1e-3 };
/// Weight of a batch in the running statistics: PyTorch's default, and the trainer's.
const MOMENTUM: f64 = 0.1;

fn network(backbone: Backbone) -> Network<B> {
    Network::new(backbone.graph(1.0), EmbeddingLayout::new(8, 1).unwrap(), 1, &Default::default())
}

/// Panics with the layer's name where two rows of values differ.
#[track_caller]
fn close(what: &str, ours: &[f32], theirs: &[f32]) {
    close_within(TOLERANCE, what, ours, theirs);
}

#[track_caller]
fn close_within(tolerance: f32, what: &str, ours: &[f32], theirs: &[f32]) {
    assert_eq!(ours.len(), theirs.len(), "{what}: number of values");
    let scale = theirs.iter().fold(0f32, |m, v| m.max(v.abs()));
    let worst = ours.iter().zip(theirs).fold(0f32, |m, (a, b)| m.max((a - b).abs()));
    // Written so that NaN fails as well.
    assert!(scale > 0.0 && worst <= tolerance * scale, "{what}: off by {worst:e} at values up to {scale:e}");
}

fn values<const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().into_vec().unwrap()
}

/// N×H×W×C in PyTorch's order.
fn channels_first(tensor: Tensor<B, 4>) -> Vec<f32> {
    values(tensor.permute([0, 3, 1, 2]))
}

/// The unit and the part of it that torchvision's `name` means.
fn unit<'a>(network: &'a Network<B>, name: &str) -> (&'a ConvUnit<B>, &'static str) {
    let (layer, what) = name.rsplit_once('.').unwrap();
    let found = network.graph().convs().zip(&network.units).find_map(|(conv, unit)| match what {
        "weight" if conv.conv_name == layer => Some((unit, "convolution")),
        "weight" if conv.norm_name == layer => Some((unit, "gamma")),
        "bias" if conv.norm_name == layer => Some((unit, "beta")),
        "running_mean" if conv.norm_name == layer => Some((unit, "mean")),
        "running_var" if conv.norm_name == layer => Some((unit, "variance")),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no {name} in the network"))
}

/// (k²·C_in)×C_out as C_out×C_in×k×k, the taps last.
fn torch_order(weight: Tensor<Inner, 2>, taps: usize) -> Vec<f32> {
    let [rows, c_out] = weight.dims();
    let weight: Tensor<Inner, 3> = weight.reshape([taps, rows / taps, c_out]).permute([2, 1, 0]);
    weight.into_data().into_vec().unwrap()
}

fn vector(param: &Param<Tensor<B, 1>>) -> Vec<f32> {
    values(param.val())
}

fn compare_gradients(network: &Network<B>, features: Tensor<B, 2>, reference: &Reference, mode: &str) {
    let pull = Tensor::<B, 2>::from_data(reference.data("pull"), &Default::default());
    let grads = (features * pull).sum().backward();
    let prefix = format!("{mode}.gradient.");
    let names = reference.names(&prefix);
    assert!(names.len() > 5, "{names:?}");
    for name in names {
        let (unit, part) = unit(network, &name);
        let ours = match part {
            "convolution" => {
                let sides = reference.shape(&format!("{prefix}{name}"));
                torch_order(unit.weight.val().grad(&grads).unwrap(), sides[2] * sides[3])
            }
            "gamma" => unit.gamma.val().grad(&grads).unwrap().into_data().into_vec().unwrap(),
            "beta" => unit.beta.val().grad(&grads).unwrap().into_data().into_vec().unwrap(),
            other => panic!("{name} is a {other}: statistics have no gradient"),
        };
        let what = format!("{mode} statistics, gradient of {name}");
        close_within(GRADIENT_TOLERANCE, &what, &ours, &reference.values(&format!("{prefix}{name}")));
    }
}

/// Every value of the graph, in its order, so that the first layer that differs is the one named.
fn compare_layers(graph: &Graph, trace: Vec<(String, Tensor<B, 4>)>, reference: &Reference, mode: &str) {
    assert_eq!(trace.len(), graph.nodes.len());
    for (name, value) in trace {
        close(
            &format!("{mode} statistics, {name}"),
            &channels_first(value),
            &reference.values(&format!("{mode}.{name}")),
        );
    }
}

fn compare(backbone: Backbone, name: &str) {
    let Some(reference) = Reference::make(name) else { return };
    let mut network = weights::load(network(backbone), &reference.path("weights.pth"), &Default::default()).unwrap();
    for same in ["legacy.pt", "weights.safetensors"] {
        let other = weights::load(crate::network(backbone), &reference.path(same), &Default::default()).unwrap();
        for (a, b) in network.units.iter().zip(&other.units) {
            assert_eq!(a.weight.val().into_data(), b.weight.val().into_data(), "{same}");
            assert_eq!(a.running_var.val().into_data(), b.running_var.val().into_data(), "{same}");
        }
    }
    let input = |i: usize| {
        let x = Tensor::<B, 4>::from_data(reference.data(&format!("input.{i}")), &Default::default());
        x.permute([0, 2, 3, 1])
    };

    compare_layers(network.graph(), network.trace(input(0), Statistics::Running), &reference, "running");
    let features = network.features(input(0));
    close("running statistics, features", &values(features.clone()), &reference.values("running.features"));
    compare_gradients(&network, features, &reference, "running");

    compare_layers(network.graph(), network.trace(input(0), Statistics::Batch), &reference, "batch");
    let (features, first) = network.features_with_batch(input(0));
    close("batch statistics, features", &values(features.clone()), &reference.values("batch.features"));
    compare_gradients(&network, features, &reference, "batch");

    // Two steps' statistics, the variance unbiased: with 8 values a channel in the last layers, biased ones would
    // be off by an eighth.
    let (_, second) = network.features_with_batch(input(1));
    network = network.update_running(first, MOMENTUM).update_running(second, MOMENTUM);
    let names = reference.names("after.");
    assert_eq!(names.len(), 2 * network.units.len());
    for name in names {
        let (unit, part) = unit(&network, &name);
        let ours = vector(if part == "mean" { &unit.running_mean } else { &unit.running_var });
        close(&format!("after two steps, {name}"), &ours, &reference.values(&format!("after.{name}")));
    }
}

/// torchvision's own networks and files: names, shapes and the classifier to be left out are its, not ours.
#[test]
fn torchvisions_own_state_dicts_give_its_own_features() {
    for (backbone, name) in
        [(Backbone::MobilenetV2, "mobilenet_v2"), (Backbone::Resnet18, "resnet18"), (Backbone::Resnet50, "resnet50")]
    {
        let Some(reference) = Reference::by("torchvision_reference.py", "torchvision", name) else { return };
        let network = weights::load(network(backbone), &reference.path("weights.pth"), &Default::default()).unwrap();
        let x = Tensor::<B, 4>::from_data(reference.data("input"), &Default::default()).permute([0, 2, 3, 1]);
        close(name, &values(network.features(x)), &reference.values("features"));
    }
}

#[test]
fn mobilenet_v2_equals_pytorch_layer_by_layer() {
    compare(Backbone::MobilenetV2, "mobilenet-v2");
}

#[test]
fn resnet_18_equals_pytorch_layer_by_layer() {
    compare(Backbone::Resnet18, "resnet-18");
}

#[test]
fn resnet_50_equals_pytorch_layer_by_layer() {
    compare(Backbone::Resnet50, "resnet-50");
}
