//! Exact search through a gallery in memory: every row is read, so reading is what it costs.
//!
//! Rows are scored a block at a time by code for the processor that runs it. int8 rows are a quarter of the bytes: they
//! choose candidates, which are then scored in f32.

mod kernel;

use crate::distance::dot;
use crate::int8;
use crate::search::{Hit, IdentityHit, rank_identities};

/// Rows scored before the best are looked for: their scores stay in the first-level cache.
const BLOCK: usize = 512;

/// How rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scan {
    /// Every row in f32: exact.
    #[default]
    F32,
    /// Every row as an int8 code, the best again in f32: about half of the time, and near enough to exact that of ten
    /// rows found fewer than one in a hundred is another.
    Int8,
}

/// Rows of one width, and whose they are, ready to be searched.
#[derive(Debug, Clone)]
pub struct Rows {
    dim: usize,
    values: Vec<f32>,
    identity_of: Vec<u32>,
    codes: Option<Codes>,
}

/// int8 codes of all rows.
#[derive(Debug, Clone)]
struct Codes {
    values: Vec<i8>,
    scales: Vec<f32>,
}

impl Rows {
    /// `values` row by row, `dim` a row, and the number of each row's identity.
    ///
    /// # Panics
    /// Where `dim` is 0, or there is not an identity for each row.
    pub fn new(dim: usize, values: Vec<f32>, identity_of: Vec<u32>, scan: Scan) -> Self {
        assert!(dim > 0 && values.len() == dim * identity_of.len(), "an identity for each row of {dim} values");
        let codes = (scan == Scan::Int8).then(|| {
            let mut codes = Codes { values: vec![0; values.len()], scales: Vec::with_capacity(identity_of.len()) };
            for (row, code) in values.chunks_exact(dim).zip(codes.values.chunks_exact_mut(dim)) {
                codes.scales.push(int8::encode(row, code));
            }
            codes
        });
        Self { dim, values, identity_of, codes }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.identity_of.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.identity_of.is_empty()
    }

    /// Values of a row.
    ///
    /// # Panics
    /// Where there is no such row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.dim..][..self.dim]
    }

    /// Number of the identity of each row.
    pub fn identities(&self) -> &[u32] {
        &self.identity_of
    }

    /// The `k` rows with the highest dot product with `probe`, best first, equal ones in their order.
    ///
    /// # Panics
    /// Where `probe` has not `dim` values.
    pub fn nearest(&self, probe: &[f32], k: usize) -> Vec<Hit> {
        self.nearest_of(probe, k, |_| true)
    }

    /// The `n` identities nearest to `probe`, best first, each counted by its best row; equal ones in their order.
    ///
    /// # Panics
    /// As [`nearest`](Self::nearest).
    pub fn nearest_identities(&self, probe: &[f32], n: usize) -> Vec<IdentityHit> {
        rank_identities(&self.identity_of, n, |rows, placed| {
            self.nearest_of(probe, rows, |row| !placed.contains(&self.identity_of[row]))
        })
    }

    fn nearest_of(&self, probe: &[f32], k: usize, wanted: impl Fn(usize) -> bool) -> Vec<Hit> {
        assert_eq!(probe.len(), self.dim, "the probe has the gallery's width");
        let k = k.min(self.len());
        if k == 0 {
            return Vec::new();
        }
        let candidates = match &self.codes {
            // Sums in another order than `dot`'s differ in the last bits: a few more keep the order of near equals.
            None => self.candidates(k + 8, &wanted, |first, scores| {
                let rows = &self.values[first * self.dim..][..scores.len() * self.dim];
                kernel::score_f32(rows, probe, scores);
            }),
            Some(codes) => {
                let mut probe_code = vec![0i8; self.dim];
                int8::encode(probe, &mut probe_code);
                let probe_code: Vec<i16> = probe_code.into_iter().map(i16::from).collect();
                self.candidates(4 * k + 32, &wanted, |first, scores| {
                    let rows = &codes.values[first * self.dim..][..scores.len() * self.dim];
                    kernel::score_i8(rows, &probe_code, &codes.scales[first..][..scores.len()], scores);
                })
            }
        };
        let mut hits: Vec<Hit> =
            candidates.into_iter().map(|row| Hit { row, score: dot(self.row(row), probe) }).collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.row.cmp(&b.row)));
        hits.truncate(k);
        hits
    }

    /// The `count` rows that `score` gives the highest scores.
    fn candidates(
        &self,
        count: usize,
        wanted: &impl Fn(usize) -> bool,
        score: impl Fn(usize, &mut [f32]),
    ) -> Vec<usize> {
        let mut best: Vec<Hit> = Vec::with_capacity(2 * count);
        let mut least = f32::NEG_INFINITY;
        let mut scores = [0.0f32; BLOCK];
        for first in (0..self.len()).step_by(BLOCK) {
            let scores = &mut scores[..BLOCK.min(self.len() - first)];
            score(first, scores);
            for (i, score) in scores.iter().enumerate() {
                // Almost every row stops here.
                if *score > least && wanted(first + i) {
                    best.push(Hit { row: first + i, score: *score });
                    if best.len() == 2 * count {
                        keep(&mut best, count);
                        least = best.iter().fold(f32::INFINITY, |m, hit| m.min(hit.score));
                    }
                }
            }
        }
        keep(&mut best, count);
        best.into_iter().map(|hit| hit.row).collect()
    }
}

