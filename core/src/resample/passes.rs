//! The two passes over pixels: rows are mixed first, since whole rows of bytes go through wide registers; what is left is
//! then mixed along the row. Integers only: every processor gives the same bytes.

// Calling a function made for a processor is unsafe to the compiler; `multiversion` writes the call after it has asked
// the processor.
#![allow(unsafe_code)]

use multiversion::multiversion;

use super::view::CHANNELS;
use super::weights::Weights;

/// Bytes that are mixed at a time: their sums stay in registers.
const LANES: usize = 32;

/// Bytes that a row must have behind its last pixel for [`mix_along`], which reads four at a time.
pub(super) const PADDING: usize = 1;

/// Mixes the rows of `source`, `stride` bytes apart, each with its weight, into `out`.
#[multiversion(targets("x86_64+avx2", "aarch64+neon"))]
pub(super) fn mix_rows(source: &[u8], stride: usize, weights: &[i16], precision: u32, out: &mut [u8]) {
    let half = 1i32 << precision >> 1;
    let (blocks, rest) = out.as_chunks_mut::<LANES>();
    let behind = blocks.len() * LANES;
    for (place, block) in blocks.iter_mut().enumerate() {
        let mut sums = [half; LANES];
        for (row, weight) in weights.iter().enumerate() {
            let at = row * stride + place * LANES;
            for (sum, byte) in sums.iter_mut().zip(&source[at..at + LANES]) {
                *sum += i32::from(*byte) * i32::from(*weight);
            }
        }
        for (byte, sum) in block.iter_mut().zip(sums) {
            *byte = (sum >> precision).clamp(0, 255) as u8;
        }
    }
    for (place, byte) in rest.iter_mut().enumerate() {
        let mut sum = half;
        for (row, weight) in weights.iter().enumerate() {
            sum += i32::from(source[row * stride + behind + place]) * i32::from(*weight);
        }
        *byte = (sum >> precision).clamp(0, 255) as u8;
    }
}

/// Mixes the pixels of `row`, which begins with pixel `first` of the source, into those of `out`.
#[multiversion(targets("x86_64+avx2", "aarch64+neon"))]
pub(super) fn mix_along(row: &[u8], first: usize, weights: &Weights, out: &mut [u8]) {
    let precision = weights.precision();
    let half = 1i32 << precision >> 1;
    for (span, pixel) in weights.spans().iter().zip(out.as_chunks_mut::<CHANNELS>().0) {
        // A fourth channel, of the next pixel, makes the sums as wide as a register; it is dropped.
        let mut sums = [half; CHANNELS + 1];
        let from = &row[(span.first - first) * CHANNELS..];
        for (place, weight) in weights.of(span).iter().enumerate() {
            let at = place * CHANNELS;
            for (sum, byte) in sums.iter_mut().zip(&from[at..at + CHANNELS + 1]) {
                *sum += i32::from(*byte) * i32::from(*weight);
            }
        }
        for (byte, sum) in pixel.iter_mut().zip(sums) {
            *byte = (sum >> precision).clamp(0, 255) as u8;
        }
    }
}
