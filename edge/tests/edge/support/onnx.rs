//! A tiny network, as ONNX bytes and as plain loops.

use prost::Message;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension::Value as Dim};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto, TensorProto,
    TensorShapeProto, TypeProto, ValueInfoProto, type_proto,
};

/// Side of its input, px.
pub const SIZE: usize = 16;
/// Values of its embedding.
pub const DIM: usize = 16;
/// Slices of its embedding.
pub const LEARNERS: usize = 2;

const CHANNELS: usize = 6;
const KERNEL: usize = 8;
const CELLS: usize = SIZE / KERNEL;
const FEATURES: usize = CHANNELS * CELLS * CELLS;

/// 8 × 8 convolution with stride 8, ReLU, one linear layer, group normalisation.
pub struct Network {
    conv: Vec<f32>,
    linear: Vec<f32>,
}

impl Network {
    /// Weights drawn by `seed`: another seed is another embedding space.
    pub fn new(seed: u64) -> Self {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
        };
        let conv = (0..CHANNELS * 3 * KERNEL * KERNEL).map(|_| draw() * 0.2).collect();
        Self { conv, linear: (0..DIM * FEATURES).map(|_| draw()).collect() }
    }

    /// The network as loops, for one picture of 3 × 16 × 16 values.
    pub fn forward(&self, input: &[f32]) -> Vec<f32> {
        let mut features = Vec::new();
        for channel in 0..CHANNELS {
            for cell in 0..CELLS * CELLS {
                let (top, left) = (cell / CELLS * KERNEL, cell % CELLS * KERNEL);
                let mut sum = 0.0;
                for colour in 0..3 {
                    for y in 0..KERNEL {
                        for x in 0..KERNEL {
                            let weight = self.conv[((channel * 3 + colour) * KERNEL + y) * KERNEL + x];
                            sum += weight * input[(colour * SIZE + top + y) * SIZE + left + x];
                        }
                    }
                }
                features.push(sum.max(0.0));
            }
        }
        let mut out: Vec<f32> =
            self.linear.chunks_exact(FEATURES).map(|row| row.iter().zip(&features).map(|(w, f)| w * f).sum()).collect();
        for slice in out.chunks_exact_mut(DIM / LEARNERS) {
            let length = slice.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-12);
            slice.iter_mut().for_each(|v| *v /= length);
        }
        out
    }

    /// The network as an ONNX file with batch axis `N`.
    pub fn onnx(&self, space_id: Option<&str>) -> Vec<u8> {
        let (d, k) = (DIM as i64, LEARNERS as i64);
        let graph = GraphProto {
            name: "tiny".into(),
            initializer: vec![
                floats("conv.w", &[CHANNELS, 3, KERNEL, KERNEL], &self.conv),
                floats("linear.w", &[DIM, FEATURES], &self.linear),
                integers("cut", &[-1, k, d / k]),
                integers("join", &[-1, d]),
                floats("least", &[], &[1e-12]),
            ],
            node: vec![
                node(
                    "Conv",
                    &["picture", "conv.w"],
                    "conv",
                    &[ints("strides", &[8, 8]), ints("kernel_shape", &[8, 8])],
                ),
                node("Relu", &["conv"], "relu", &[]),
                node("Flatten", &["relu"], "flat", &[int("axis", 1)]),
                node("Gemm", &["flat", "linear.w"], "linear", &[int("transB", 1)]),
                node("Reshape", &["linear", "cut"], "slices", &[]),
                node("ReduceL2", &["slices"], "length", &[ints("axes", &[2]), int("keepdims", 1)]),
                node("Clip", &["length", "least"], "divisor", &[]),
                node("Div", &["slices", "divisor"], "units", &[]),
                node("Reshape", &["units", "join"], "embedding", &[]),
            ],
            input: vec![value("picture", &[3, SIZE as i64, SIZE as i64])],
            output: vec![value("embedding", &[d])],
            ..Default::default()
        };
        let space = space_id.map(|id| StringStringEntryProto { key: "space_id".into(), value: id.into() });
        ModelProto {
            ir_version: 8,
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 13 }],
            graph: Some(graph),
            metadata_props: space.into_iter().collect(),
            ..Default::default()
        }
        .encode_to_vec()
    }
}

const FLOAT: i32 = 1;
const INT64: i32 = 7;

fn floats(name: &str, dims: &[usize], values: &[f32]) -> TensorProto {
    let dims = dims.iter().map(|d| *d as i64).collect();
    TensorProto { name: name.into(), dims, data_type: FLOAT, float_data: values.to_vec(), ..Default::default() }
}

fn integers(name: &str, values: &[i64]) -> TensorProto {
    let raw_data = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    TensorProto { name: name.into(), dims: vec![values.len() as i64], data_type: INT64, raw_data, ..Default::default() }
}

fn node(op: &str, inputs: &[&str], output: &str, attribute: &[AttributeProto]) -> NodeProto {
    NodeProto {
        op_type: op.into(),
        name: output.into(),
        input: inputs.iter().map(|i| (*i).to_owned()).collect(),
        output: vec![output.into()],
        attribute: attribute.to_vec(),
        ..Default::default()
    }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: 2, i: value, ..Default::default() }
}

fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: 7, ints: values.to_vec(), ..Default::default() }
}

/// An input or output of f32 with a free batch axis before `dims`.
fn value(name: &str, dims: &[i64]) -> ValueInfoProto {
    let dim = |value| Dimension { denotation: String::new(), value: Some(value) };
    let mut dims: Vec<Dimension> = dims.iter().map(|d| dim(Dim::DimValue(*d))).collect();
    dims.insert(0, dim(Dim::DimParam("N".into())));
    let tensor = type_proto::Tensor { elem_type: FLOAT, shape: Some(TensorShapeProto { dim: dims }) };
    let r#type = TypeProto { denotation: String::new(), value: Some(type_proto::Value::TensorType(tensor)) };
    ValueInfoProto { name: name.into(), r#type: Some(r#type), doc_string: String::new() }
}
