//! Operators that move values about without computing.

use tract_onnx::pb::NodeProto;

use super::reduce::{axes, axis};
use super::{Fact, Facts, MOST, Shape};
use crate::inspect::graph::{Lookup, attribute, input, int, ints};
use crate::inspect::tensor;

type Dims = Vec<Option<u64>>;

/// Shape of what such an operator gives.
pub fn output(lookup: &Lookup<'_>, node: &NodeProto, first: &Fact, facts: &Facts) -> Shape {
    let dims = first.shape.as_ref();
    match node.op_type.as_str() {
        "Reshape" => reshape(node, first, facts),
        "Flatten" => {
            let dims = dims?;
            // Here the axis may be the rank: everything before it.
            let at = int(node, "axis", 1);
            let at = if at == dims.len() as i64 { dims.len() } else { axis(at, dims.len())? };
            let product = |dims: &[Option<u64>]| dims.iter().try_fold(1u64, |all, dim| all.checked_mul((*dim)?));
            Some(vec![product(&dims[..at]), product(&dims[at..])])
        }
        "Squeeze" => {
            let dims = dims?;
            let named = axes(node, facts)?;
            let at = named.iter().map(|a| axis(*a, dims.len())).collect::<Option<Vec<_>>>()?;
            let goes = |i: usize| if named.is_empty() { dims[i] == Some(1) } else { at.contains(&i) };
            Some((0..dims.len()).filter(|i| !goes(*i)).map(|i| dims[i]).collect())
        }
        "Unsqueeze" => {
            let (dims, named) = (dims?, axes(node, facts)?);
            let rank = Some(dims.len() + named.len()).filter(|rank| *rank <= MOST)?;
            let at = named.iter().map(|a| axis(*a, rank)).collect::<Option<Vec<_>>>()?;
            let mut rest = dims.iter();
            (0..rank).map(|i| if at.contains(&i) { Some(Some(1)) } else { rest.next().copied() }).collect()
        }
        "Transpose" => {
            let dims = dims?;
            match ints(node, "perm") {
                Some(order) => order.iter().map(|i| dims.get(usize::try_from(*i).ok()?).copied()).collect(),
                None => Some(dims.iter().rev().copied().collect()),
            }
        }
        "Concat" => concat(node, facts),
        "Slice" => slice(node, first, facts),
        "Pad" => {
            let pads = match ints(node, "pads") {
                Some(pads) => pads.to_vec(),
                None => facts.input(node, 1).all_integers()?,
            };
            let dims = dims.filter(|dims| pads.len() == dims.len() * 2)?;
            let grown = |(i, dim): (usize, &Option<u64>)| {
                dim.and_then(|d| d.checked_add_signed(pads[i])?.checked_add_signed(pads[i + dims.len()]))
            };
            Some(dims.iter().enumerate().map(grown).collect())
        }
        "DepthToSpace" | "SpaceToDepth" => {
            let [n, c, h, w] = dims?[..] else { return None };
            let block = u64::try_from(int(node, "blocksize", 0)).ok().filter(|b| *b > 0)?;
            let (area, larger) = (block.checked_mul(block)?, |d: Option<u64>| d?.checked_mul(block));
            Some(match node.op_type.as_str() {
                "DepthToSpace" => vec![n, c.map(|c| c / area), larger(h), larger(w)],
                _ => vec![n, c.and_then(|c| c.checked_mul(area)), h.map(|h| h / block), w.map(|w| w / block)],
            })
        }
        "Expand" => {
            let to = facts.input(node, 1).all_integers()?;
            let to = to.into_iter().map(|d| u64::try_from(d).ok().map(Some)).collect::<Option<Dims>>()?;
            super::product::broadcast(&[first.shape.clone(), Some(to)])
        }
        _ => resize(lookup, node, first, facts),
    }
}

