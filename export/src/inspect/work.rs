//! Multiply–accumulates of a layer.

use tract_onnx::pb::NodeProto;

use super::graph::{input, is_known_domain};
use super::shapes::{Facts, is_known, product, window};

/// How many products are summed up; `None` where a size or the operator is unknown.
pub fn macs(node: &NodeProto, facts: &Facts) -> Option<u64> {
    if !is_known_domain(node) || !is_known(node) {
        return None;
    }
    let output = node.output.first().map(|o| facts.of(o))?;
    let op = node.op_type.as_str();
    if op.contains("Conv") {
        let weight = input(node, window::weight_at(node)).map(|name| facts.of(name))?;
        let channels = (*weight.shape.as_ref()?.first()?)?;
        let each = weight.elements()?.checked_div(channels)?;
        // Transposed, every input value is multiplied by all weights of its channel.
        let values = if op == "ConvTranspose" { facts.input(node, 0).elements()? } else { output.elements()? };
        return values.checked_mul(each);
    }
    if op.contains("Gemm") || op.contains("MatMul") {
        return output.elements()?.checked_mul(product::inner(node, &facts.input(node, 0))?);
    }
    Some(0)
}
