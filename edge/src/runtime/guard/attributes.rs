//! A node's attributes, read as the operator is known to have them.

use std::fmt::Debug;
use std::ops::RangeInclusive;

use tract_onnx::pb::{AttributeProto, NodeProto, attribute_proto::AttributeType as Kind};

use super::ModelFault;
use super::operators::Operator;

/// What to call a node: its name, or that of its output.
pub fn name(node: &NodeProto) -> &str {
    let output = node.output.first().map_or("without name", String::as_str);
    if node.name.is_empty() { output } else { &node.name }
}

/// Why `attribute` of `node` is refused.
pub fn fault(node: &NodeProto, attribute: &str, found: impl Debug, allowed: impl Into<String>) -> ModelFault {
    let (node, attribute) = (name(node).to_owned(), attribute.to_owned());
    ModelFault::Attribute { node, attribute, found: format!("{found:?}"), allowed: allowed.into() }
}

/// Checks that every attribute of `node` is one of the operator's, once, of its type, and holds nothing else.
///
/// # Errors
/// Where one is not.
pub fn check(node: &NodeProto, operator: &Operator) -> Result<(), ModelFault> {
    for (at, attribute) in node.attribute.iter().enumerate() {
        let fault = |found: &str, allowed: &str| Err(fault(node, &attribute.name, found, allowed));
        let Some((_, kind)) = operator.attributes.iter().find(|(name, _)| *name == attribute.name) else {
            let known: Vec<_> = operator.attributes.iter().map(|(name, _)| *name).collect();
            return fault("there", &format!("for {} none but [{}]", operator.name, known.join(", ")));
        };
        if node.attribute[..at].iter().any(|before| before.name == attribute.name) {
            return fault("there twice", "once");
        }
        if attribute.r#type != *kind as i32 {
            let found = Kind::try_from(attribute.r#type).map_or("of no known type", |kind| kind.as_str_name());
            return fault(found, kind.as_str_name());
        }
        let AttributeProto { ref_attr_name, t, g, tensors, graphs, sparse_tensor, sparse_tensors, .. } = attribute;
        let tensor = t.is_some() && *kind != Kind::Tensor;
        let sparse = sparse_tensor.is_some() || !sparse_tensors.is_empty();
        if tensor || g.is_some() || !(tensors.is_empty() && graphs.is_empty() && ref_attr_name.is_empty()) || sparse {
            return fault("a graph, a tensor or a reference", kind.as_str_name());
        }
    }
    Ok(())
}

fn find<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name == name)
}

/// An integer within `allowed`, or `default`.
pub fn int(node: &NodeProto, name: &str, default: i64, allowed: RangeInclusive<i64>) -> Result<i64, ModelFault> {
    let value = find(node, name).map_or(default, |attribute| attribute.i);
    if allowed.contains(&value) { Ok(value) } else { Err(fault(node, name, value, range(&allowed))) }
}

/// `N` integers within `allowed`; `None` where the attribute is not there.
pub fn ints<const N: usize>(
    node: &NodeProto,
    name: &str,
    allowed: RangeInclusive<i64>,
) -> Result<Option<[u64; N]>, ModelFault> {
    let Some(attribute) = find(node, name) else { return Ok(None) };
    let wrong = || fault(node, name, &attribute.ints, format!("{N} integers, each {},", range(&allowed)));
    let values: [i64; N] = attribute.ints.as_slice().try_into().map_err(|_| wrong())?;
    if values.iter().all(|value| allowed.contains(value)) {
        Ok(Some(values.map(i64::unsigned_abs)))
    } else {
        Err(wrong())
    }
}

/// Any number of any integers; `None` where the attribute is not there.
pub fn list<'a>(node: &'a NodeProto, name: &str) -> Option<&'a [i64]> {
    find(node, name).map(|attribute| attribute.ints.as_slice())
}

/// A word, or `default`.
pub fn word<'a>(node: &'a NodeProto, name: &str, default: &'a str) -> &'a str {
    find(node, name).map_or(default, |attribute| std::str::from_utf8(&attribute.s).unwrap_or("no text"))
}

/// Checks that all real numbers are finite.
pub fn finite(node: &NodeProto) -> Result<(), ModelFault> {
    let broken = node.attribute.iter().find(|a| a.r#type == Kind::Float as i32 && !a.f.is_finite());
    broken.map_or(Ok(()), |a| Err(fault(node, &a.name, a.f, "a finite number")))
}

/// The tensor of a Constant.
pub fn tensor(node: &NodeProto) -> Option<&tract_onnx::pb::TensorProto> {
    find(node, "value").and_then(|attribute| attribute.t.as_ref())
}

fn range(allowed: &RangeInclusive<i64>) -> String {
    let (least, most) = allowed.clone().into_inner();
    if least == most { least.to_string() } else { format!("{least} to {most}") }
}
