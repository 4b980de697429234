//! The rules, by the kind of node that they are about.

use tract_onnx::pb::{NodeProto, tensor_proto::DataType};

use super::Rule;
use crate::inspect::graph::{Lookup, input, int, name};
use crate::inspect::{floats, integers};

/// Told of a rule, a node, and what is wrong.
type Found<'a> = dyn FnMut(Rule, &str, String) + 'a;

/// QuantizeLinear and DequantizeLinear.
pub fn conversion(lookup: &Lookup<'_>, node: &NodeProto, found: &mut Found<'_>) {
    let at = name(node);
    let scale = input(node, 1).and_then(|value| lookup.constant(value));
    let scales = scale.and_then(floats);
    match &scales {
        None => found(Rule::Scale, at, "its scale is no f32 constant; write it into the file".to_owned()),
        Some(scales) => {
            if let Some(scale) = scales.iter().find(|s| !s.is_finite() || **s <= 0.0) {
                found(Rule::Scale, at, format!("a scale is {scale}; scales are above 0 and finite"));
            }
        }
    }
    let per_axis = scale.is_some_and(|s| !s.dims.is_empty() && s.dims != [1]);
    let of_constant = input(node, 0).is_some_and(|value| lookup.constant(value).is_some());
    if per_axis && !of_constant {
        let problem = "an activation has a scale for each channel; give the whole tensor one".to_owned();
        found(Rule::Granularity, at, problem);
    }
    if let Some(zero) = input(node, 2) {
        match lookup.constant(zero) {
            Some(tensor) if integers(tensor).is_some_and(|z| z.iter().any(|z| *z != 0)) => {
                found(Rule::ZeroPoint, at, "its zero point is not 0; quantise symmetrically".to_owned());
            }
            Some(tensor) if tensor.data_type == DataType::Uint8 as i32 => {
                found(Rule::SignedIntegers, at, "its integers are u8; TensorRT takes s8".to_owned());
            }
            Some(_) => {}
            None => found(Rule::ZeroPoint, at, "its zero point is no constant; write 0 into the file".to_owned()),
        }
    } else if node.op_type == "QuantizeLinear" {
        // ONNX specification: without a zero point the integers are u8.
        found(Rule::SignedIntegers, at, "it has no zero point and so gives u8; give an s8 zero point of 0".to_owned());
    }
    let output = node.output.first().map_or("", String::as_str);
    if node.op_type == "QuantizeLinear"
        && let Some(other) = lookup.readers(output).iter().find(|reader| reader.op_type != "DequantizeLinear")
    {
        let problem = format!("{} reads its integers; a DequantizeLinear must stand between", name(other));
        found(Rule::Pair, at, problem);
    }
}

fn is_dequantised(lookup: &Lookup<'_>, node: &NodeProto, at: usize) -> bool {
    let producer = input(node, at).and_then(|value| lookup.producer(value));
    producer.is_some_and(|p| p.op_type == "DequantizeLinear")
}

/// Layers with weights.
pub fn layer(lookup: &Lookup<'_>, node: &NodeProto, found: &mut Found<'_>) {
    let at = name(node);
    if is_dequantised(lookup, node, 2) {
        found(Rule::Bias, at, "its bias is quantised; keep it in f32".to_owned());
    }
    let (input_is, weight_is) = (is_dequantised(lookup, node, 0), is_dequantised(lookup, node, 1));
    let of_constant = input(node, 1).is_some_and(|value| lookup.constant(value).is_some());
    if input_is && !weight_is && of_constant && reads_into_integers(lookup, node) {
        found(Rule::Weights, at, "its input and output are quantised and its weights are not".to_owned());
    }
    let Some(weight) = input(node, 1).and_then(|value| lookup.producer(value)).filter(|_| weight_is) else { return };
    let scales = input(weight, 1).and_then(|value| lookup.constant(value));
    let per_axis = scales.is_some_and(|s| !s.dims.is_empty() && s.dims != [1]);
    // Output channels of a convolution come first; of a product, where its columns are (unless transposed).
    let channel = match node.op_type.as_str() {
        "Conv" => 0,
        "Gemm" if int(node, "transB", 0) == 1 => 0,
        _ => 1,
    };
    let axis = int(weight, "axis", 1);
    if per_axis && axis != channel {
        let problem = format!("its weights have a scale along axis {axis}; output channels are axis {channel}");
        found(Rule::Granularity, at, problem);
    }
}

/// Whether what a layer gives is quantised, at once or behind its activation.
fn reads_into_integers(lookup: &Lookup<'_>, node: &NodeProto) -> bool {
    let is_read_by = |node: &NodeProto, op: &str| {
        let output = node.output.first().map_or("", String::as_str);
        lookup.readers(output).iter().any(|reader| reader.op_type == op)
    };
    let activations = node.output.first().map_or(&[][..], |o| lookup.readers(o));
    is_read_by(node, "QuantizeLinear")
        || activations.iter().any(|a| matches!(a.op_type.as_str(), "Relu" | "Clip") && is_read_by(a, "QuantizeLinear"))
}

/// Residual sums.
pub fn sum(lookup: &Lookup<'_>, node: &NodeProto, found: &mut Found<'_>) {
    let quantised = [0, 1].map(|at| is_dequantised(lookup, node, at));
    if quantised[0] != quantised[1] {
        let term = if quantised[0] { "second" } else { "first" };
        found(Rule::Sum, name(node), format!("its {term} term is in float and the other is not; quantise both"));
    }
}
