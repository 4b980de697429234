//! Operators that only lay values out anew, join, cut or sum them up.

use super::ModelFault;
use super::attributes::{int, list};
use super::given::Given;
use super::limits::AXES;
use super::tensor::{elements, shape};

/// Sizes of values joined along an axis.
pub fn joined(given: &Given<'_>) -> Result<Vec<u64>, ModelFault> {
    let first = given.fact(0)?;
    let axis = given.axis(int(given.node, "axis", i64::MAX, i64::MIN..=i64::MAX)?, first.dims.len())?;
    let mut dims = first.dims.clone();
    for at in 1..given.facts.len() {
        let other = given.fact(at)?;
        let beside =
            |dims: &[u64]| dims.iter().enumerate().filter(|(i, _)| *i != axis).map(|(_, d)| *d).collect::<Vec<_>>();
        if other.data_type != first.data_type
            || other.dims.len() != first.dims.len()
            || beside(&other.dims) != beside(&first.dims)
        {
            return Err(
                given.fault(format!("{} and {}", first.text(), other.text()), "values that differ in the axis alone")
            );
        }
        dims[axis] = dims[axis].saturating_add(other.dims[axis]);
    }
    Ok(dims)
}

/// Sizes after a reduction, whose axes are an attribute, or from operator set 18 on an input.
pub fn reduced(given: &Given<'_>) -> Result<Vec<u64>, ModelFault> {
    let dims = &given.fact(0)?.dims;
    let stored = given.list(1)?;
    let axes = match (list(given.node, "axes"), stored.as_deref()) {
        (Some(axes), None) | (None, Some(axes)) if !axes.is_empty() => given.axes(axes, dims.len())?,
        _ => return Err(given.fault("no axes, or two lists of them", "one list of axes")),
    };
    let keep = int(given.node, "keepdims", 1, 0..=1)? == 1;
    int(given.node, "noop_with_empty_axes", 0, 0..=1)?;
    let sizes = dims.iter().enumerate().filter_map(|(at, size)| match (axes.contains(&at), keep) {
        (false, _) => Some(*size),
        (true, true) => Some(1),
        (true, false) => None,
    });
    Ok(sizes.collect())
}

/// Sizes after a reshape: 0 keeps a size, −1 takes what is left.
pub fn reshaped(given: &Given<'_>) -> Result<Vec<u64>, ModelFault> {
    int(given.node, "allowzero", 0, 0..=0)?;
    let dims = &given.fact(0)?.dims;
    let wanted = given.list(1)?.unwrap_or_default();
    let all = elements(dims);
    let misfit = || given.fault(shape(dims), format!("a shape that becomes {wanted:?}"));
    let mut open = None;
    let mut sizes = Vec::with_capacity(wanted.len());
    for (at, size) in wanted.iter().enumerate() {
        sizes.push(match *size {
            -1 if open.is_none() => {
                open = Some(at);
                1
            }
            0 => *dims.get(at).ok_or_else(misfit)?,
            size => u64::try_from(size).map_err(|_| misfit())?,
        });
    }
    let told = elements(&sizes);
    if let Some(at) = open {
        sizes[at] = if all.is_multiple_of(told) { all / told } else { return Err(misfit()) };
    }
    if elements(&sizes) == all { Ok(sizes) } else { Err(misfit()) }
}

/// Sizes of a cut: each axis from its start to its end in its steps.
pub fn cut(given: &Given<'_>) -> Result<Vec<u64>, ModelFault> {
    let mut dims = given.fact(0)?.dims.clone();
    let [starts, ends, axes, steps] = [1, 2, 3, 4].map(|at| given.list(at));
    let (starts, ends) = (starts?.unwrap_or_default(), ends?.unwrap_or_default());
    let axes = axes?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = steps?.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return Err(given.fault("starts, ends, axes and steps of different lengths", "lists of one length"));
    }
    let axes = given.axes(&axes, dims.len())?;
    for (at, axis) in axes.into_iter().enumerate() {
        let size = dims[axis] as i64;
        // From the end where negative, and never outside.
        let place = |at: i64| if at < 0 { at.saturating_add(size) } else { at }.clamp(0, size);
        let length = place(ends[at]) - place(starts[at]);
        if length < 1 || steps[at] < 1 {
            let found = format!("a cut from {} to {} in steps of {}", starts[at], ends[at], steps[at]);
            return Err(given.fault(found, format!("one that leaves something of {size}")));
        }
        dims[axis] = ((length - 1) / steps[at] + 1).unsigned_abs();
    }
    Ok(dims)
}

/// Sizes without axes of 1, or with new ones.
pub fn squeezed(given: &Given<'_>) -> Result<Vec<u64>, ModelFault> {
    let dims = &given.fact(0)?.dims;
    let asked = given.list(1)?.unwrap_or_default();
    if given.node.op_type == "Squeeze" {
        let axes = given.axes(&asked, dims.len())?;
        if axes.iter().any(|axis| dims[*axis] != 1) {
            return Err(given.fault(shape(dims), format!("sizes of 1 along {asked:?}")));
        }
        return Ok(dims.iter().enumerate().filter(|(at, _)| !axes.contains(at)).map(|(_, size)| *size).collect());
    }
    let axes = dims.len() + asked.len();
    if axes > AXES {
        return Err(given.fault(format!("{axes} axes"), format!("at most {AXES}")));
    }
    let new = given.axes(&asked, axes)?;
    let mut rest = dims.iter();
    let size = |at: usize| if new.contains(&at) { 1 } else { *rest.next().expect("as many as are not new") };
    Ok((0..axes).map(size).collect())
}
