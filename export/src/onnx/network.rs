//! A network as an ONNX model: batch normalisation folded, features pooled, embedding group-normalised.

use burn::tensor::{Tensor, backend::Backend};
use dnc_core::EmbeddingLayout;
use dnc_core::normalize::MIN_NORM;
use dnc_train::architecture::{Activation, ConvNode, Node};
use dnc_train::network::{ConvUnit, Network};
use dnc_train::ops::NetOps;
use prost::Message;
use tract_onnx::pb::{ModelProto, OperatorSetIdProto, StringStringEntryProto};

use super::builder::{Attribute, Builder};

/// Name of the input: N×3×H×W preprocessed pixels.
pub const INPUT_NAME: &str = "picture";
/// Name of the output: N×d, each slice of unit length.
pub const OUTPUT_NAME: &str = "embedding";
/// Operator set written: the newest whose reductions still take their axes as attributes.
pub const OPSET: i64 = 17;

fn values<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().into_vec().expect("converted to f32 just before")
}

/// The bytes of an ONNX file for `network` and pictures of `size` × `size` px, with `metadata` as its
/// metadata properties.
pub fn model<B: NetOps>(network: &Network<B>, size: u32, metadata: &[(&str, String)]) -> Vec<u8> {
    let mut b = Builder::default();
    let graph = network.graph();
    let mut names = vec![INPUT_NAME.to_owned()];
    let mut units = network.units.iter();
    for node in &graph.nodes {
        let name = match node {
            Node::Conv(conv) => {
                let unit = units.next().expect("a unit for each convolution");
                convolution(&mut b, unit, conv, &names[conv.input])
            }
            Node::MaxPool { name, input, spec } => {
                let [kernel, stride, pad] = [spec.kernel, spec.stride, spec.padding].map(|n| n as i64);
                b.node("MaxPool", name, &[&names[*input]], &window(&[kernel; 2], &[stride; 2], &[pad; 4]))
            }
            Node::Add { name, a, b: other, activation } => {
                let sum = b.node("Add", name, &[&names[*a], &names[*other]], &[]);
                activate(&mut b, name, sum, *activation)
            }
        };
        names.push(name);
    }
    let map = names.last().expect("the input at least");
    let pooled = b.node("GlobalAveragePool", "pooled", &[map], &[]);
    let features = b.node("Flatten", "pooled.flat", &[&pooled], &[Attribute::Int("axis", 1)]);
    let layout = network.layout();
    let weight = b.floats("head.weight", &[graph.features, layout.dim()], &values(network.head.weight.val()));
    let bias = b.floats("head.bias", &[layout.dim()], &values(network.head.bias.val()));
    let raw = b.node("Gemm", "head", &[&features, &weight, &bias], &[]);
    normalisation(&mut b, &raw, &layout);

    let side = size as usize;
    let entry = |(key, value): &(&str, String)| StringStringEntryProto { key: (*key).into(), value: value.clone() };
    ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        producer_name: "dnc-export".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        graph: Some(b.graph(&graph.name, (INPUT_NAME, &[3, side, side]), (OUTPUT_NAME, &[layout.dim()]))),
        metadata_props: metadata.iter().map(entry).collect(),
        ..Default::default()
    }
    .encode_to_vec()
}

