//! What is asked of the ONNX writer.

use std::ops::RangeInclusive;

use crate::quantise::plan::Plan;

/// Operator sets that can be written.
pub const OPSETS: RangeInclusive<i64> = 13..=20;
/// Operator set written unless another is asked for: the newest whose reductions still take their axes as
/// attributes, which the oldest runtimes in use want.
pub const OPSET: i64 = 17;

/// Numbers of the weights and of the arithmetic between them.
#[derive(Debug, Clone, Copy)]
pub enum Numbers<'a> {
    /// 32-bit float.
    F32,
    /// 16-bit float weights, made 32-bit before they are used.
    F16,
    /// 8-bit integers as planned.
    Int8(&'a Plan),
}

/// Form of the file.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    /// Side of the square input, px.
    pub size: u32,
    /// Operator set, one of [`OPSETS`].
    pub opset: i64,
    /// Pictures in a batch; `None` leaves the batch axis open.
    pub batch: Option<usize>,
    /// Whether the pooled features are a second output.
    pub features: bool,
    /// Numbers of weights and arithmetic.
    pub numbers: Numbers<'a>,
}

impl Form<'_> {
    /// 32-bit float, any batch, one output.
    pub fn plain(size: u32) -> Self {
        Self { size, opset: OPSET, batch: None, features: false, numbers: Numbers::F32 }
    }
}

/// Version of the file format that came with an operator set (ONNX specification, table of versions).
pub(super) fn ir_version(opset: i64) -> i64 {
    match opset {
        ..=14 => 7,
        15..=18 => 8,
        _ => 9,
    }
}