fn reshape(node: &NodeProto, first: &Fact, facts: &Facts) -> Shape {
    // Before operator set 5 the shape is an attribute.
    let to: Vec<Option<i64>> = match ints(node, "shape") {
        Some(shape) => shape.iter().copied().map(Some).collect(),
        None => facts.input(node, 1).integers?,
    };
    let copied = |i: usize| first.shape.as_ref().and_then(|dims| *dims.get(i)?);
    let mut dims: Dims = (to.iter().enumerate())
        .map(|(i, size)| match size {
            Some(0) if int(node, "allowzero", 0) == 0 => copied(i),
            Some(size) => u64::try_from(*size).ok(),
            None => None,
        })
        .collect();
    // One size follows from the others, also where the number of pictures is copied and not known.
    if let Some(free) = to.iter().position(|size| *size == Some(-1)) {
        let from = first.shape.as_ref()?;
        let is_copy = |i: usize| to[i] == Some(0) && dims[i].is_none();
        let known = |dims: &[Option<u64>], but: &dyn Fn(usize) -> bool| {
            let kept = dims.iter().enumerate().filter(|(i, _)| !but(*i));
            kept.map(|(_, dim)| *dim).try_fold(1u64, |all, dim| all.checked_mul(dim?))
        };
        let all = known(from, &|i| i < to.len() && is_copy(i));
        let rest = known(&dims, &|i| i == free || is_copy(i));
        dims[free] = all.zip(rest).and_then(|(all, rest)| all.checked_div(rest));
    }
    Some(dims)
}

fn concat(node: &NodeProto, facts: &Facts) -> Shape {
    let shapes: Vec<Dims> = node.input.iter().map(|name| facts.of(name).shape).collect::<Option<_>>()?;
    let mut out = shapes.first()?.clone();
    let at = axis(int(node, "axis", 1), out.len())?;
    out[at] = shapes.iter().try_fold(0u64, |sum, shape| sum.checked_add((*shape.get(at)?)?));
    Some(out)
}

fn slice(node: &NodeProto, first: &Fact, facts: &Facts) -> Shape {
    let mut out = first.shape.clone()?;
    // Before operator set 10 these are attributes.
    let of = |name: &str, at: usize| match (ints(node, name), input(node, at)) {
        (Some(values), _) => Some(Some(values.to_vec())),
        (None, Some(input)) => facts.of(input).all_integers().map(Some),
        (None, None) => Some(None),
    };
    let (starts, ends) = (of("starts", 1)??, of("ends", 2)??);
    let axes = of("axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = of("steps", 4)?.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return None;
    }
    for (((start, end), at), step) in starts.iter().zip(ends).zip(axes).zip(steps) {
        let at = axis(at, out.len())?;
        out[at] = out[at].and_then(|size| {
            let size = i64::try_from(size).ok()?;
            let (least, most) = if step > 0 { (0, size) } else { (-1, size - 1) };
            let bound = |v: i64| if v < 0 { v.saturating_add(size) } else { v }.clamp(least, most);
            // An end far below 0 means "through the first" where the slice runs backwards.
            let (start, end) = (bound(*start).max(0), bound(end));
            let room = if step > 0 { end - start } else { start - end };
            let step = step.unsigned_abs();
            (step > 0).then(|| u64::try_from(room).unwrap_or(0).div_ceil(step))
        });
    }
    Some(out)
}

/// Shapes of a Split's outputs.
pub fn split(node: &NodeProto, first: &Fact, facts: &Facts) -> Option<Vec<Dims>> {
    let dims = first.shape.as_ref()?;
    let at = axis(int(node, "axis", 0), dims.len())?;
    let sizes = match (ints(node, "split"), input(node, 1)) {
        (Some(sizes), _) => sizes.to_vec(),
        (None, Some(name)) => facts.of(name).all_integers()?,
        (None, None) => {
            let (parts, size) = (node.output.len() as u64, dims[at]?);
            let each = size.div_ceil(parts.max(1));
            (0..parts).map(|i| size.saturating_sub(i * each).min(each) as i64).collect()
        }
    };
    let part = |size: i64| {
        let mut dims = dims.clone();
        dims[at] = u64::try_from(size).ok();
        dims
    };
    Some(sizes.into_iter().take(node.output.len()).map(part).collect())
}

fn resize(lookup: &Lookup<'_>, node: &NodeProto, first: &Fact, facts: &Facts) -> Shape {
    let dims = first.shape.as_ref()?;
    if attribute(node, "axes").is_some() || attribute(node, "keep_aspect_ratio_policy").is_some() {
        return None;
    }
    if let Some(sizes) = input(node, 3) {
        let sizes = facts.of(sizes).all_integers()?;
        return sizes.into_iter().map(|size| u64::try_from(size).ok().map(Some)).collect();
    }
    // Upsample, and Resize before operator set 11, have no region of interest before the scales.
    let scales = input(node, if node.input.len() > 2 { 2 } else { 1 })?;
    let scales = tensor::floats(lookup.constant(scales)?)?;
    let scaled = |(dim, scale): (&Option<u64>, f32)| dim.map(|d| (d as f64 * f64::from(scale)).floor() as u64);
    (scales.len() == dims.len()).then(|| dims.iter().zip(scales).map(scaled).collect())
}
