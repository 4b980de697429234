//! Each rule alone: a small network as it is, then with one thing changed.

mod protos;

use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, SparseTensorProto, StringStringEntryProto,
    TensorProto, ValueInfoProto, attribute_proto::AttributeType as Kind,
};

use prost::Message;

use super::*;
use crate::RuntimeError;
use protos::{bytes, float, floats, int, integers, ints, node, value};

const SHAPE: [usize; 3] = [3, 16, 16];

/// Two convolutions, the second on integers and between groups, pooling, a linear layer, two unit-length slices.
fn model() -> ModelProto {
    let conv = vec![
        ints("kernel_shape", &[3, 3]),
        ints("strides", &[2, 2]),
        ints("pads", &[1, 1, 1, 1]),
        ints("dilations", &[1, 1]),
        int("group", 1),
    ];
    let pool = vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2]), ints("pads", &[0, 0, 0, 0])];
    let graph = GraphProto {
        node: vec![
            node("Conv", &["picture", "conv.w", "conv.b"], "conv", conv),
            node("Clip", &["conv", "low", "high"], "clip", vec![]),
            node("MaxPool", &["clip"], "pool", pool),
            node("QuantizeLinear", &["pool", "scale", "zero"], "int8", vec![]),
            node("DequantizeLinear", &["int8", "scale", "zero"], "real", vec![]),
            node("DequantizeLinear", &["grouped.w", "scales", "zeros"], "grouped.real", vec![int("axis", 0)]),
            node("Conv", &["real", "grouped.real"], "grouped", vec![int("group", 4), ints("pads", &[1, 1, 1, 1])]),
            node("Add", &["grouped", "pool"], "sum", vec![]),
            node("GlobalAveragePool", &["sum"], "pooled", vec![]),
            node("Flatten", &["pooled"], "flat", vec![int("axis", 1)]),
            node("Gemm", &["flat", "linear.w"], "linear", vec![int("transB", 1), float("alpha", 1.0)]),
            node("Slice", &["linear", "start", "end", "axis"], "first", vec![]),
            node("Reshape", &["linear", "cut"], "slices", vec![]),
            node("ReduceL2", &["slices"], "length", vec![ints("axes", &[2]), int("keepdims", 1)]),
            node("Div", &["slices", "length"], "units", vec![]),
            node("Reshape", &["units", "join"], "whole", vec![]),
            node("Concat", &["whole", "first"], "embedding", vec![int("axis", 1)]),
        ],
        initializer: vec![
            floats("conv.w", &[4, 3, 3, 3]),
            floats("conv.b", &[4]),
            floats("low", &[]),
            floats("high", &[]),
            floats("scale", &[]),
            bytes("zero", 3, &[], vec![0]),
            bytes("grouped.w", 3, &[4, 1, 3, 3], vec![1; 36]),
            floats("scales", &[4]),
            bytes("zeros", 3, &[4], vec![0; 4]),
            floats("linear.w", &[6, 4]),
            integers("start", &[0]),
            integers("end", &[2]),
            integers("axis", &[1]),
            integers("cut", &[-1, 2, 3]),
            integers("join", &[-1, 6]),
        ],
        input: vec![value("picture", 1, &[-1, 3, 16, 16])],
        output: vec![value("embedding", 1, &[-1, 8])],
        value_info: vec![value("pool", 1, &[-1, 4, 4, 4])],
        ..Default::default()
    };
    let sets = vec![OperatorSetIdProto { domain: String::new(), version: 17 }];
    ModelProto { ir_version: 8, opset_import: sets, graph: Some(graph), ..Default::default() }
}

/// What is said of the model after `change`.
fn said(change: impl FnOnce(&mut ModelProto)) -> String {
    let mut model = model();
    change(&mut model);
    read(&model.encode_to_vec(), SHAPE, "tract").unwrap_err().to_string()
}

#[track_caller]
fn refused(words: &[&str], change: impl FnOnce(&mut ModelProto)) {
    let said = said(change);
    for word in words {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
}

fn graph(model: &mut ModelProto) -> &mut GraphProto {
    model.graph.as_mut().unwrap()
}

fn at<'a>(model: &'a mut ModelProto, name: &str) -> &'a mut NodeProto {
    graph(model).node.iter_mut().find(|node| node.name == name).unwrap()
}

fn stored<'a>(model: &'a mut ModelProto, name: &str) -> &'a mut TensorProto {
    graph(model).initializer.iter_mut().find(|tensor| tensor.name == name).unwrap()
}

