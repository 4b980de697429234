//! Dot products of one probe with many rows, by code for the processor that runs it (chosen at run time: AVX2, AVX-512 or
//! NEON where there is one).
//!
//! Reading is what it costs, so rows are read at several places side by side: each is a stream of its own to the
//! processor's prefetcher, which stops at the end of a page and waits for memory there (benches/RESULTS.md, Search).
//!
//! Written out where loops over arrays of rows would read better: those the compiler leaves in single numbers, two to ten
//! times as slow. Whoever changes the shape measures it with `cargo bench -p dnc-benches --bench search`.

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
    let (dim, part) = (probe.len(), scores.len() / 4);
    let (probe_lanes, probe_rest) = probe.as_chunks::<F32_LANES>();
    let (rows_a, rest) = rows.split_at(part * dim);
    let (rows_b, rest) = rest.split_at(part * dim);
    let (rows_c, rest) = rest.split_at(part * dim);
    let (rows_d, last_rows) = rest.split_at(part * dim);
    let (scores_a, rest) = scores.split_at_mut(part);
    let (scores_b, rest) = rest.split_at_mut(part);
    let (scores_c, rest) = rest.split_at_mut(part);
    let (scores_d, last_scores) = rest.split_at_mut(part);
    let first_two = rows_a.chunks_exact(dim).zip(rows_b.chunks_exact(dim));
    let four = first_two.zip(rows_c.chunks_exact(dim)).zip(rows_d.chunks_exact(dim));
    let scored = four.zip(scores_a).zip(scores_b).zip(scores_c).zip(scores_d);
    for (((((((a, b), c), d), score_a), score_b), score_c), score_d) in scored {
        let (a, b) = (a.as_chunks::<F32_LANES>().0, b.as_chunks::<F32_LANES>().0);
        let (c, d) = (c.as_chunks::<F32_LANES>().0, d.as_chunks::<F32_LANES>().0);
        let (mut sums_a, mut sums_b) = ([0.0f32; F32_LANES], [0.0f32; F32_LANES]);
        let (mut sums_c, mut sums_d) = ([0.0f32; F32_LANES], [0.0f32; F32_LANES]);
        for ((((a, b), c), d), p) in a.iter().zip(b).zip(c).zip(d).zip(probe_lanes) {
            for i in 0..F32_LANES {
                sums_a[i] += a[i] * p[i];
            }
            for i in 0..F32_LANES {
                sums_b[i] += b[i] * p[i];
            }
            for i in 0..F32_LANES {
                sums_c[i] += c[i] * p[i];
            }
            for i in 0..F32_LANES {
                sums_d[i] += d[i] * p[i];
            }
        }
        *score_a = sums_a.iter().sum();
        *score_b = sums_b.iter().sum();
        *score_c = sums_c.iter().sum();
        *score_d = sums_d.iter().sum();
    }
    let behind = dim - probe_rest.len();
    for (row, score) in last_rows.chunks_exact(dim).zip(last_scores) {
        *score = row[..behind].iter().zip(probe).map(|(a, b)| a * b).sum();
    }
    // Values behind the last whole vector.
    if !probe_rest.is_empty() {
        for (row, score) in rows.chunks_exact(dim).zip(scores) {
            *score += row[behind..].iter().zip(probe_rest).map(|(a, b)| a * b).sum::<f32>();
        }
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
    let (dim, part) = (probe.len(), scores.len() / 2);
    let (probe_lanes, probe_rest) = probe.as_chunks::<I8_LANES>();
    let (rows_a, rest) = rows.split_at(part * dim);
    let (rows_b, last_rows) = rest.split_at(part * dim);
    for (row, (a, b)) in rows_a.chunks_exact(dim).zip(rows_b.chunks_exact(dim)).enumerate() {
        let (a, a_rest) = a.as_chunks::<I8_LANES>();
        let (b, b_rest) = b.as_chunks::<I8_LANES>();
        let (mut sum_a, mut sum_b) = (0i32, 0i32);
        for ((p, a), b) in probe_lanes.iter().zip(a).zip(b) {
            sum_a += a.iter().zip(p).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>();
            sum_b += b.iter().zip(p).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>();
        }
        sum_a += a_rest.iter().zip(probe_rest).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>();
        sum_b += b_rest.iter().zip(probe_rest).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>();
        scores[row] = sum_a as f32 * scales[row];
        scores[part + row] = sum_b as f32 * scales[part + row];
    }
    for ((row, score), scale) in last_rows.chunks_exact(dim).zip(&mut scores[2 * part..]).zip(&scales[2 * part..]) {
        *score = row.iter().zip(probe).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>() as f32 * scale;
    }
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
