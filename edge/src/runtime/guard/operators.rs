//! Operators that a network for embeddings is made of: the exporter's own and those of a plain foreign CNN.

use std::ops::RangeInclusive;

use tract_onnx::pb::attribute_proto::AttributeType as Kind;

/// An operator of the ONNX specification.
pub struct Operator {
    /// Its name.
    pub name: &'static str,
    /// How many inputs it may have.
    pub inputs: RangeInclusive<usize>,
    /// Attributes it may have.
    pub attributes: &'static [(&'static str, Kind)],
}

const CONV: &[(&str, Kind)] = &[
    ("auto_pad", Kind::String),
    ("dilations", Kind::Ints),
    ("group", Kind::Int),
    ("kernel_shape", Kind::Ints),
    ("pads", Kind::Ints),
    ("strides", Kind::Ints),
];
const POOL: &[(&str, Kind)] = &[
    ("auto_pad", Kind::String),
    ("ceil_mode", Kind::Int),
    ("count_include_pad", Kind::Int),
    ("dilations", Kind::Ints),
    ("kernel_shape", Kind::Ints),
    ("pads", Kind::Ints),
    ("storage_order", Kind::Int),
    ("strides", Kind::Ints),
];
const REDUCTION: &[(&str, Kind)] =
    &[("axes", Kind::Ints), ("keepdims", Kind::Int), ("noop_with_empty_axes", Kind::Int)];
const AXIS: &[(&str, Kind)] = &[("axis", Kind::Int)];
const LINE: &[(&str, Kind)] = &[("alpha", Kind::Float), ("beta", Kind::Float)];

const fn operator(
    name: &'static str,
    inputs: RangeInclusive<usize>,
    attributes: &'static [(&'static str, Kind)],
) -> Operator {
    Operator { name, inputs, attributes }
}

const OPERATORS: [Operator; 33] = [
    operator("Add", 2..=2, &[]),
    operator("AveragePool", 1..=1, POOL),
    operator(
        "BatchNormalization",
        5..=5,
        &[("epsilon", Kind::Float), ("momentum", Kind::Float), ("training_mode", Kind::Int)],
    ),
    operator("Cast", 1..=1, &[("to", Kind::Int)]),
    operator("Clip", 1..=3, &[]),
    operator("Concat", 1..=1024, AXIS),
    operator("Constant", 0..=0, &[("value", Kind::Tensor)]),
    operator("Conv", 2..=3, CONV),
    operator("DequantizeLinear", 2..=3, AXIS),
    operator("Div", 2..=2, &[]),
    operator("Flatten", 1..=1, AXIS),
    operator(
        "Gemm",
        2..=3,
        &[("alpha", Kind::Float), ("beta", Kind::Float), ("transA", Kind::Int), ("transB", Kind::Int)],
    ),
    operator("GlobalAveragePool", 1..=1, &[]),
    operator("HardSigmoid", 1..=1, LINE),
    operator("HardSwish", 1..=1, &[]),
    operator("Identity", 1..=1, &[]),
    operator("LeakyRelu", 1..=1, &[("alpha", Kind::Float)]),
    operator("MatMul", 2..=2, &[]),
    operator("MaxPool", 1..=1, POOL),
    operator("Mul", 2..=2, &[]),
    operator("QuantizeLinear", 2..=3, AXIS),
    operator("ReduceL2", 1..=2, REDUCTION),
    operator("ReduceMean", 1..=2, REDUCTION),
    operator("Relu", 1..=1, &[]),
    operator("Reshape", 2..=2, &[("allowzero", Kind::Int)]),
    operator("Sigmoid", 1..=1, &[]),
    operator("Slice", 3..=5, &[]),
    operator("Sqrt", 1..=1, &[]),
    operator("Squeeze", 2..=2, &[]),
    operator("Sub", 2..=2, &[]),
    operator("Tanh", 1..=1, &[]),
    operator("Transpose", 1..=1, &[("perm", Kind::Ints)]),
    operator("Unsqueeze", 2..=2, &[]),
];

/// The operator of this name.
pub fn find(name: &str) -> Option<&'static Operator> {
    static ALL: [Operator; 33] = OPERATORS;
    ALL.iter().find(|operator| operator.name == name)
}

/// All names, for a message.
pub fn names() -> String {
    OPERATORS.each_ref().map(|operator| operator.name).join(", ")
}
