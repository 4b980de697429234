//! Inputs and outputs of the graph.

use super::ManifestError;
use super::range::Fields;
use crate::manifest::{InputSpec, OutputSpec};

/// Longest side of a picture's input, px: it must fit in memory.
const MAX_SIZE: u32 = 4096;
/// Longest shorter side that a picture is resized to before it is cut, px.
const MAX_RESIZE: u32 = 2 * MAX_SIZE;
/// Most pictures of a fixed batch.
const MAX_BATCH: usize = 1024;
/// Most values of one output row.
const MAX_DIM: usize = 65_536;

pub(super) fn input(input: &InputSpec, fields: Fields<'_>) -> Result<(), ManifestError> {
    let p = &input.preprocess;
    fields.count("input.preprocess.size", p.size, 1..=MAX_SIZE)?;
    fields.count("input.preprocess.resize_shorter", p.resize_shorter, 1..=MAX_RESIZE)?;
    let expected = [3, p.size as usize, p.size as usize];
    let shape = format_args!("{:?}", input.shape);
    fields.check(input.shape == expected, "input.shape", shape, format_args!("{expected:?}"))?;
    fields.all("input.preprocess.mean", &p.mean, "finite numbers", f32::is_finite)?;
    fields.all("input.preprocess.std", &p.std, "numbers above 0", |s| s.is_finite() && s > 0.0)?;
    input.batch.map_or(Ok(()), |batch| fields.count("input.batch", batch, 1..=MAX_BATCH))
}

pub(super) fn output(output: &OutputSpec, fields: Fields<'_>) -> Result<(), ManifestError> {
    fields.count("output.dim", output.dim, 1..=MAX_DIM)?;
    let Some(features) = &output.features else { return Ok(()) };
    fields.text("output.features.name", &features.name)?;
    let another = features.name != output.name;
    fields.check(another, "output.features.name", &features.name, "another name than output.name")?;
    fields.count("output.features.dim", features.dim, 1..=MAX_DIM)
}
