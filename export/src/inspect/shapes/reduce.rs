//! Reductions: axes that become one value, or go away.

use tract_onnx::pb::NodeProto;

use super::{Fact, Facts, Shape};
use crate::inspect::graph::{input, int, ints};

/// Shape of what a reduction leaves.
pub fn output(node: &NodeProto, first: &Fact, facts: &Facts) -> Shape {
    let dims = first.shape.as_ref()?;
    let (axes, keep): (Vec<usize>, _) = if node.op_type.contains("Global") {
        ((2..dims.len()).collect(), true)
    } else {
        let axes = if node.op_type.starts_with("Arg") {
            vec![int(node, "axis", 0)]
        } else {
            match axes(node, facts)? {
                // No axes mean all, or with this attribute none.
                none if none.is_empty() && int(node, "noop_with_empty_axes", 0) == 1 => return first.shape.clone(),
                none if none.is_empty() => (0..dims.len() as i64).collect(),
                some => some,
            }
        };
        let axes = axes.into_iter().map(|a| axis(a, dims.len())).collect::<Option<_>>()?;
        (axes, int(node, "keepdims", 1) == 1)
    };
    let reduced = |i: &usize| axes.contains(i);
    let kept = (0..dims.len()).filter(|i| keep || !reduced(i));
    Some(kept.map(|i| if reduced(&i) { Some(1) } else { dims[i] }).collect())
}

/// The axes an operator names: an attribute in older operator sets, a second input in newer ones; none where it names
/// none.
pub fn axes(node: &NodeProto, facts: &Facts) -> Option<Vec<i64>> {
    match (ints(node, "axes"), input(node, 1)) {
        (Some(axes), _) => Some(axes.to_vec()),
        (None, Some(name)) => facts.of(name).all_integers(),
        (None, None) => Some(vec![]),
    }
}

/// An axis of `rank`, negative ones counted from the end.
pub fn axis(axis: i64, rank: usize) -> Option<usize> {
    let from_start = if axis < 0 { axis.checked_add(i64::try_from(rank).ok()?)? } else { axis };
    usize::try_from(from_start).ok().filter(|axis| *axis < rank)
}
