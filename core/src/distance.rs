//! The one distance of the toolkit: between embeddings scaled to unit length.
//!
//! With u = e/√K for a group-normalised embedding e of K learners, D = ‖u − v‖ lies in \[0, 2\] and the
//! similarity is u·v = 1 − D²/2, in \[−1, 1\].

/// Dot product of two rows of the same width.
///
/// # Panics
/// Where the widths differ.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len(), "rows of different width cannot be compared");
    // Eight running sums: the order is fixed (results repeat) and the compiler can keep them in a vector.
    let mut sums = [0.0f32; 8];
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    for (x, y) in a8.iter().zip(b8) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}

/// Cosine similarity, in \[−1, 1\], of two group-normalised embeddings of `learners` slices.
pub fn similarity(a: &[f32], b: &[f32], learners: usize) -> f32 {
    (dot(a, b) / learners as f32).clamp(-1.0, 1.0)
}

/// D = ‖u − v‖, in \[0, 2\], from a similarity.
pub fn from_similarity(similarity: f32) -> f32 {
    libm::sqrtf((2.0 - 2.0 * similarity).max(0.0))
}

/// ‖a − b‖² of any two rows.
///
/// # Panics
/// Where the widths differ.
pub fn squared_euclidean(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len(), "rows of different width cannot be compared");
    // As in `dot`.
    let mut sums = [0.0f32; 8];
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    for (x, y) in a8.iter().zip(b8) {
        for lane in 0..8 {
            sums[lane] += (x[lane] - y[lane]) * (x[lane] - y[lane]);
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| (x - y) * (x - y)).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    #[test]
    fn distance_and_similarity_are_one_measure() {
        let (a, b) = ([0.6f32, 0.8, 1.0, 0.0], [0.8f32, 0.6, 0.0, 1.0]);
        let s = similarity(&a, &b, 2);
        assert!((s - 0.48).abs() < 1e-6, "{s}");
        let unit = |v: [f32; 4]| v.map(|x| x / 2f32.sqrt());
        let d = squared_euclidean(&unit(a), &unit(b)).sqrt();
        assert!((from_similarity(s) - d).abs() < 1e-6);
        assert_eq!(from_similarity(1.0 + 1e-6), 0.0);
    }

    #[test]
    fn dot_and_distance_equal_the_plain_sum() {
        for width in 0..40 {
            let a: Vec<f32> = (0..width).map(|i| (i as f32 * 0.37).sin()).collect();
            let b: Vec<f32> = (0..width).map(|i| (i as f32 * 0.73).cos()).collect();
            let plain: f64 = a.iter().zip(&b).map(|(x, y)| f64::from(x * y)).sum();
            assert!((f64::from(dot(&a, &b)) - plain).abs() < 1e-5, "width {width}");
            let plain: f64 = a.iter().zip(&b).map(|(x, y)| f64::from((x - y) * (x - y))).sum();
            assert!((f64::from(squared_euclidean(&a, &b)) - plain).abs() < 1e-5, "width {width}");
        }
    }
}
