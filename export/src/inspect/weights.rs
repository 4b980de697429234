//! What a layer keeps in the file: the constants it reads, directly or through the nodes that make real numbers of them.

use tract_onnx::pb::{NodeProto, TensorProto};

use super::graph::{Lookup, input};
use super::tensor;

/// Longest chain of nodes between a constant and the layer that is followed.
const LONGEST_CHAIN: usize = 8;

/// Constants that are parameters of `node`: not shapes and axes, and not the scales and zero points of its integers.
pub fn of<'a>(lookup: &Lookup<'a>, node: &'a NodeProto) -> Vec<&'a TensorProto> {
    let places: Vec<usize> = match node.op_type.as_str() {
        "QLinearConv" => vec![3, 8],
        "QLinearMatMul" => vec![3],
        "QGemm" => vec![3, 6],
        "ConvInteger" | "MatMulInteger" => vec![1],
        // What these read beside their value says how, not what.
        "Reshape" | "Clip" | "Slice" | "Pad" | "Resize" | "Squeeze" | "Unsqueeze" | "Split" | "Gather" | "Expand" => {
            vec![]
        }
        op if op.starts_with("Reduce") || op.starts_with("QLinear") => vec![],
        _ => (0..node.input.len()).collect(),
    };
    places.into_iter().filter_map(|at| behind(lookup, input(node, at)?)).filter(|t| !t.dims.is_empty()).collect()
}

/// The stored constant behind a value: itself, or what is dequantised or cast to it.
pub fn behind<'a>(lookup: &Lookup<'a>, value: &'a str) -> Option<&'a TensorProto> {
    let mut value = value;
    for _ in 0..LONGEST_CHAIN {
        if let Some(constant) = lookup.constant(value) {
            return Some(constant);
        }
        let node = lookup.producer(value)?;
        match node.op_type.as_str() {
            "DequantizeLinear" | "QuantizeLinear" | "Cast" | "Identity" => value = input(node, 0)?,
            _ => return None,
        }
    }
    None
}

/// Whether a node only makes real numbers of integers or back, or of one type another.
pub fn is_conversion(lookup: &Lookup<'_>, node: &NodeProto) -> bool {
    match node.op_type.as_str() {
        "QuantizeLinear" | "DequantizeLinear" | "Constant" => true,
        "Cast" | "Identity" => node.input.first().is_some_and(|value| behind(lookup, value).is_some()),
        _ => false,
    }
}

/// Bytes of a constant; 0 where its type has no fixed size.
pub fn bytes(constant: &TensorProto) -> u64 {
    tensor::bytes(constant).unwrap_or(0)
}