/// Puts another attribute in the place of that of the same name, or adds it.
fn set(model: &mut ModelProto, name: &str, attribute: AttributeProto) {
    let node = at(model, name);
    node.attribute.retain(|other| other.name != attribute.name);
    node.attribute.push(attribute);
}

#[test]
fn the_network_itself_is_read() {
    assert_eq!(read(&model().encode_to_vec(), SHAPE, "tract").unwrap(), model());
}

#[test]
fn versions_and_the_input_are_known_ones() {
    refused(&["operator set", "[12]", "13 to 20"], |m| m.opset_import[0].version = 12);
    refused(&["operator set", "[99]"], |m| m.opset_import[0].version = 99);
    refused(&["operator set", "[17, 17]"], |m| m.opset_import.push(m.opset_import[0].clone()));
    refused(&["operator set", "[]"], |m| m.opset_import.clear());
    refused(&["format version", "is 3", "4 to 10"], |m| m.ir_version = 3);
    refused(&["graph", "missing"], |m| m.graph = None);
    refused(&["input.shape", "2 inputs"], |m| graph(m).input.push(value("more", 1, &[1])));
    refused(&["input.shape", "?×3×16×32", "N×3×16×16"], |m| {
        graph(m).input[0] = value("picture", 1, &[-1, 3, 16, 32])
    });
    refused(&["input.shape", "type 10"], |m| graph(m).input[0] = value("picture", 10, &[-1, 3, 16, 16]));
    refused(&["batch", "is 4096", "1 to 1024"], |m| graph(m).input[0] = value("picture", 1, &[4096, 3, 16, 16]));
    refused(&["number of outputs", "is 0"], |m| graph(m).output.clear());
    refused(&["number of nodes", "is 1025", "at most 1024"], |m| {
        let more = |at| node("Relu", &["sum"], &format!("more{at}"), vec![]);
        let missing = limits::NODES + 1 - graph(m).node.len();
        graph(m).node.extend((0..missing).map(more));
    });
    refused(&["first output", "depends on the picture"], |m| graph(m).output[0] = value("conv.b", 1, &[4]));
    let model = || read(&[0x3a, 0xff], SHAPE, "tract");
    assert!(matches!(model(), Err(RuntimeError::Load { .. })));
}

#[test]
fn operators_are_those_of_a_network() {
    refused(&["node sum", "operator ConstantOfShape", "GlobalAveragePool"], |m| {
        at(m, "sum").op_type = "ConstantOfShape".into();
    });
    refused(&["node sum", "com.microsoft.Add"], |m| at(m, "sum").domain = "com.microsoft".into());
    refused(&["a graph within a node"], |m| {
        let within = AttributeProto { g: Some(GraphProto::default()), ..int("axis", 1) };
        set(m, "flat", within);
    });
    refused(&["functions of its own"], |m| m.functions.push(Default::default()));
    refused(&["training information"], |m| m.training_info.push(Default::default()));
    refused(&["sparse tensors"], |m| graph(m).sparse_initializer.push(SparseTensorProto::default()));
}

