//! Integers that shapes are made of: what an exporter writes for `x.view(x.size(0), -1)`.

use tract_onnx::pb::{NodeProto, TensorProto, tensor_proto::DataType};

use super::{Fact, Facts, sizes};
use crate::inspect::graph::{attribute, int};

/// What is known of a constant.
pub fn of_tensor(tensor: &TensorProto) -> Fact {
    sizes(tensor)
}

/// Of the output of an operator that makes a constant or looks one up.
pub fn output(node: &NodeProto, facts: &Facts) -> Fact {
    let vector = |integers: Vec<Option<i64>>| Fact {
        shape: Some(vec![Some(integers.len() as u64)]),
        data_type: DataType::Int64 as i32,
        integers: Some(integers),
    };
    match node.op_type.as_str() {
        "Constant" => {
            let (value, ints) = (attribute(node, "value"), attribute(node, "value_ints"));
            if let Some(tensor) = value.and_then(|value| value.t.as_ref()) {
                sizes(tensor)
            } else if let Some(ints) = ints {
                vector(ints.ints.iter().copied().map(Some).collect())
            } else if let Some(one) = attribute(node, "value_int") {
                Fact { shape: Some(vec![]), ..vector(vec![Some(one.i)]) }
            } else {
                Fact::default()
            }
        }
        "Shape" => {
            let Some(dims) = facts.input(node, 0).shape else { return Fact::default() };
            vector(dims.into_iter().map(|dim| dim.and_then(|d| i64::try_from(d).ok())).collect())
        }
        "ConstantOfShape" => {
            let shape = facts.input(node, 0).integers;
            let shape = shape.map(|dims| dims.iter().map(|dim| dim.and_then(|d| u64::try_from(d).ok())).collect());
            let filled = attribute(node, "value").and_then(|value| value.t.as_ref());
            Fact { shape, data_type: filled.map_or(DataType::Float as i32, |t| t.data_type), integers: None }
        }
        _ => gather(node, facts),
    }
}

fn gather(node: &NodeProto, facts: &Facts) -> Fact {
    let (data, indices) = (facts.input(node, 0), facts.input(node, 1));
    let shape = || {
        let (data, indices) = (data.shape.as_ref()?, indices.shape.as_ref()?);
        let axis = super::reduce::axis(int(node, "axis", 0), data.len())?;
        Some([&data[..axis], indices, &data[axis + 1..]].concat())
    };
    let picked = || {
        let (data, indices) = (data.integers.as_ref()?, indices.all_integers()?);
        let pick = |i: i64| data.get(super::reduce::axis(i, data.len())?).copied();
        indices.into_iter().map(pick).collect()
    };
    Fact { shape: shape(), data_type: data.data_type, integers: picked() }
}

/// The integers behind an operator that only joins or reshapes them.
pub fn through(node: &NodeProto, facts: &Facts) -> Option<Vec<Option<i64>>> {
    match node.op_type.as_str() {
        "Squeeze" | "Unsqueeze" => facts.input(node, 0).integers,
        "Concat" => {
            let parts: Option<Vec<_>> = node.input.iter().map(|name| facts.of(name).integers).collect();
            parts.map(|parts| parts.concat())
        }
        _ => None,
    }
}
