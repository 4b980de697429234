//! Dot products of one probe with many rows, by code for the processor that runs it (chosen at run time: AVX2, AVX-512 or
//! NEON where there is one).
//!
//! Reading is what it costs, so rows are read at several places side by side: each is a stream of its own to the
//! processor's prefetcher, which stops at the end of a page and waits for memory there (measured in
//! benches/RESULTS.md, Search). Sums are held in arrays of a vector's width that the compiler keeps in registers.

// Calling a function made for a processor is unsafe to the compiler; `multiversion` writes the call after it has asked
// the processor.
#![allow(unsafe_code)]

use multiversion::multiversion;

/// Sums in f32 side by side: a vector of AVX2, two of NEON.
const F32_LANES: usize = 8;

/// int8 products at a time.
const I8_LANES: usize = 32;

/// Dot products of `probe` and each of the rows: `scores.len()` rows of `probe.len()` values.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub fn score_f32(rows: &[f32], probe: &[f32], scores: &mut [f32]) {
    let dim = probe.len();
    let part = scores.len() / 4;
    let (a, rest) = rows.split_at(part * dim);
    let (b, rest) = rest.split_at(part * dim);
    let (c, rest) = rest.split_at(part * dim);
    let (d, rest) = rest.split_at(part * dim);
    let streams =
        a.chunks_exact(dim).zip(b.chunks_exact(dim)).zip(c.chunks_exact(dim).zip(d.chunks_exact(dim))).enumerate();
    for (row, ((a, b), (c, d))) in streams {
        let sums = four_dots(a, b, c, d, probe);
        for (stream, sum) in sums.into_iter().enumerate() {
            scores[stream * part + row] = sum;
        }
    }
    for (row, score) in rest.chunks_exact(dim).zip(&mut scores[4 * part..]) {
        *score = row.iter().zip(probe).map(|(a, b)| a * b).sum();
    }
}

/// Dot products of `probe` with four rows at once. An array of rows would read better, but the compiler makes no vectors
/// of it.
#[inline(always)]
fn four_dots(a: &[f32], b: &[f32], c: &[f32], d: &[f32], probe: &[f32]) -> [f32; 4] {
    let (probe, probe_rest) = probe.as_chunks::<F32_LANES>();
    let (a, a_rest) = a.as_chunks::<F32_LANES>();
    let (b, b_rest) = b.as_chunks::<F32_LANES>();
    let (c, c_rest) = c.as_chunks::<F32_LANES>();
    let (d, d_rest) = d.as_chunks::<F32_LANES>();
    let mut sums = ([0.0; F32_LANES], [0.0; F32_LANES], [0.0; F32_LANES], [0.0; F32_LANES]);
    for ((((p, a), b), c), d) in probe.iter().zip(a).zip(b).zip(c).zip(d) {
        add_products(&mut sums.0, a, p);
        add_products(&mut sums.1, b, p);
        add_products(&mut sums.2, c, p);
        add_products(&mut sums.3, d, p);
    }
    let rest = |row: &[f32]| row.iter().zip(probe_rest).map(|(a, b)| a * b).sum::<f32>();
    [
        sums.0.iter().sum::<f32>() + rest(a_rest),
        sums.1.iter().sum::<f32>() + rest(b_rest),
        sums.2.iter().sum::<f32>() + rest(c_rest),
        sums.3.iter().sum::<f32>() + rest(d_rest),
    ]
}

#[inline(always)]
fn add_products(sums: &mut [f32; F32_LANES], row: &[f32; F32_LANES], probe: &[f32; F32_LANES]) {
    for lane in 0..F32_LANES {
        sums[lane] += row[lane] * probe[lane];
    }
}

/// Scores, but for the probe's own scale, of the rows' codes. The probe's code comes widened to 16 bits: products of
/// two 16-bit vectors are one instruction, and widening is not repeated for each row.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512vl+avx512vnni",
    "x86_64+avx512f+avx512bw",
    "x86_64+avx2",
    "aarch64+neon"
))]
pub fn score_i8(rows: &[i8], probe: &[i16], scales: &[f32], scores: &mut [f32]) {
    let dim = probe.len();
    let part = scores.len() / 2;
    let (a, rest) = rows.split_at(part * dim);
    let (b, rest) = rest.split_at(part * dim);
    for (row, (a, b)) in a.chunks_exact(dim).zip(b.chunks_exact(dim)).enumerate() {
        let sums = two_dots(a, b, probe);
        for (stream, sum) in sums.into_iter().enumerate() {
            scores[stream * part + row] = sum as f32 * scales[stream * part + row];
        }
    }
    for ((row, score), scale) in rest.chunks_exact(dim).zip(&mut scores[2 * part..]).zip(&scales[2 * part..]) {
        *score = sum_products(row, probe) as f32 * scale;
    }
}

#[inline(always)]
fn two_dots(a: &[i8], b: &[i8], probe: &[i16]) -> [i32; 2] {
    let (probe, probe_rest) = probe.as_chunks::<I8_LANES>();
    let (a, a_rest) = a.as_chunks::<I8_LANES>();
    let (b, b_rest) = b.as_chunks::<I8_LANES>();
    let mut sums = [sum_products(a_rest, probe_rest), sum_products(b_rest, probe_rest)];
    for ((p, a), b) in probe.iter().zip(a).zip(b) {
        sums[0] += sum_products(a, p);
        sums[1] += sum_products(b, p);
    }
    sums
}

#[inline(always)]
fn sum_products(row: &[i8], probe: &[i16]) -> i32 {
    row.iter().zip(probe).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distance::dot;
    use crate::int8;
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

    #[test]
    fn rows_are_scored_as_one_by_one() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        for dim in [1, 7, 8, 9, 33, 128] {
            for count in 0..13 {
                let mut draw = |n: usize| -> Vec<f32> { (0..n).map(|_| rng.random_range(-1.0..1.0)).collect() };
                let (rows, probe) = (draw(count * dim), draw(dim));
                let mut scores = vec![f32::NAN; count];
                score_f32(&rows, &probe, &mut scores);
                for (row, score) in rows.chunks_exact(dim).zip(scores) {
                    assert!((score - dot(row, &probe)).abs() < 1e-5, "{count} rows of {dim}");
                }
            }
        }
    }

    #[test]
    fn codes_are_multiplied_exactly() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for dim in [1, 7, 15, 16, 17, 31, 32, 33, 63, 64, 100, 128, 512] {
            for count in [1, 2, 9] {
                let mut draw = |n: usize| -> Vec<i8> { (0..n).map(|_| rng.random_range(-127..=127)).collect() };
                let (codes, probe) = (draw(count * dim), draw(dim));
                let wide: Vec<i16> = probe.iter().map(|v| i16::from(*v)).collect();
                let scales: Vec<f32> = (0..count).map(|row| 0.5 + row as f32).collect();
                let mut scores = vec![f32::NAN; count];
                score_i8(&codes, &wide, &scales, &mut scores);
                for ((row, score), scale) in codes.chunks_exact(dim).zip(scores).zip(scales) {
                    assert_eq!(score, int8::dot(row, &probe) as f32 * scale, "{count} rows of {dim}");
                }
            }
        }
    }

    #[test]
    fn the_largest_products_do_not_overflow() {
        let (codes, probe) = (vec![-127i8; 2 * 512], vec![-127i16; 512]);
        let mut scores = [0.0; 2];
        score_i8(&codes, &probe, &[1.0; 2], &mut scores);
        assert_eq!(scores, [(127 * 127 * 512) as f32; 2]);
    }
}
