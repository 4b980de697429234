//! Files that somebody made to harm: what is not refused is told of, in memory and time that the file's length bounds.

use std::path::Path;

use prost::Message;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto};

use super::read::parse;
use super::{Report, inspect};
use crate::folded::tests::random;
use crate::onnx::{Form, Numbers, model};
use crate::quantise::calibration::tests::pictures;
use crate::quantise::plan::Scheme;
use crate::quantise::{Calibrated, Recipe};
use crate::tensorrt::lint;
use dnc_train::architecture::Backbone;

/// Reads, inspects and lints.
fn look(bytes: &[u8]) -> Result<Report, String> {
    let model = parse(Path::new("hostile.onnx"), bytes).map_err(|error| error.to_string())?;
    lint(&model);
    inspect(&model, bytes.len() as u64, &[]).map_err(|error| error.to_string())
}

fn quantised() -> ModelProto {
    let network = random(Backbone::Small, 0.25, 10, 4);
    let read = pictures(2, 32);
    let calibrated = Calibrated::of(network, 32, true, &read, &|_| ()).unwrap();
    let quantised = calibrated.quantise(Recipe::best(Scheme::Ort)).unwrap();
    model(&quantised.network, Form { numbers: Numbers::Int8(&quantised.plan), ..Form::plain(32) }, &[])
}

fn node(op: &str, inputs: &[&str], output: &str, attribute: Vec<AttributeProto>) -> NodeProto {
    let input = inputs.iter().map(|input| (*input).to_owned()).collect();
    NodeProto { op_type: op.into(), input, output: vec![output.into()], attribute, ..Default::default() }
}

fn ints(name: &str, ints: Vec<i64>) -> AttributeProto {
    AttributeProto { name: name.into(), ints, ..Default::default() }
}

fn integers(name: &str, values: Vec<i64>) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: vec![values.len() as i64],
        data_type: 7,
        int64_data: values,
        ..Default::default()
    }
}

fn file(node: Vec<NodeProto>, initializer: Vec<TensorProto>) -> Vec<u8> {
    let graph = GraphProto { node, initializer, ..Default::default() };
    ModelProto { graph: Some(graph), ..Default::default() }.encode_to_vec()
}

#[test]
fn a_file_cut_anywhere_is_refused_by_name() {
    let whole = quantised().encode_to_vec();
    assert!(look(&whole).is_ok());
    for cut in (0..whole.len()).step_by(whole.len() / 80) {
        let error = look(&whole[..cut]).unwrap_err();
        assert!(error.contains("hostile.onnx"), "{cut}: {error}");
    }
}

#[test]
fn changed_bytes_are_told_or_refused() {
    let whole = quantised().encode_to_vec();
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut told = 0;
    for _ in 0..400 {
        let mut bytes = whole.clone();
        for _ in 0..rng.random_range(1..6) {
            let at = rng.random_range(0..bytes.len());
            bytes[at] = rng.random();
        }
        told += usize::from(look(&bytes).is_ok());
    }
    assert!((51..400).contains(&told), "{told}: most changes fall into weights, some into the structure");
}

#[test]
fn attributes_of_any_value_are_told_or_refused() {
    let whole = quantised();
    let nodes = whole.graph.as_ref().unwrap().node.len();
    let extremes = [i64::MIN, i64::MIN + 1, -1, 0, 1, 1 << 40, i64::MAX];
    let mut told = 0;
    for at in 0..nodes {
        for value in extremes {
            let mut changed = whole.clone();
            let node = &mut changed.graph.as_mut().unwrap().node[at];
            for attribute in &mut node.attribute {
                attribute.i = value;
                attribute.ints.fill(value);
                attribute.floats.fill(f32::NAN);
                attribute.f = f32::INFINITY;
            }
            // More of them than axes.
            node.attribute.iter_mut().for_each(|a| a.ints.extend([value; 3]));
            told += usize::from(look(&changed.encode_to_vec()).is_ok());
        }
    }
    assert_eq!(told, nodes * extremes.len(), "an attribute makes a size unknown, no more");
}

