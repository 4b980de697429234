//! How far two runtimes' embeddings of the same pictures may be apart.

use std::fmt;

use dnc_core::distance::dot;
use dnc_export::verify::{MIN_COSINE, MIN_COSINE_F16, cosine};

/// A tolerance with a name.
#[derive(Debug, Clone, Copy)]
pub struct Tolerance {
    name: &'static str,
    /// Least cosine of any picture.
    lowest: f64,
    /// Least mean cosine.
    mean: f64,
    /// Least share of pictures whose nearest other picture is the same.
    same_nearest: f64,
}

/// The same arithmetic in another order.
pub const SAME: Tolerance = Tolerance { name: "same", lowest: MIN_COSINE, mean: 0.99999, same_nearest: 0.98 };
/// Weights of 11 binary digits.
pub const HALF: Tolerance = Tolerance { name: "half", lowest: MIN_COSINE_F16, mean: 0.999, same_nearest: 0.9 };
/// Weights, or weights and activations, of 8 bits, after a gate at [`GATE`] on other pictures than these.
pub const INTEGERS: Tolerance = Tolerance { name: "integers", lowest: 0.9, mean: 0.985, same_nearest: 0.6 };
/// Mean cosine that the export asks for. Less than its default: a model that learned for an epoch from 64 px, calibrated on
/// few pictures, reaches that with symmetric activations only where half of it is in float.
pub const GATE: f64 = 0.99;

/// What was found of two matrices.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    lowest: f64,
    mean: f64,
    same_nearest: f64,
}

impl Tolerance {
    /// Compares the rows, of `dim` values, of two matrices.
    pub fn look(&self, expected: &[f32], rows: &[f32], dim: usize) -> Found {
        assert_eq!(expected.len(), rows.len());
        let cosines: Vec<f64> =
            expected.chunks_exact(dim).zip(rows.chunks_exact(dim)).map(|(a, b)| cosine(a, b)).collect();
        let count = cosines.len() as f64;
        let (before, after) = (nearest(expected, dim), nearest(rows, dim));
        let same = before.iter().zip(&after).filter(|(a, b)| a == b).count();
        // NaN is the lowest of all.
        let lowest = cosines.iter().fold(1.0, |low, c| if *c >= low { low } else { *c });
        Found { lowest, mean: cosines.iter().sum::<f64>() / count, same_nearest: same as f64 / count }
    }

    /// Whether that is near enough; a figure that is no number never is.
    pub fn allows(&self, found: &Found) -> bool {
        found.lowest >= self.lowest && found.mean >= self.mean && found.same_nearest >= self.same_nearest
    }
}

/// Of each row the nearest other one, by looking at all.
fn nearest(rows: &[f32], dim: usize) -> Vec<usize> {
    let row = |i: usize| &rows[i * dim..][..dim];
    let others = |i: usize| (0..rows.len() / dim).filter(move |j| *j != i);
    let best = |i| others(i).max_by(|a, b| dot(row(i), row(*a)).total_cmp(&dot(row(i), row(*b))));
    (0..rows.len() / dim).map(|i| best(i).expect("more than one picture")).collect()
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lowest, mean, same_nearest } = self;
        write!(f, "lowest cosine {lowest:.6}, mean {mean:.6}, {:.1} % the same nearest picture", 100.0 * same_nearest)
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, lowest, mean, same_nearest } = self;
        write!(f, "{name} ({lowest}, {mean}, {} %)", 100.0 * same_nearest)
    }
}

#[test]
fn a_tolerance_is_not_kept_by_other_rows() {
    let rows = [1.0, 0.0, 0.8, 0.6, 0.0, 1.0];
    assert!(SAME.allows(&SAME.look(&rows, &rows, 2)));
    let turned = [1.0, 0.0, 0.8, 0.6, 0.1, 0.995];
    assert!(!SAME.allows(&SAME.look(&rows, &turned, 2)));
    assert!(INTEGERS.allows(&INTEGERS.look(&rows, &turned, 2)));
    let broken = [1.0, 0.0, 0.8, f32::NAN, 0.0, 1.0];
    assert!(!INTEGERS.allows(&INTEGERS.look(&rows, &broken, 2)));
    // The second row is nearest to the third now.
    let moved = [1.0, 0.0, 0.6, 0.8, 0.0, 1.0];
    let found = INTEGERS.look(&rows, &moved, 2);
    assert!((found.same_nearest - 2.0 / 3.0).abs() < 1e-9, "{found}");
}
