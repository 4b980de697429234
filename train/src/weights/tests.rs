//! Weights files written here: of other networks, wrapped, cut, scrambled.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::backend::testing::Inner;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::*;
use crate::architecture::{Backbone, mobilenet_v2, resnet_18, resnet_50};

type Shapes = BTreeMap<String, Vec<usize>>;

fn network(graph: Graph) -> Network<Inner> {
    Network::new(graph, dnc_core::EmbeddingLayout::new(8, 1).unwrap(), 1, &Default::default())
}

/// Every tensor that torchvision's state dict has for a graph, names behind `prefix`.
fn shapes(graph: &Graph, prefix: &str) -> Shapes {
    let mut shapes = Shapes::new();
    for conv in graph.convs() {
        shapes.insert(format!("{prefix}{}.weight", conv.conv_name), conv.torch_shape().to_vec());
        for what in ["weight", "bias", "running_mean", "running_var"] {
            shapes.insert(format!("{prefix}{}.{what}", conv.norm_name), vec![conv.c_out]);
        }
    }
    shapes.insert(format!("{prefix}fc.weight"), vec![3, graph.features]);
    shapes
}

/// A safetensors file; value `i` of a tensor is a function of its name and `i`.
fn write(shapes: &Shapes, value: impl Fn(&str, usize) -> f32) -> tempfile::TempPath {
    let (mut header, mut blob) = (serde_json::Map::new(), Vec::new());
    for (name, shape) in shapes {
        let start = blob.len();
        for i in 0..shape.iter().product() {
            blob.extend(value(name, i).to_le_bytes());
        }
        let entry = serde_json::json!({"dtype": "F32", "shape": shape, "data_offsets": [start, blob.len()]});
        header.insert(name.clone(), entry);
    }
    let header = serde_json::to_vec(&header).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let bytes = [&(header.len() as u64).to_le_bytes()[..], &header, &blob].concat();
    std::fs::write(file.path(), bytes).unwrap();
    file.into_temp_path()
}

fn some(name: &str, i: usize) -> f32 {
    0.5 + ((name.len() * 31 + i) % 97) as f32 / 97.0
}

#[track_caller]
fn refused(graph: Graph, path: &Path, words: &[&str]) {
    let error = load(network(graph), path, &Default::default()).unwrap_err().to_string();
    for word in words {
        assert!(error.contains(word), "{word:?} is not in: {error}");
    }
}

#[test]
fn wrapped_names_give_the_same_weights() {
    let graph = || resnet_18(0.125);
    let unprefixed = |name: &str, i: usize| some(name.rsplit("e.").next().unwrap(), i);
    let mut loaded = Vec::new();
    for prefix in ["", "module.", "backbone."] {
        let path = write(&shapes(&graph(), prefix), unprefixed);
        let network = load(network(graph()), &path, &Default::default()).unwrap();
        let last = network.units.last().unwrap();
        loaded.push((network.units[0].weight.val().into_data(), last.running_var.val().into_data()));
    }
    assert!(loaded.windows(2).all(|w| w[0] == w[1]));
    // Row (tap · C_in + input) of column `out` is what PyTorch has at (out, input, tap).
    let first: Vec<f32> = loaded[0].0.clone().into_vec().unwrap();
    let (out, input, tap) = (5, 2, 30);
    assert_eq!(first[(tap * 3 + input) * 8 + out], some("conv1.weight", (out * 3 + input) * 49 + tap));
}

#[test]
fn another_network_is_named_with_its_flags() {
    let resnet = write(&shapes(&resnet_18(0.25), ""), some);
    let needed = ["no tensor features.0.0.weight", "bn1.bias", "give --backbone resnet-18 --width 0.25"];
    refused(mobilenet_v2(0.35), &resnet, &needed);
    let half = write(&shapes(&mobilenet_v2(0.5), "module."), some);
    refused(resnet_18(0.25), &half, &["no tensor conv1.weight", "give --backbone mobilenet-v2 --width 0.5"]);
    let shape = ["features.0.0.weight", "[16, 3, 3, 3]", "[48, 3, 3, 3]", "give --backbone mobilenet-v2 --width 0.5"];
    refused(mobilenet_v2(1.4), &half, &shape);
    // Both begin with the same stem: the first tensor that differs is in the first block.
    let bottleneck = ["layer1.0.conv1.weight", "[16, 16, 3, 3]", "[16, 16, 1, 1]", "give --backbone resnet-18"];
    refused(resnet_50(0.25), &resnet, &bottleneck);
}

