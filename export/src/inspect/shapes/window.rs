//! Operators that slide a window over the input: convolutions and poolings.

use tract_onnx::pb::NodeProto;

use super::{Fact, Shape};
use crate::inspect::graph::{attribute, int, ints};

/// At which input a convolution reads its weights.
pub fn weight_at(node: &NodeProto) -> usize {
    if node.op_type == "QLinearConv" { 3 } else { 1 }
}

/// Shape of the output: N×C_out and one size for each spatial axis.
pub fn output(node: &NodeProto, input: &Fact, weight: &Fact) -> Shape {
    let dims = input.shape.as_ref()?;
    let spatial = dims.len().checked_sub(2)?;
    let (kernel, channels) = if node.op_type.ends_with("Pool") {
        (sizes(node, "kernel_shape", 0, spatial)?, dims[1])
    } else {
        let weight = weight.shape.as_ref().filter(|dims| dims.len() == spatial + 2)?;
        let kernel: Vec<u64> = match attribute(node, "kernel_shape") {
            Some(_) => sizes(node, "kernel_shape", 0, spatial)?,
            None => weight[2..].iter().copied().collect::<Option<_>>()?,
        };
        let channels = match node.op_type.as_str() {
            "ConvTranspose" => weight[1]?.checked_mul(u64::try_from(int(node, "group", 1)).ok()?),
            _ => weight[0],
        };
        (kernel, channels)
    };
    let strides = sizes(node, "strides", 1, spatial)?;
    let dilations = sizes(node, "dilations", 1, spatial)?;
    let pads = sizes(node, "pads", 0, spatial * 2)?;
    let outs = sizes(node, "output_padding", 0, spatial)?;
    let automatic = attribute(node, "auto_pad").map_or("NOTSET", |a| std::str::from_utf8(&a.s).unwrap_or("?"));
    let mut shape = vec![dims[0], channels];
    for i in 0..spatial {
        let (stride, pad) = (strides[i], pads[i].checked_add(pads[i + spatial])?);
        // From the first to the last value under the window.
        let reach = dilations[i].checked_mul(kernel[i].checked_sub(1)?)?.checked_add(1)?;
        let size = |input: u64| match (node.op_type.as_str(), automatic) {
            ("ConvTranspose", "SAME_UPPER" | "SAME_LOWER") => input.checked_mul(stride),
            ("ConvTranspose", _) => {
                let whole = stride.checked_mul(input.checked_sub(1)?)?.checked_add(reach)?.checked_add(outs[i])?;
                whole.checked_sub(pad)
            }
            (_, "SAME_UPPER" | "SAME_LOWER") => (stride > 0).then(|| input.div_ceil(stride)),
            (_, "VALID") => steps(input, reach, stride, false),
            _ => steps(input.checked_add(pad)?, reach, stride, int(node, "ceil_mode", 0) == 1),
        };
        shape.push(dims[i + 2].and_then(size));
    }
    Some(shape)
}

/// How often a window fits.
fn steps(input: u64, reach: u64, stride: u64, ceil: bool) -> Option<u64> {
    let room = input.checked_sub(reach)?;
    if stride == 0 {
        return None;
    }
    if ceil { room.div_ceil(stride) } else { room / stride }.checked_add(1)
}

/// An attribute of `n` sizes, all `default` where it is not given.
fn sizes(node: &NodeProto, name: &str, default: u64, n: usize) -> Option<Vec<u64>> {
    match ints(node, name) {
        Some(values) if values.len() == n => values.iter().map(|v| u64::try_from(*v).ok()).collect(),
        Some(_) => None,
        None => Some(vec![default; n]),
    }
}