#[test]
fn two_bytes_for_a_node_are_counted_before_they_are_read() {
    let nodes = [0x0a, 0x00].repeat(600_000);
    let mut bytes = vec![0x3a];
    prost::encoding::encode_varint(nodes.len() as u64, &mut bytes);
    bytes.extend(nodes);
    let error = look(&bytes).unwrap_err();
    assert!(error.contains("hostile.onnx") && error.contains("number of nodes"), "{error}");
}

#[test]
fn graphs_within_graphs_end_somewhere() {
    let mut graph = GraphProto::default();
    for _ in 0..200 {
        let inner = AttributeProto { name: "body".into(), g: Some(graph), ..Default::default() };
        graph = GraphProto { node: vec![node("Loop", &[], "out", vec![inner])], ..Default::default() };
    }
    let bytes = ModelProto { graph: Some(graph), ..Default::default() }.encode_to_vec();
    let error = look(&bytes).unwrap_err();
    assert!(error.contains("nesting"), "{error}");
}

#[test]
fn one_graph_within_another_and_operators_of_others_are_welcome() {
    let inner = GraphProto { node: vec![node("Relu", &["x"], "y", vec![])], ..Default::default() };
    let body = AttributeProto { name: "then_branch".into(), g: Some(inner), ..Default::default() };
    let mut own = node("Attention", &["a"], "b", vec![]);
    own.domain = "their.own".into();
    let report = look(&file(vec![node("If", &["c"], "a", vec![body]), own], vec![])).unwrap();
    let ops: Vec<&str> = report.layers.iter().map(|layer| layer.op.as_str()).collect();
    assert_eq!((ops, report.totals.unknown), (vec!["If", "their.own.Attention"], 2));
}

#[test]
fn values_that_double_with_every_node_are_forgotten() {
    let name = |at: usize| format!("v{at}");
    for op in ["Concat", "Gather"] {
        let axis = AttributeProto { name: "axis".into(), i: 0, ..Default::default() };
        let doubled = |at: usize| node(op, &[&name(at), &name(at)], &name(at + 1), vec![axis.clone()]);
        // Rank 2, so that a Gather's grows.
        let mut first = integers("v0", vec![0; 4]);
        if op == "Gather" {
            first.dims = vec![2, 2];
        }
        let report = look(&file((0..60).map(doubled).collect(), vec![first])).unwrap();
        assert_eq!(report.layers.len(), 60, "{op}");
        assert_eq!(report.layers[59].shape == "?", op == "Gather", "{op}: {}", report.layers[59].shape);
    }
}

#[test]
fn long_lists_of_sizes_and_axes_take_no_more_than_they_are() {
    let many = || vec![1i64; 2_000_000];
    let of = |op: &str, name: &str| {
        let made = node(op, &["v"], "out", vec![ints(name, many())]);
        look(&file(vec![made], vec![integers("v", vec![1; 8])])).unwrap().layers[0].shape.clone()
    };
    assert_eq!(of("Split", "split"), "1");
    assert_eq!([of("Unsqueeze", "axes"), of("Reshape", "shape"), of("Pad", "pads")], ["?", "?", "?"]);
}

#[test]
fn a_name_made_twice_and_a_node_of_too_many_inputs_are_refused() {
    let twice = file(vec![node("Relu", &["a"], "b", vec![]), node("Relu", &["a"], "b", vec![])], vec![]);
    let error = look(&twice).unwrap_err();
    assert!(error.contains("\"b\" is made twice"), "{error}");
    let error = look(&file(vec![node("Concat", &["a"; 1025], "all", vec![])], vec![])).unwrap_err();
    assert!(error.contains("1025") && error.contains("1024"), "{error}");
}