/// Keeps the `count` best, in any order.
fn keep(hits: &mut Vec<Hit>, count: usize) {
    if hits.len() > count {
        hits.select_nth_unstable_by(count - 1, |a, b| b.score.total_cmp(&a.score).then(a.row.cmp(&b.row)));
        hits.truncate(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{top_identities, top_k};
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

    fn rows(rng: &mut ChaCha8Rng, rows: usize, dim: usize) -> Vec<f32> {
        let mut values: Vec<f32> = (0..rows * dim).map(|_| rng.random_range(-1.0..1.0)).collect();
        for row in values.chunks_exact_mut(dim) {
            let length = dot(row, row).sqrt();
            row.iter_mut().for_each(|v| *v /= length);
        }
        values
    }

    #[test]
    fn f32_equals_the_plain_search() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for case in 0..60 {
            let (n, dim, k) = (1 + case * 37, [1, 3, 31, 32, 33, 64, 128][case % 7], 1 + case % 12);
            let values = rows(&mut rng, n, dim);
            let probe = rows(&mut rng, 1, dim);
            // One identity has most rows, so that one pass does not fill the list.
            let of: Vec<u32> = (0..n as u32).map(|row| if row % 9 == 0 { row } else { 7 }).collect();
            let searched = Rows::new(dim, values.clone(), of.clone(), Scan::F32);
            assert_eq!(searched.nearest(&probe, k), top_k(&values, dim, &probe, k, |_| false), "case {case}");
            let identities = searched.nearest_identities(&probe, k);
            assert_eq!(identities, top_identities(&values, dim, &of, &probe, k), "case {case}");
        }
    }

    #[test]
    fn equal_rows_stand_in_their_order() {
        for scan in [Scan::F32, Scan::Int8] {
            let values = [0.6f32, 0.8].repeat(2000);
            let searched = Rows::new(2, values, (0..2000).collect(), scan);
            let found: Vec<usize> = searched.nearest(&[0.6, 0.8], 5).iter().map(|hit| hit.row).collect();
            assert_eq!(found, [0, 1, 2, 3, 4], "{scan:?}");
        }
    }

    #[test]
    fn int8_finds_nearly_the_same_and_scores_them_in_f32() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let (n, dim, k) = (20_000, 128, 10);
        let values = rows(&mut rng, n, dim);
        let of: Vec<u32> = (0..n as u32).collect();
        let exact = Rows::new(dim, values.clone(), of.clone(), Scan::F32);
        let coded = Rows::new(dim, values, of, Scan::Int8);
        let (mut same, mut all) = (0, 0);
        for _ in 0..50 {
            let probe = rows(&mut rng, 1, dim);
            let (a, b) = (exact.nearest(&probe, k), coded.nearest(&probe, k));
            all += a.len();
            same += a.iter().filter(|hit| b.contains(hit)).count();
        }
        // Uniform rows are the hardest there are: their nearest ten lie close together.
        assert!(all == 500 && same >= 495, "{same} of {all}");
    }

    #[test]
    fn nothing_and_few_rows_are_found() {
        assert_eq!(Rows::new(2, Vec::new(), Vec::new(), Scan::Int8).nearest(&[1.0, 0.0], 3), []);
        let one = Rows::new(2, vec![1.0, 0.0], vec![4], Scan::F32);
        assert_eq!(one.nearest(&[1.0, 0.0], 3), [Hit { row: 0, score: 1.0 }]);
        assert_eq!(one.nearest(&[1.0, 0.0], 0), []);
    }
}
