//! How large a model's parts may be. Sizes are multiples of the picture's, N·3·H·W values, so that no limit is in the way
//! of large pictures: twice and more what ResNet-50 in integers needs.

use std::ops::RangeInclusive;

use super::ModelFault;

/// Operator sets whose meaning is known here: those that the exporter writes.
pub const OPSETS: RangeInclusive<i64> = 13..=20;
/// Versions of the file format that go with them, and older ones that writers still give.
pub const IR_VERSIONS: RangeInclusive<i64> = 4..=10;
/// Pictures that a model may take at once, where it takes only so many.
pub const BATCH: RangeInclusive<i64> = 1..=1024;
/// Axes of a value.
pub const AXES: usize = 8;
/// Kernel side, stride and dilation, each.
pub const WINDOW: RangeInclusive<i64> = 1..=1024;
/// Nodes: ResNet-50 in integers has some 400. tract's optimiser takes time with the cube of their number, some seconds for as
/// many as this.
pub const NODES: usize = 1024;
/// Parts of the file (nodes, names, attributes, tensors) before it is read.
pub const PARTS: usize = 1 << 17;
/// The same of a file that is only looked at, of any network: each takes at most some 400 bytes.
pub const LOOKED_AT_PARTS: usize = 1 << 19;
/// Messages within messages: what the decoder takes.
pub const NESTING: usize = 100;

/// The smallest picture that multiples are taken of, values: deep layers do not shrink with it.
const SMALLEST: u64 = 1 << 14;
/// One value between nodes, padding included.
const ONE_VALUE: u64 = 64;
/// What a convolution's kernel is laid over: input channels × kernel × places.
const PATCHES: u64 = 256;
/// All values between nodes.
const ALL_VALUES: u64 = 1024;
/// Multiply–accumulates of all nodes.
const WORK: u64 = 1 << 18;
/// Values made of constants alone, as a multiple of the constants' own.
const DERIVED: u64 = 4;

/// What a model has used up so far, and what it may.
pub struct Budget {
    unit: u64,
    values: u64,
    derived: u64,
    most_derived: u64,
    work: u64,
}

impl Budget {
    /// For pictures of `picture` values together and constants of `stored` values.
    pub fn new(picture: u64, stored: u64) -> Self {
        let most_derived = stored.saturating_mul(DERIVED).max(SMALLEST);
        Self { unit: picture.max(SMALLEST), values: 0, derived: 0, most_derived, work: 0 }
    }

    /// A value that `node` lays out for itself, of `elements`.
    pub fn one(&self, node: &str, elements: u64) -> Result<(), ModelFault> {
        within(node, "values", elements, self.unit.saturating_mul(ONE_VALUE))
    }

    /// What the kernel of `node` is laid over.
    pub fn patches(&self, node: &str, elements: u64) -> Result<(), ModelFault> {
        within(node, "values under its kernel", elements, self.unit.saturating_mul(PATCHES))
    }

    /// A value that `node` gives.
    pub fn value(&mut self, node: &str, elements: u64, of_constants: bool) -> Result<(), ModelFault> {
        if of_constants {
            self.derived = self.derived.saturating_add(elements);
            return within(node, "values made of constants, with all before it,", self.derived, self.most_derived);
        }
        self.one(node, elements)?;
        self.values = self.values.saturating_add(elements);
        within(node, "values, with all before it,", self.values, self.unit.saturating_mul(ALL_VALUES))
    }

    /// Multiply–accumulates of `node`.
    pub fn work(&mut self, node: &str, macs: u64) -> Result<(), ModelFault> {
        self.work = self.work.saturating_add(macs);
        within(node, "multiply–accumulates, with all before it,", self.work, self.unit.saturating_mul(WORK))
    }
}

fn within(node: &str, what: &'static str, found: u64, limit: u64) -> Result<(), ModelFault> {
    if found <= limit { Ok(()) } else { Err(ModelFault::Size { node: node.to_owned(), what, found, limit }) }
}