#[test]
fn a_deeper_network_of_the_family_is_refused() {
    // ResNet-34 has every tensor of ResNet-18.
    let mut deeper = shapes(&resnet_18(0.125), "");
    deeper.insert("layer1.2.conv1.weight".into(), vec![8, 8, 3, 3]);
    let path = write(&deeper, some);
    refused(resnet_18(0.125), &path, &["layer1.2.conv1.weight", "[8, 8, 3, 3]", "deeper network"]);
    // A head beside the blocks is no such thing.
    let mut head = shapes(&resnet_18(0.125), "");
    head.insert("decoder.weight".into(), vec![8, 64, 3, 3]);
    assert!(load(network(resnet_18(0.125)), &write(&head, some), &Default::default()).is_ok());
}

#[test]
fn every_backbone_is_recognised_by_its_weights() {
    for (backbone, width, flags) in [
        (Backbone::MobilenetV2, 1.0, "--backbone mobilenet-v2"),
        (Backbone::Resnet18, 0.25, "--backbone resnet-18 --width 0.25"),
        (Backbone::Resnet50, 0.25, "--backbone resnet-50 --width 0.25"),
        (Backbone::Small, 0.25, "--backbone small --width 0.25"),
    ] {
        let path = write(&shapes(&backbone.graph(width), "backbone."), some);
        assert_eq!(recognise::flags(&WeightsFile::open(&path).unwrap()).as_deref(), Some(flags));
    }
}

#[test]
fn values_that_cannot_be_weights_are_refused() {
    let (graph, name) = (|| resnet_18(0.125), "layer2.0.conv1.weight");
    let zeros = write(&shapes(&graph(), ""), |n, i| if n == name { 0.0 } else { some(n, i) });
    refused(graph(), &zeros, &[name, "zeros only", "another copy"]);
    let nan = write(&shapes(&graph(), ""), |n, i| if n == name && i == 3 { f32::NAN } else { some(n, i) });
    refused(graph(), &nan, &[name, "no numbers"]);
}

#[test]
fn cut_and_scrambled_files_are_errors() {
    let good = std::fs::read(write(&shapes(&resnet_18(0.03), ""), some)).unwrap();
    let header = 8 + u64::from_le_bytes(good[..8].try_into().unwrap()) as usize;
    let file = tempfile::NamedTempFile::new().unwrap();
    let opened = |bytes: &[u8]| {
        std::fs::write(file.path(), bytes).unwrap();
        WeightsFile::open(file.path()).map(|f| f.names().len())
    };
    for length in [0, 1, 7, 8, 9, 100, header - 1, header, header + 1, good.len() - 1] {
        let error = opened(&good[..length]).unwrap_err().to_string();
        assert!(error.contains("cannot read weights") && error.contains("weights fetch"), "{length}: {error}");
    }
    // Whatever a scrambled header says, it is an error or a file: never a panic.
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..300 {
        let mut bytes = good.clone();
        for _ in 0..rng.random_range(1..4) {
            bytes[rng.random_range(0..header)] = rng.random();
        }
        let _ = opened(&bytes);
    }
}

#[test]
fn a_file_of_another_kind_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"no weights at all").unwrap();
    refused(mobilenet_v2(0.35), file.path(), &["cannot read weights", "weights fetch"]);
    refused(mobilenet_v2(0.35), &PathBuf::from("/nowhere/at.pth"), &["cannot read weights", "/nowhere/at.pth"]);
}
