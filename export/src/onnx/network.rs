//! A network as an ONNX model: features pooled, embedding group-normalised.

use dnc_train::architecture::{Activation, ConvNode, Node};
use prost::Message;
use tract_onnx::pb::{ModelProto, OperatorSetIdProto, StringStringEntryProto, ValueInfoProto};

use super::builder::{Attribute, Builder, shapeless, value};
use super::embedding;
use super::options::{Form, Numbers, ir_version};
use super::values::{Values, bias, weights};
use crate::folded::{FoldedConv, FoldedNetwork};
use crate::quantise::plan::QuantisedConv;

/// Name of the input: N×3×H×W preprocessed pixels.
pub const INPUT_NAME: &str = "picture";
/// Name of the output: N×d, each slice of unit length.
pub const OUTPUT_NAME: &str = "embedding";
/// Name of the second output, where it is asked for: N×features, pooled and not normalised.
pub const FEATURES_NAME: &str = "pooled";

/// The ONNX model of `network`, with `metadata` as its metadata properties.
///
/// # Panics
/// Where a plan of `form` is not of this network.
pub fn model(network: &FoldedNetwork, form: Form<'_>, metadata: &[(&str, String)]) -> ModelProto {
    let mut b = Builder::default();
    body(&mut b, network, form);
    let mut outputs = vec![value(OUTPUT_NAME, form.batch, &[network.head.layout.dim()])];
    if form.features {
        outputs.push(value(FEATURES_NAME, form.batch, &[network.graph.features]));
    }
    wrapped(b, network, form, outputs, metadata)
}

/// The bytes of an f32 model whose outputs are all values of the graph, by their [`ValueId`], and the pooled features
/// behind them.
///
/// [`ValueId`]: dnc_train::architecture::ValueId
pub fn observed(network: &FoldedNetwork, size: u32) -> Vec<u8> {
    let mut b = Builder::default();
    let form = Form { batch: Some(1), ..Form::plain(size) };
    let mut names = body(&mut b, network, form);
    // An input that is an output too is not allowed everywhere.
    names[0] = b.node("Identity", "picture.seen", &[INPUT_NAME], &[]);
    names.push(FEATURES_NAME.to_owned());
    let outputs = names.iter().map(|name| shapeless(name)).collect();
    wrapped(b, network, form, outputs, &[]).encode_to_vec()
}

fn wrapped(
    b: Builder,
    network: &FoldedNetwork,
    form: Form<'_>,
    outputs: Vec<ValueInfoProto>,
    metadata: &[(&str, String)],
) -> ModelProto {
    let side = form.size as usize;
    let entry = |(key, value): &(&str, String)| StringStringEntryProto { key: (*key).into(), value: value.clone() };
    ModelProto {
        ir_version: ir_version(form.opset),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: form.opset }],
        producer_name: "dnc-export".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        graph: Some(b.graph(&network.graph.name, value(INPUT_NAME, form.batch, &[3, side, side]), outputs)),
        metadata_props: metadata.iter().map(entry).collect(),
        ..Default::default()
    }
}

/// All nodes; answers the names of the graph's values.
fn body(b: &mut Builder, network: &FoldedNetwork, form: Form<'_>) -> Vec<String> {
    let mut values = Values::new(&network.graph, form.numbers, INPUT_NAME);
    let mut convs = network.convs.iter().enumerate();
    for node in &network.graph.nodes {
        let name = match node {
            Node::Conv(conv) => {
                let (at, numbers) = convs.next().expect("numbers for each convolution");
                convolution(b, &values, conv, numbers, (form.numbers, at))
            }
            Node::MaxPool { name, input, spec } => {
                let input = values.read(b, *input, name);
                let [kernel, stride, pad] = [spec.kernel, spec.stride, spec.padding].map(|n| n as i64);
                b.node("MaxPool", name, &[&input], &window(&[kernel; 2], &[stride; 2], &[pad; 4]))
            }
            Node::Add { name, a, b: other, activation } => {
                let terms = [values.read(b, *a, &format!("{name}.a")), values.read(b, *other, &format!("{name}.b"))];
                let sum = b.node("Add", name, &[&terms[0], &terms[1]], &[]);
                activate(b, name, sum, *activation)
            }
        };
        values.push(name);
    }
    let map = values.read(b, values.last(), "pooling");
    let pooled = b.node("GlobalAveragePool", "pooling", &[&map], &[]);
    let features = b.node("Flatten", FEATURES_NAME, &[&pooled], &[Attribute::Int("axis", 1)]);
    let raw = embedding::layer(b, &network.head, &features, &values, form.numbers);
    embedding::normalisation(b, &raw, &network.head.layout, form.opset);
    values.into_names()
}

fn convolution(
    b: &mut Builder,
    values: &Values<'_>,
    conv: &ConvNode,
    numbers: &FoldedConv,
    (form, at): (Numbers<'_>, usize),
) -> String {
    let name = conv.conv_name.as_str();
    let mut input = values.read(b, conv.input, name);
    let (weight_name, bias_name) = (format!("{name}.weight"), format!("{name}.bias"));
    let dims = conv.torch_shape();
    let planned: Option<(_, &QuantisedConv)> = match form {
        Numbers::Int8(plan) => plan.convs[at].as_ref().map(|planned| (plan.scheme, planned)),
        Numbers::F32 | Numbers::F16 => None,
    };
    if planned.is_none() {
        input = values.set_apart(b, conv.input, &input, name);
    }
    let [weight, bias] = match planned {
        Some((scheme, QuantisedConv { scales, bias: corrected })) => [
            weights(b, &weight_name, &dims, &numbers.weight, scales, 0),
            bias(b, &bias_name, corrected, scheme, values.scale(conv.input).unwrap_or(1.0), scales),
        ],
        None => [
            values.constant(b, &weight_name, &dims, &numbers.weight),
            values.constant(b, &bias_name, &[conv.c_out], &numbers.bias),
        ],
    };
    let (stride, pad) = (conv.spec.stride as i64, conv.spec.padding as i64);
    let groups = if conv.spec.depthwise { conv.c_in as i64 } else { 1 };
    let (kernel, stride, pads) = ([conv.spec.kernel as i64; 2], [stride; 2], [pad; 4]);
    let [kernel, stride, pads] = window(&kernel, &stride, &pads);
    let y = b.node("Conv", name, &[&input, &weight, &bias], &[kernel, stride, pads, Attribute::Int("group", groups)]);
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
            let low = b.shared("relu6.low", |b| b.floats("relu6.low", &[], &[0.0]));
            let high = b.shared("relu6.high", |b| b.floats("relu6.high", &[], &[6.0]));
            b.node("Clip", &format!("{name}.relu6"), &[&y, &low, &high], &[])
        }
    }
}