#[test]
fn attributes_are_known_ones_of_their_type_within_their_limits() {
    for (name, values, words) in [
        ("pads", vec![1 << 20, 1, 1, 1], ["pads", "1048576", "at most 2"]),
        ("pads", vec![1, 1, 1, 1 << 40], ["pads", "1099511627776", "at most 2"]),
        ("pads", vec![-1, 1, 1, 1], ["pads", "-1", "0 to"]),
        ("pads", vec![1, 1], ["pads", "[1, 1]", "4 integers"]),
        ("strides", vec![0, 1], ["strides", "[0, 1]", "1 to 1024"]),
        ("strides", vec![1, i64::MIN], ["strides", "-9223372036854775808", "1 to 1024"]),
        ("dilations", vec![1, 4096], ["dilations", "4096", "1 to 1024"]),
        ("dilations", vec![1, 1000], ["18 × 18 pixels", "at least 3 × 2001", "node conv"]),
        ("kernel_shape", vec![3, 0], ["kernel_shape", "[3, 0]", "1 to 1024"]),
        ("kernel_shape", vec![5, 5], ["kernel_shape", "[5, 5]", "[3, 3]"]),
    ] {
        refused(&words, |m| set(m, "conv", ints(name, &values)));
    }
    for group in [0, -1, 3, i64::MAX] {
        refused(&["group", &group.to_string()], |m| set(m, "conv", int("group", group)));
    }
    refused(&["pads", "at most 1"], |m| set(m, "pool", ints("pads", &[2, 0, 0, 0])));
    refused(&["auto_pad", "SAME_UPPER", "NOTSET"], |m| {
        let kind = Kind::String as i32;
        let word =
            AttributeProto { name: "auto_pad".into(), r#type: kind, s: b"SAME_UPPER".into(), ..Default::default() };
        set(m, "conv", word);
    });
    refused(&["ceil_mode", "is 1"], |m| set(m, "pool", int("ceil_mode", 1)));
    refused(&["kernel_shape", "missing"], |m| at(m, "pool").attribute.clear());
    refused(&["colour", "kernel_shape"], |m| set(m, "conv", int("colour", 1)));
    refused(&["axis", "there twice"], |m| at(m, "flat").attribute.push(int("axis", 1)));
    refused(&["group", "INTS", "INT is allowed"], |m| set(m, "conv", ints("group", &[1])));
    refused(&["alpha", "NaN", "finite"], |m| set(m, "linear", float("alpha", f32::NAN)));
    refused(&["transB", "is 2", "0 to 1"], |m| set(m, "linear", int("transB", 2)));
    refused(&["axis", "is 7"], |m| set(m, "flat", int("axis", 7)));
    refused(&["node embedding", "axis -9", "2 axes"], |m| set(m, "embedding", int("axis", -9)));
    refused(&["node length", "axis 3", "3 axes"], |m| set(m, "length", ints("axes", &[3])));
    refused(&["node length", "axis 2 twice"], |m| set(m, "length", ints("axes", &[2, -1])));
    refused(&["node grouped.real", "axis 4"], |m| set(m, "grouped.real", int("axis", 4)));
}

#[test]
fn names_stand_for_one_value_each_and_nodes_stand_in_order() {
    refused(&["\"conv\"", "made twice"], |m| at(m, "clip").output[0] = "conv".into());
    refused(&["\"conv.w\"", "made twice"], |m| at(m, "clip").output[0] = "conv.w".into());
    refused(&["\"picture\"", "made twice"], |m| stored(m, "low").name = "picture".into());
    refused(&["no name"], |m| at(m, "clip").output[0] = String::new());
    refused(&["node conv", "\"clip\"", "earlier node"], |m| at(m, "conv").input[0] = "clip".into());
    refused(&["node clip", "\"conv\""], |m| graph(m).node.swap(0, 1));
    refused(&["node conv", "1 inputs", "2 to 3 for Conv"], |m| at(m, "conv").input.truncate(1));
    refused(&["node pool", "2 names", "one"], |m| at(m, "pool").output.push("places".into()));
    refused(&["\"nothing\"", "is an output and no node makes it"], |m| graph(m).output[0].name = "nothing".into());
    refused(&["\"embedding\"", "twice"], |m| graph(m).output.push(graph_output()));
    refused(&["\"pool\"", "another type or shape"], |m| graph(m).value_info[0] = value("pool", 1, &[1, 4, 4, 1 << 40]));
    refused(&["\"pool\"", "another type or shape"], |m| graph(m).value_info[0] = value("pool", 2, &[1, 4, 4, 4]));
    refused(&["\"embedding\"", "another type or shape"], |m| graph(m).output[0] = value("embedding", 1, &[-1, -1, 2]));
}

fn graph_output() -> ValueInfoProto {
    value("embedding", 1, &[-1, 8])
}

#[test]
fn stored_tensors_are_what_they_say() {
    let case = |words: &[&str], change: &dyn Fn(&mut TensorProto)| refused(words, |m| change(stored(m, "conv.w")));
    case(&["conv.w", "432 bytes", "4×3×3×4"], &|t| t.dims[3] = 4);
    case(&["conv.w", "432 bytes", "9223372036854775807"], &|t| t.dims = vec![i64::MAX, 4]);
    case(&["conv.w", "sizes", "-3"], &|t| t.dims[1] = -3);
    case(&["conv.w", "sizes", "0"], &|t| t.dims[1] = 0);
    case(&["conv.w", "9 axes", "at most 8"], &|t| t.dims = vec![1; 9]);
    case(&["conv.w", "428 bytes"], &|t| t.float_data.truncate(107));
    case(&["conv.w", "several types"], &|t| t.int32_data.push(1));
    case(&["conv.w", "several types"], &|t| t.raw_data = vec![0; 432]);
    case(&["conv.w", "STRING", "FLOAT16"], &|t| t.data_type = 8);
    case(&["conv.w", "no known number (77)"], &|t| t.data_type = 77);
    case(&["conv.w", "elsewhere"], &|t| t.data_location = Some(1));
    case(&["conv.w", "elsewhere"], &|t| t.external_data.push(StringStringEntryProto::default()));
    case(&["conv.w", "elsewhere"], &|t| t.segment = Some(Default::default()));
}

#[test]
fn what_a_node_is_given_fits_it() {
    refused(&["node conv", "5 values"], |m| *stored(m, "conv.w") = floats("conv.w", &[5, 3, 3, 3]));
    refused(&["group of node conv"], |m| *stored(m, "conv.w") = floats("conv.w", &[4, 2, 3, 3]));
    refused(&["node conv", "4×27", "N×C×H×W"], |m| stored(m, "conv.w").dims = vec![4, 27]);
    refused(&["node grouped", "input 1 computed", "stored"], |m| at(m, "grouped").input[1] = "pool".into());
    refused(&["node conv", "INT8", "real numbers"], |m| at(m, "conv").input[1] = "grouped.w".into());
    refused(&["node clip", "FLOAT 4", "one FLOAT"], |m| at(m, "clip").input[1] = "conv.b".into());
    refused(&["node int8", "a scale of 0"], |m| stored(m, "scale").float_data[0] = 0.0);
    refused(&["node int8", "a scale of NaN"], |m| stored(m, "scale").float_data[0] = f32::NAN);
    refused(&["node int8", "zero point", "as many as scales"], |m| at(m, "int8").input[2] = "zeros".into());
    refused(&["node real", "zero point of another type"], |m| {
        graph(m).initializer.push(bytes("unsigned", 2, &[], vec![0]));
        at(m, "real").input[2] = "unsigned".into();
    });
    refused(&["node real", "FLOAT", "INT8, UINT8 or INT32"], |m| at(m, "real").input[0] = "pool".into());
    refused(&["node grouped.real", "scales 3"], |m| *stored(m, "scales") = floats("scales", &[3]));
    refused(&["node sum", "1×4×4×4 and FLOAT 1×4×8×8"], |m| at(m, "sum").input[1] = "clip".into());
    refused(&["node linear", "1×4 and 5×6"], |m| *stored(m, "linear.w") = floats("linear.w", &[6, 5]));
    refused(&["node slices", "1×6", "[-1, 2, 4]"], |m| stored(m, "cut").int64_data[2] = 4);
    refused(&["node slices", "[-1, -1, 3]"], |m| stored(m, "cut").int64_data[1] = -1);
    refused(&["node slices", "9223372036854775807"], |m| {
        stored(m, "cut").int64_data = vec![i64::MAX, i64::MAX, i64::MAX]
    });
    refused(&["node slices", "[-1, 0, 0]"], |m| stored(m, "cut").int64_data = vec![-1, 0, 0]);
    refused(&["node slices", "stored list"], |m| at(m, "slices").input[1] = "linear".into());
    refused(&["node first", "a cut from 5 to 2"], |m| stored(m, "start").int64_data[0] = 5);
    refused(&["node first", "of different lengths"], |m| *stored(m, "end") = integers("end", &[2, 2]));
    refused(&["node first", "axis 2"], |m| stored(m, "axis").int64_data[0] = 2);
    refused(&["node embedding", "differ in the axis alone"], |m| at(m, "embedding").input[1] = "units".into());
}

/// A node that repeats what it reads `times` times along a new axis, by a sum with a long constant.
fn widened(model: &mut ModelProto, times: i64) {
    graph(model).initializer.push(floats("many", &[times, 1, 1, 1, 1]));
    graph(model).node.insert(1, node("Add", &["conv", "many"], "wide", vec![]));
}

#[test]
fn sizes_stay_within_multiples_of_the_picture() {
    // conv makes 4×8×8 values, and 64 × 16,384 are allowed at once.
    refused(&["node wide", "1048832 values", "at most 1048576"], |m| widened(m, 4097));
    let mut wide = model();
    widened(&mut wide, 4096);
    assert!(read(&wide.encode_to_vec(), SHAPE, "tract").is_ok());
    // Seventeen of them are not.
    refused(&["all before it", "at most 16777216"], |m| {
        widened(m, 4096);
        (0..16).for_each(|at| graph(m).node.insert(2, node("Relu", &["wide"], &format!("more{at}"), vec![])));
    });
    // A kernel of 200 × 200 over 217 × 217 places.
    refused(&["node conv", "values under its kernel", "at most 4194304"], |m| {
        *stored(m, "conv.w") = floats("conv.w", &[4, 3, 200, 200]);
        at(m, "conv").attribute = vec![ints("pads", &[199; 4])];
    });
    refused(&["node conv", "values and at most"], |m| {
        *stored(m, "conv.w") = floats("conv.w", &[4, 3, 600, 600]);
        at(m, "conv").attribute = vec![ints("pads", &[599; 4]), ints("strides", &[1024, 1024])];
    });
    refused(&["made of constants", "all before it"], |m| {
        let copies = 20_000 / 36;
        let copy =
            |at| node("DequantizeLinear", &["grouped.w", "scales", "zeros"], &format!("c{at}"), vec![int("axis", 0)]);
        graph(m).node.extend((0..copies).map(copy));
    });
    refused(&["multiply–accumulates", "4294967296"], |m| {
        let wide = 3072;
        graph(m).initializer.extend([floats("up", &[4, wide]), floats("across", &[wide, wide])]);
        let first = node("MatMul", &["flat", "up"], "m0", vec![]);
        let next = |at: i32| node("MatMul", &[&format!("m{at}"), "across"], &format!("m{}", at + 1), vec![]);
        let place = graph(m).node.iter().position(|n| n.name == "linear").unwrap();
        let more: Vec<_> = std::iter::once(first).chain((0..460).map(next)).collect();
        graph(m).node.splice(place..place, more);
    });
}

#[test]
fn a_file_of_many_empty_parts_is_refused_before_it_is_read() {
    let nodes = [0x0a, 0x00].repeat(limits::PARTS + 1);
    let mut bytes = vec![0x3a];
    prost::encoding::encode_varint(nodes.len() as u64, &mut bytes);
    bytes.extend(nodes);
    let said = read(&bytes, SHAPE, "tract").unwrap_err().to_string();
    assert!(said.contains("number of nodes, names and attributes"), "{said}");
}

/// What ONNX Runtime's quantiser writes: a list of one scale beside a scalar zero point, and lines on values that are gone.
#[test]
fn what_other_tools_leave_is_read() {
    let mut model = model();
    stored(&mut model, "scale").dims = vec![1];
    graph(&mut model).value_info.push(value("gone", 1, &[1, 2]));
    read(&model.encode_to_vec(), SHAPE, "tract").unwrap();
}

#[test]
fn operators_of_a_foreign_network_are_read() {
    let mut model = model();
    let g = graph(&mut model);
    let place = g.node.iter().position(|n| n.name == "linear").unwrap();
    let constant = AttributeProto {
        name: "value".into(),
        r#type: Kind::Tensor as i32,
        t: Some(integers("", &[2])),
        ..Default::default()
    };
    g.initializer.extend([floats("statistics", &[4]), floats("square", &[4, 4]), integers("places", &[2, 3])]);
    let statistics = ["sum", "statistics", "statistics", "statistics", "statistics"];
    let foreign = [
        node("BatchNormalization", &statistics, "normal", vec![float("epsilon", 1e-5)]),
        node("HardSwish", &["normal"], "swish", vec![]),
        node("Sigmoid", &["swish"], "gate", vec![]),
        node("Mul", &["swish", "gate"], "gated", vec![]),
        node("AveragePool", &["gated"], "averaged", vec![ints("kernel_shape", &[2, 2]), int("count_include_pad", 1)]),
        node("ReduceMean", &["averaged"], "mean", vec![ints("axes", &[-1, -2]), int("keepdims", 1)]),
        node("Squeeze", &["mean", "places"], "row", vec![]),
        node("MatMul", &["row", "square"], "mixed", vec![]),
        node("Transpose", &["mixed"], "turned", vec![ints("perm", &[1, 0])]),
        node("Constant", &[], "at", vec![constant]),
        node("Identity", &["at"], "same", vec![]),
        node("Unsqueeze", &["turned", "same"], "deep", vec![]),
        node("Flatten", &["deep"], "again", vec![int("axis", 0)]),
        node("Cast", &["again"], "cast", vec![int("to", 10)]),
        node("Cast", &["cast"], "back", vec![int("to", 1)]),
        node("Gemm", &["back", "linear.w"], "foreign", vec![int("transB", 1)]),
    ];
    g.node.splice(place..place, foreign);
    read(&model.encode_to_vec(), SHAPE, "tract").unwrap();
    for (name, attribute, word) in [
        ("normal", int("training_mode", 1), "training_mode"),
        ("turned", ints("perm", &[0, 0]), "axis 0 twice"),
        ("turned", ints("perm", &[0]), "1 axes"),
        ("cast", int("to", 8), "attribute to"),
    ] {
        let mut model = model.clone();
        set(&mut model, name, attribute);
        let said = read(&model.encode_to_vec(), SHAPE, "tract").unwrap_err().to_string();
        assert!(said.contains(word), "{said}");
    }
}
