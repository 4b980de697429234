//! Agreement of a clustering with the identities.

use std::collections::BTreeMap;

/// Normalised mutual information of two groupings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nmi {
    /// Divided by the arithmetic mean of the two entropies (scikit-learn's default).
    pub arithmetic: f64,
    /// Divided by their geometric mean.
    pub geometric: f64,
}

/// Normalised mutual information of two groupings of the same rows, in \[0, 1\]; 1 where both put all rows
/// in one group.
///
/// # Panics
/// Where the lengths differ.
pub fn nmi(a: &[u32], b: &[u32]) -> Nmi {
    assert_eq!(a.len(), b.len(), "two groupings of the same rows");
    let n = a.len() as f64;
    // Ordered maps: the sums then have one order, and the same input gives the same bits.
    let mut joint: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    let (mut of_a, mut of_b): (BTreeMap<u32, f64>, BTreeMap<u32, f64>) = Default::default();
    for (&x, &y) in a.iter().zip(b) {
        *joint.entry((x, y)).or_default() += 1.0;
        *of_a.entry(x).or_default() += 1.0;
        *of_b.entry(y).or_default() += 1.0;
    }
    let entropy = |counts: &BTreeMap<u32, f64>| counts.values().map(|c| -(c / n) * (c / n).ln()).sum::<f64>();
    let (ha, hb) = (entropy(&of_a), entropy(&of_b));
    let mutual: f64 = joint.iter().map(|((x, y), c)| c / n * (n * c / (of_a[x] * of_b[y])).ln()).sum();
    let by = |scale: f64| {
        if ha == 0.0 && hb == 0.0 {
            1.0
        } else if scale == 0.0 {
            0.0
        } else {
            (mutual / scale).clamp(0.0, 1.0)
        }
    };
    Nmi { arithmetic: by((ha + hb) / 2.0), geometric: by((ha * hb).sqrt()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nmi_of_equal_and_independent_groupings() {
        let a = [0, 0, 1, 1];
        assert!((nmi(&a, &[5, 5, 3, 3]).arithmetic - 1.0).abs() < 1e-12);
        assert!(nmi(&a, &[0, 1, 0, 1]).geometric.abs() < 1e-12);
        assert_eq!(nmi(&[1, 1], &[2, 2]).arithmetic, 1.0);
        assert_eq!(nmi(&[1, 1], &[1, 2]).geometric, 0.0);
    }
}
