//! The end of the graph: embedding layer and group normalisation.

use dnc_core::EmbeddingLayout;
use dnc_core::normalize::MIN_NORM;

use super::builder::{Attribute, Builder};
use super::network::OUTPUT_NAME;
use super::options::Numbers;
use super::values::{Values, bias, dequantised, weights};
use crate::folded::FoldedHead;

/// The raw embedding of `features` (N×features), by name.
pub fn layer(b: &mut Builder, head: &FoldedHead, features: &str, values: &Values<'_>, numbers: Numbers<'_>) -> String {
    let d = head.layout.dim();
    let dims = [head.weight.len() / d, d];
    let inputs = match numbers {
        Numbers::Int8(plan) if plan.head.is_some() => {
            let (affine, scales) = plan.head.as_ref().expect("just seen");
            let weight = weights(b, "head.weight", &dims, &head.weight, scales, 1);
            // Where weights alone are integers the features stay as they are.
            let (features, step) = match plan.scheme {
                crate::quantise::plan::Scheme::WeightsOnly => (features.to_owned(), 1.0),
                _ => (dequantised(b, features, *affine, "head"), affine.scale),
            };
            [features, weight, bias(b, "head.bias", &head.bias, plan.scheme, step, scales)]
        }
        _ => {
            let weight = values.constant(b, "head.weight", &dims, &head.weight);
            [features.to_owned(), weight, values.constant(b, "head.bias", &[d], &head.bias)]
        }
    };
    b.node("Gemm", "head", &inputs.each_ref().map(String::as_str), &[])
}

/// Slices to unit length and the whole as [`OUTPUT_NAME`]: a reshape where all slices have one width, else cut and
/// joined.
pub fn normalisation(b: &mut Builder, raw: &str, layout: &EmbeddingLayout, opset: i64) {
    let (d, k) = (layout.dim() as i64, layout.learners() as i64);
    if layout.is_even() {
        let cut = b.integers("cut", &[-1, k, d / k]);
        let slices = b.node("Reshape", "slices", &[raw, &cut], &[]);
        let divisor = length(b, "slices", &slices, 2, opset);
        let units = b.node("Div", "units", &[&slices, &divisor], &[]);
        let join = b.integers("join", &[-1, d]);
        b.node("Reshape", OUTPUT_NAME, &[&units, &join], &[]);
        return;
    }
    let axis = b.integers("value_axis", &[1]);
    let units: Vec<String> = layout
        .slices()
        .enumerate()
        .map(|(i, slice)| {
            let name = format!("slice.{i}");
            let start = b.integers(&format!("{name}.start"), &[slice.start as i64]);
            let end = b.integers(&format!("{name}.end"), &[slice.end as i64]);
            let part = b.node("Slice", &name, &[raw, &start, &end, &axis], &[]);
            let divisor = length(b, &name, &part, 1, opset);
            b.node("Div", &format!("{name}.unit"), &[&part, &divisor], &[])
        })
        .collect();
    let units: Vec<&str> = units.iter().map(String::as_str).collect();
    b.node("Concat", OUTPUT_NAME, &units, &[Attribute::Int("axis", 1)]);
}

/// L2 length of `input` along `axis`, at least [`MIN_NORM`].
fn length(b: &mut Builder, name: &str, input: &str, axis: i64, opset: i64) -> String {
    let keep = Attribute::Int("keepdims", 1);
    let length = format!("{name}.length");
    // From operator set 18 on a reduction reads its axes.
    let length = if opset < 18 {
        b.node("ReduceL2", &length, &[input], &[Attribute::Ints("axes", &[axis]), keep])
    } else {
        let axes = b.shared("length.axes", |b| b.integers("length.axes", &[axis]));
        b.node("ReduceL2", &length, &[input, &axes], &[keep])
    };
    let least = b.shared("length.least", |b| b.floats("length.least", &[], &[MIN_NORM]));
    b.node("Clip", &format!("{name}.divisor"), &[&length, &least], &[])
}
