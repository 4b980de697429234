//! Matrix products, and how sizes broadcast (ONNX specification, "Multidirectional Broadcasting").

use tract_onnx::pb::NodeProto;

use super::{Fact, Shape};
use crate::inspect::graph::int;

/// At which input a matrix product reads its second matrix.
pub fn second_at(node: &NodeProto) -> usize {
    if matches!(node.op_type.as_str(), "QLinearMatMul" | "QGemm") { 3 } else { 1 }
}

/// Shape of a product of two matrices, or of two stacks of them.
pub fn output(node: &NodeProto, a: &Fact, b: &Fact) -> Shape {
    let (a, b) = (a.shape.clone()?, b.shape.clone()?);
    if node.op_type.contains("Gemm") {
        let [rows, inner_a] = a[..] else { return None };
        let [inner_b, columns] = b[..] else { return None };
        let rows = if int(node, "transA", 0) == 0 { rows } else { inner_a };
        return Some(vec![rows, if int(node, "transB", 0) == 0 { columns } else { inner_b }]);
    }
    let (a, b) = (transposed(node, "transA", a), transposed(node, "transB", b));
    // A vector is a matrix of one row, or one column, that is dropped from the result.
    let (row, column) = (a.len() == 1, b.len() == 1);
    let (stack_a, rows) = if row { (&[][..], None) } else { (a.get(..a.len().checked_sub(2)?)?, Some(a[a.len() - 2])) };
    let (stack_b, columns) =
        if column { (&[][..], None) } else { (b.get(..b.len().checked_sub(2)?)?, b.last().copied()) };
    let mut shape = broadcast(&[Some(stack_a.to_vec()), Some(stack_b.to_vec())])?;
    shape.extend(rows);
    shape.extend(columns);
    Some(shape)
}

fn transposed(node: &NodeProto, name: &str, mut dims: Vec<Option<u64>>) -> Vec<Option<u64>> {
    if int(node, name, 0) == 1
        && let [.., a, b] = &mut dims[..]
    {
        std::mem::swap(a, b);
    }
    dims
}

/// How many products are summed for each value of the result.
pub fn inner(node: &NodeProto, a: &Fact) -> Option<u64> {
    let dims = a.shape.as_ref()?;
    let across = int(node, "transA", 0) == 1 && dims.len() >= 2;
    *dims.get(dims.len().checked_sub(1 + usize::from(across))?)?
}

/// The shape that all of `shapes` stretch to.
pub fn broadcast(shapes: &[Shape]) -> Shape {
    let shapes: Vec<_> = shapes.iter().map(Option::as_ref).collect::<Option<_>>()?;
    let rank = shapes.iter().map(|s| s.len()).max()?;
    let mut out = vec![Some(1); rank];
    for shape in shapes {
        for (size, dim) in out[rank - shape.len()..].iter_mut().zip(shape) {
            *size = match (*size, *dim) {
                (Some(1), other) | (other, Some(1)) => other,
                (Some(a), Some(b)) if a != b => return None,
                // An unknown size beside a known one can only be that one, or 1.
                (known, None) | (None, known) => known,
                (known, Some(_)) => known,
            };
        }
    }
    Some(out)
}
