//! What a layer computes in.

use tract_onnx::pb::{NodeProto, TensorProto};

use super::graph::{Lookup, input};
use super::shapes::Facts;
use super::tensor::{is_quantised, type_name};
use super::weights;

/// A layer's arithmetic, as `int8`, `int8 weights`, `f16 weights`, `f32`.
pub fn of<'a>(lookup: &Lookup<'a>, node: &'a NodeProto, parameters: &[&TensorProto], facts: &Facts) -> String {
    let op = node.op_type.as_str();
    if op.starts_with("QLinear") || op.ends_with("Integer") || op == "QGemm" {
        return "int8".into();
    }
    // Values that are computed, not stored.
    let computed: Vec<&str> = (0..node.input.len())
        .filter_map(|at| input(node, at))
        .filter(|value| weights::behind(lookup, value).is_none())
        .collect();
    let from_integers = |value: &&str| lookup.producer(value).is_some_and(|n| n.op_type == "DequantizeLinear");
    let in_integers = !computed.is_empty() && computed.iter().all(from_integers);
    match parameters.first() {
        Some(weight) if is_quantised(weight.data_type) && in_integers => "int8".into(),
        Some(weight) if is_quantised(weight.data_type) => "int8 weights".into(),
        Some(weight) => {
            let (stored, output) = (type_name(weight.data_type), node.output.first().map(|o| facts.of(o).data_type));
            let computed_in = output.filter(|t| *t != 0).map_or(stored, type_name);
            if computed_in == stored { stored.into() } else { format!("{stored} weights") }
        }
        // A sum or a pooling runs on integers where what it gives becomes integers again.
        None if in_integers && becomes_integers(lookup, node) => "int8".into(),
        // So does the activation of a layer in integers: runtimes join it with the layer.
        None if is_activation(op) && becomes_integers(lookup, node) && layer_before(lookup, node) == Some(true) => {
            "int8".into()
        }
        None => type_name(node.output.first().map_or(0, |o| facts.of(o).data_type)).into(),
    }
}

fn is_activation(op: &str) -> bool {
    matches!(op, "Relu" | "Clip")
}

/// Whether all that the layer before an activation computes with comes from integers.
fn layer_before(lookup: &Lookup<'_>, node: &NodeProto) -> Option<bool> {
    let layer = lookup.producer(input(node, 0)?)?;
    let mut values = (0..layer.input.len()).filter_map(|at| input(layer, at));
    // A bias may stay in float: it is added to the integers' sum.
    let from_integers = |value: &str| lookup.producer(value).is_some_and(|n| n.op_type == "DequantizeLinear");
    Some(values.by_ref().take(2).all(from_integers) && layer.op_type != "DequantizeLinear")
}

/// Whether a value is quantised behind its activation.
fn becomes_integers(lookup: &Lookup<'_>, node: &NodeProto) -> bool {
    let Some(output) = node.output.first() else { return false };
    lookup.readers(output).iter().any(|reader| match reader.op_type.as_str() {
        "QuantizeLinear" => true,
        op if is_activation(op) => {
            reader.output.first().is_some_and(|o| lookup.readers(o).iter().any(|next| next.op_type == "QuantizeLinear"))
        }
        _ => false,
    })
}
