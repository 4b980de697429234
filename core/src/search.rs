//! Exact top-k search over a contiguous matrix of embeddings.

use crate::distance::dot;

/// One row of a search result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Row of the searched matrix.
    pub row: usize,
    /// Dot product of probe and row.
    pub score: f32,
}

/// The `k` rows of `matrix` (row-major, `dim` values a row) with the highest dot product with `probe`, best
/// first; equal scores in row order. Rows for which `skip` answers true are passed over.
///
/// # Panics
/// Where `probe` has not `dim` values or `matrix` is no whole number of rows.
pub fn top_k(matrix: &[f32], dim: usize, probe: &[f32], k: usize, skip: impl Fn(usize) -> bool) -> Vec<Hit> {
    assert_eq!(probe.len(), dim, "the probe has the gallery's width");
    assert_eq!(matrix.len() % dim, 0, "the matrix has whole rows");
    let rows = matrix.chunks_exact(dim).enumerate().filter(|(row, _)| !skip(*row));
    top_of(rows.map(|(row, values)| Hit { row, score: dot(values, probe) }), k)
}

/// The `k` hits with the highest scores, best first; of equal scores the one that came first.
pub fn top_of(hits: impl Iterator<Item = Hit>, k: usize) -> Vec<Hit> {
    let mut best: Vec<Hit> = Vec::new();
    for hit in hits.take(if k == 0 { 0 } else { usize::MAX }) {
        if best.len() == k && hit.score <= best[k - 1].score {
            continue;
        }
        // Insertion from the end: almost every row stops at the first comparison.
        let at = best.iter().rposition(|other| other.score >= hit.score).map_or(0, |p| p + 1);
        best.insert(at, hit);
        best.truncate(k);
    }
    best
}

/// One identity of a search result, standing at its best view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IdentityHit {
    /// Number of the identity.
    pub identity: u32,
    /// Its best view.
    pub best: Hit,
}

/// The `n` identities nearest to `probe`, best first, each counted by its best view; equal scores in row
/// order. `identity_of` names the identity of each row of `matrix`.
///
/// # Panics
/// As [`top_k`], and where there is not an identity for each row.
pub fn top_identities(matrix: &[f32], dim: usize, identity_of: &[u32], probe: &[f32], n: usize) -> Vec<IdentityHit> {
    assert_eq!(matrix.len(), dim * identity_of.len(), "an identity for each row");
    rank_identities(identity_of, n, |rows, placed| {
        top_k(matrix, dim, probe, rows, |row| placed.contains(&identity_of[row]))
    })
}

/// The `n` best identities, each at its best row; `nearest(rows, placed)` answers the `rows` best rows, best first, of
/// identities that are not `placed`.
pub fn rank_identities(identity_of: &[u32], n: usize, nearest: impl Fn(usize, &[u32]) -> Vec<Hit>) -> Vec<IdentityHit> {
    let mut ranked: Vec<IdentityHit> = Vec::new();
    // Rows come best first, so an identity's first row is its best view. Where one identity's views fill the
    // list, the next pass searches without the identities already placed: each pass places at least one, and
    // the list of a pass stays short.
    let rows = n.saturating_mul(4).max(16);
    while ranked.len() < n {
        let placed: Vec<u32> = ranked.iter().map(|hit| hit.identity).collect();
        let hits = nearest(rows, &placed);
        if hits.is_empty() {
            break;
        }
        for best in hits {
            let identity = identity_of[best.row];
            if ranked.len() < n && ranked.iter().all(|hit| hit.identity != identity) {
                ranked.push(IdentityHit { identity, best });
            }
        }
    }
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn equals_a_full_sort() {
        let mut rng = rand::rngs::ChaCha8Rng::seed_from_u64(3);
        for case in 0..50 {
            let (rows, dim, k) = (1 + case * 3, 1 + case % 9, 1 + case % 12);
            // Few distinct values, so that equal scores occur.
            let matrix: Vec<f32> = (0..rows * dim).map(|_| rng.random_range(-2..=2) as f32).collect();
            let probe: Vec<f32> = (0..dim).map(|_| rng.random_range(-2..=2) as f32).collect();
            let mut all: Vec<Hit> = (0..rows)
                .filter(|row| row % 5 != 4)
                .map(|row| Hit { row, score: dot(&matrix[row * dim..][..dim], &probe) })
                .collect();
            all.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.row.cmp(&b.row)));
            all.truncate(k);
            assert_eq!(top_k(&matrix, dim, &probe, k, |row| row % 5 == 4), all, "case {case}");
        }
    }

    #[test]
    fn identities_stand_at_their_best_view() {
        let mut rng = rand::rngs::ChaCha8Rng::seed_from_u64(4);
        for case in 0..40 {
            let rows = 1 + case * 2;
            let matrix: Vec<f32> = (0..rows * 3).map(|_| rng.random_range(-1.0..1.0)).collect();
            let probe: Vec<f32> = (0..3).map(|_| rng.random_range(-1.0..1.0)).collect();
            // One identity holds most rows, so that one pass does not fill the list.
            let of: Vec<u32> = (0..rows as u32).map(|row| if row % 9 == 0 { row } else { 7 }).collect();
            let mut slow: Vec<(u32, f32)> = Vec::new();
            for identity in of.iter().copied().collect::<std::collections::BTreeSet<_>>() {
                let views = (0..rows).filter(|row| of[*row] == identity);
                let best = views.map(|row| dot(&matrix[row * 3..][..3], &probe)).fold(f32::MIN, f32::max);
                slow.push((identity, best));
            }
            slow.sort_by(|a, b| b.1.total_cmp(&a.1));
            slow.truncate(5);
            let fast: Vec<(u32, f32)> =
                top_identities(&matrix, 3, &of, &probe, 5).iter().map(|hit| (hit.identity, hit.best.score)).collect();
            assert_eq!(fast, slow, "case {case}");
        }
    }
}
