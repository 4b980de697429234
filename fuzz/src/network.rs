//! Small networks as ONNX files.

use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    attribute_proto::AttributeType as Kind,
};

// The parts of which the guard's own tests make theirs.
#[allow(dead_code)]
#[path = "../../edge/src/runtime/guard/tests/protos.rs"]
mod protos;

use protos::{bytes, floats, int, integers, ints, node, value};

/// Channels, height and width of their input.
pub const SHAPE: [usize; 3] = [3, 16, 16];

/// Values of their output.
pub const DIM: usize = 8;

/// Convolutions in f32 and in integers, pooling, a linear layer, slices of unit length.
pub fn network() -> ModelProto {
    let conv = vec![
        ints("kernel_shape", &[3, 3]),
        ints("strides", &[2, 2]),
        ints("pads", &[1, 1, 1, 1]),
        ints("dilations", &[1, 1]),
        int("group", 1),
    ];
    let pool = vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2]), ints("pads", &[0, 0, 0, 0])];
    let nodes = vec![
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
        node("Gemm", &["flat", "linear.w"], "linear", vec![int("transB", 1)]),
        node("Reshape", &["linear", "cut"], "slices", vec![]),
        node("ReduceL2", &["slices"], "length", vec![ints("axes", &[2]), int("keepdims", 1)]),
        node("Clip", &["length", "least"], "divisor", vec![]),
        node("Div", &["slices", "divisor"], "units", vec![]),
        node("Reshape", &["units", "join"], "embedding", vec![]),
    ];
    let stored = vec![
        floats("conv.w", &[4, 3, 3, 3]),
        floats("conv.b", &[4]),
        floats("low", &[]),
        floats("high", &[]),
        floats("scale", &[]),
        bytes("zero", 3, &[], vec![0]),
        bytes("grouped.w", 3, &[4, 1, 3, 3], vec![1; 36]),
        floats("scales", &[4]),
        bytes("zeros", 3, &[4], vec![0; 4]),
        floats("linear.w", &[8, 4]),
        integers("cut", &[-1, 2, 4]),
        floats("least", &[]),
        integers("join", &[-1, 8]),
    ];
    model(nodes, stored)
}

/// Nodes that the exporter does not write and that are run all the same.
pub fn foreign() -> ModelProto {
    let constant = AttributeProto {
        name: "value".into(),
        r#type: Kind::Tensor as i32,
        t: Some(integers("", &[2, 3])),
        ..Default::default()
    };
    let nodes = vec![
        node("Conv", &["picture", "conv.w"], "conv", vec![ints("strides", &[4, 4])]),
        node("BatchNormalization", &["conv", "ones", "ones", "ones", "ones"], "normal", vec![]),
        node("HardSwish", &["normal"], "swish", vec![]),
        node("Sigmoid", &["swish"], "gate", vec![]),
        node("Mul", &["swish", "gate"], "gated", vec![]),
        node("AveragePool", &["gated"], "averaged", vec![ints("kernel_shape", &[2, 2]), int("count_include_pad", 1)]),
        node("ReduceMean", &["averaged"], "mean", vec![ints("axes", &[-1, -2]), int("keepdims", 1)]),
        node("Constant", &[], "places", vec![constant]),
        node("Squeeze", &["mean", "places"], "row", vec![]),
        node("MatMul", &["row", "square"], "mixed", vec![]),
        node("Relu", &["mixed"], "positive", vec![]),
        node("Concat", &["positive", "mixed"], "embedding", vec![int("axis", 1)]),
    ];
    let stored = vec![floats("conv.w", &[4, 3, 4, 4]), floats("ones", &[4]), floats("square", &[4, 4])];
    model(nodes, stored)
}

fn model(node: Vec<NodeProto>, initializer: Vec<TensorProto>) -> ModelProto {
    let [c, h, w] = SHAPE.map(|size| size as i64);
    let input = vec![value("picture", 1, &[-1, c, h, w])];
    let output = vec![value("embedding", 1, &[-1, DIM as i64])];
    let graph = GraphProto { node, initializer, input, output, ..Default::default() };
    let opset_import = vec![OperatorSetIdProto { domain: String::new(), version: 17 }];
    ModelProto { ir_version: 8, opset_import, graph: Some(graph), ..Default::default() }
}
