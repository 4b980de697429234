//! The rules, by the kind of node that they are about.

use tract_onnx::pb::{NodeProto, TensorProto, tensor_proto::DataType};

use super::Rule;
use crate::inspect::graph::{Lookup, input, int, name};
use crate::inspect::{elements, floats, type_name};

/// Scales of a tensor that are read: one for each channel of the widest layer there is.
const MOST_SCALES: u64 = 1 << 16;

/// Told of a rule, a node, and what is wrong.
type Found<'a> = dyn FnMut(Rule, &str, String) + 'a;

/// Whether all values of a tensor of integers are 0.
fn is_zero(tensor: &TensorProto) -> bool {
    tensor.raw_data.iter().all(|byte| *byte == 0) && tensor.int32_data.iter().all(|value| *value == 0)
}

/// A type's name; types of eight and fewer bits that are no integers too.
fn name_of(data_type: i32) -> String {
    match type_name(data_type) {
        "?" => DataType::try_from(data_type).map_or(format!("type {data_type}"), |t| t.as_str_name().to_lowercase()),
        known => known.to_owned(),
    }
}

/// Type of the integers that a conversion gives or reads; `None` where nothing in the file says it.
fn integer_type(lookup: &Lookup<'_>, node: &NodeProto) -> Option<i32> {
    if let Some(zero) = input(node, 2) {
        return lookup.constant(zero).map(|tensor| tensor.data_type);
    }
    if node.op_type == "QuantizeLinear" {
        // ONNX specification: without a zero point u8, or from operator set 21 on the type that is named.
        let named = i32::try_from(int(node, "output_dtype", 0)).ok().filter(|named| *named != 0);
        return named.or(Some(DataType::Uint8 as i32));
    }
    let value = input(node, 0)?;
    match lookup.constant(value) {
        Some(stored) => Some(stored.data_type),
        None => lookup.producer(value).filter(|p| p.op_type == "QuantizeLinear").and_then(|p| integer_type(lookup, p)),
    }
}

/// Whether all that read a value take it as their bias.
fn is_bias(lookup: &Lookup<'_>, node: &NodeProto) -> bool {
    let Some(output) = node.output.first() else { return false };
    let readers = lookup.readers(output);
    let as_bias = |reader: &&NodeProto| input(reader, 2) == Some(output) && is_layer(&reader.op_type);
    !readers.is_empty() && readers.iter().all(as_bias)
}

/// Whether an operator is a layer with weights.
pub fn is_layer(op: &str) -> bool {
    matches!(op, "Conv" | "ConvTranspose" | "Gemm" | "MatMul")
}

/// QuantizeLinear and DequantizeLinear.
pub fn conversion(lookup: &Lookup<'_>, node: &NodeProto, found: &mut Found<'_>) {
    let at = name(node);
    let scale = input(node, 1).and_then(|value| lookup.constant(value));
    let scales = scale.filter(|scale| elements(scale).is_some_and(|n| n <= MOST_SCALES)).and_then(floats);
    match &scales {
        None => {
            let problem = format!("its scale is no f32 constant of up to {MOST_SCALES} values; write it into the file");
            found(Rule::Scale, at, problem);
        }
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
    match input(node, 2).map(|zero| lookup.constant(zero)) {
        Some(None) => found(Rule::ZeroPoint, at, "its zero point is no constant; write 0 into the file".to_owned()),
        Some(Some(zero)) if elements(zero).is_none_or(|n| n > MOST_SCALES) || !is_zero(zero) => {
            found(Rule::ZeroPoint, at, "its zero point is not 0; quantise symmetrically".to_owned());
        }
        _ => {}
    }
    // What becomes of a bias is another rule's.
    let integers = integer_type(lookup, node).filter(|_| !is_bias(lookup, node));
    if let Some(integers) = integers.filter(|integers| *integers != DataType::Int8 as i32) {
        let problem =
            format!("its integers are {}; TensorRT takes s8 here: give an s8 zero point of 0", name_of(integers));
        found(Rule::SignedIntegers, at, problem);
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
    let stored = input(weight, 0).and_then(|value| lookup.constant(value));
    let Some(axes) = stored.map(|stored| stored.dims.len() as i64).filter(|_| per_axis) else { return };
    // Output channels of a convolution come first; of a product, where its columns are (unless transposed).
    let channel = match node.op_type.as_str() {
        "Conv" => 0,
        "Gemm" if int(node, "transB", 0) == 1 => 0,
        "MatMul" => axes - 1,
        _ => 1,
    };
    let axis = int(weight, "axis", 1);
    // Counted from the end where negative.
    if axis != channel && axis != channel - axes {
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