fn convolution<B: NetOps>(b: &mut Builder, unit: &ConvUnit<B>, conv: &ConvNode, input: &str) -> String {
    let (weight, bias) = unit.folded();
    let (k, c_out) = (conv.spec.kernel, conv.c_out);
    let per_group = if conv.spec.depthwise { 1 } else { conv.c_in };
    // (k·k·C_in)×C_out, as the network keeps it, to C_out×C_in×k×k.
    let rows = values(weight);
    let mut oihw = vec![0.0; rows.len()];
    for (i, value) in rows.iter().enumerate() {
        let (row, out) = (i / c_out, i % c_out);
        oihw[(out * per_group + row % per_group) * k * k + row / per_group] = *value;
    }
    let name = conv.conv_name.as_str();
    let weight = b.floats(&format!("{name}.weight"), &[c_out, per_group, k, k], &oihw);
    let bias = b.floats(&format!("{name}.bias"), &[c_out], &values(bias));
    let (stride, pad) = (conv.spec.stride as i64, conv.spec.padding as i64);
    let groups = if conv.spec.depthwise { conv.c_in as i64 } else { 1 };
    let (kernel, stride, pads) = ([k as i64; 2], [stride; 2], [pad; 4]);
    let [kernel, stride, pads] = window(&kernel, &stride, &pads);
    let y = b.node("Conv", name, &[input, &weight, &bias], &[kernel, stride, pads, Attribute::Int("group", groups)]);
    activate(b, name, y, conv.spec.activation)
}

/// How a convolution or a pooling goes over its input.
fn window<'a>(kernel: &'a [i64; 2], stride: &'a [i64; 2], pads: &'a [i64; 4]) -> [Attribute<'a>; 3] {
    [Attribute::Ints("kernel_shape", kernel), Attribute::Ints("strides", stride), Attribute::Ints("pads", pads)]
}

/// The activation behind node `name`, whose value is `y`.
fn activate(b: &mut Builder, name: &str, y: String, activation: Activation) -> String {
    match activation {
        Activation::None => y,
        Activation::Relu => b.node("Relu", &format!("{name}.relu"), &[&y], &[]),
        Activation::Relu6 => {
            let low = b.floats(&format!("{name}.low"), &[], &[0.0]);
            let high = b.floats(&format!("{name}.high"), &[], &[6.0]);
            b.node("Clip", &format!("{name}.relu6"), &[&y, &low, &high], &[])
        }
    }
}

/// Slices to unit length and the whole as [`OUTPUT_NAME`]: a reshape where all slices have one width, else
/// cut and joined.
fn normalisation(b: &mut Builder, raw: &str, layout: &EmbeddingLayout) {
    let least = b.floats("least_length", &[], &[MIN_NORM]);
    let (d, k) = (layout.dim() as i64, layout.learners() as i64);
    let unit = |b: &mut Builder, name: &str, input: &str, axis: i64| {
        let attributes = [Attribute::Ints("axes", &[axis]), Attribute::Int("keepdims", 1)];
        let length = b.node("ReduceL2", &format!("{name}.length"), &[input], &attributes);
        let divisor = b.node("Clip", &format!("{name}.divisor"), &[&length, &least], &[]);
        (input.to_owned(), divisor)
    };
    if layout.is_even() {
        let cut = b.integers("cut", &[-1, k, d / k]);
        let slices = b.node("Reshape", "slices", &[raw, &cut], &[]);
        let (slices, divisor) = unit(b, "slices", &slices, 2);
        let units = b.node("Div", "units", &[&slices, &divisor], &[]);
        let join = b.integers("join", &[-1, d]);
        b.node("Reshape", OUTPUT_NAME, &[&units, &join], &[]);
        return;
    }
    let axis = b.integers("value_axis", &[1]);
    let units: Vec<String> = layout
        .slices()
        .enumerate()
        .map(|(i, slice)| {
            let name = format!("slice.{i}");
            let start = b.integers(&format!("{name}.start"), &[slice.start as i64]);
            let end = b.integers(&format!("{name}.end"), &[slice.end as i64]);
            let part = b.node("Slice", &name, &[raw, &start, &end, &axis], &[]);
            let (part, divisor) = unit(b, &name, &part, 1);
            b.node("Div", &format!("{name}.unit"), &[&part, &divisor], &[])
        })
        .collect();
    let units: Vec<&str> = units.iter().map(String::as_str).collect();
    b.node("Concat", OUTPUT_NAME, &units, &[Attribute::Int("axis", 1)]);
}
