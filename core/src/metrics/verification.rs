//! Verification: how many pairs of one identity are accepted at a threshold that accepts a given share of the
//! pairs of two.

use serde::{Deserialize, Serialize};

use super::Labelled;
use super::scorer::{DotProducts, fold_queries, squared_norms};

/// Similarities are counted in steps of 2/65,536.
const BINS: usize = 1 << 16;

/// Expected false accepts below which a rate is not told: with 30 of them it is within 30 % of the true one
/// at 90 % confidence (Doddington et al., Speech Communication 2000).
pub const FEWEST_FALSE_ACCEPTS: f64 = 30.0;

/// One threshold on the cosine similarity of two embeddings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// False-accept rate asked for.
    pub target: f64,
    /// Share of pairs of two identities at or above the threshold; at most `target`.
    pub far: f64,
    /// Share of pairs of one identity at or above the threshold.
    pub tar: f64,
    /// The lowest threshold, in steps of 2/65,536 of similarity, whose false-accept rate is at most `target`.
    /// In \[−1, 1\]; just above 1 where even equal embeddings of two identities are too many.
    pub threshold: f64,
}

/// Accept rates over all pairs of a query and a gallery row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// Pairs of one identity.
    pub genuine: u64,
    /// Pairs of two identities.
    pub impostor: u64,
    /// A point for each rate asked for that at least [`FEWEST_FALSE_ACCEPTS`] impostor pairs support.
    pub points: Vec<OperatingPoint>,
}

struct Counts {
    genuine: Vec<u64>,
    impostor: Vec<u64>,
}

impl Counts {
    fn new() -> Self {
        Self { genuine: vec![0; BINS + 1], impostor: vec![0; BINS + 1] }
    }

    fn merge(mut self, other: Self) -> Self {
        let add = |a: &mut [u64], b: &[u64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        add(&mut self.genuine, &other.genuine);
        add(&mut self.impostor, &other.impostor);
        self
    }
}

/// Bin of a similarity: bin b holds \[−1 + 2b/BINS, −1 + 2(b + 1)/BINS), the last one 1 alone. What is not a
/// number is in the first, so that it is accepted last.
fn bin(similarity: f32) -> usize {
    // In f64, where the sum is exact; a cast of NaN or of a negative number gives 0.
    (((f64::from(similarity) + 1.0) * (BINS / 2) as f64) as usize).min(BINS)
}

/// True-accept rates at the false-accept rates `targets`, by cosine similarity, over the pairs for which
/// `ignore(query, row)` answers false. Pairs are counted in bins of similarity, so memory does not grow with
/// their number; `far` and `tar` are exact for the threshold given, which lies at most one bin (3.1e-5) above
/// the lowest that keeps the target. Without pairs of one identity there is no point.
///
/// # Panics
/// Where the widths of queries and gallery differ.
pub fn verification(
    queries: Labelled<'_>,
    gallery: Labelled<'_>,
    targets: &[f64],
    ignore: impl Fn(usize, usize) -> bool + Sync,
) -> Verification {
    assert_eq!(queries.dim, gallery.dim, "queries and gallery have one width");
    let inverse = |rows: Labelled<'_>| -> Vec<f32> {
        let norms = squared_norms(rows.embeddings, rows.dim);
        norms.into_iter().map(|n| n.sqrt().max(crate::normalize::MIN_NORM).recip()).collect()
    };
    let (of_query, of_row) = (inverse(queries), inverse(gallery));
    let scorer = DotProducts::new(queries.embeddings, gallery.embeddings, queries.dim);
    let count = |counts: &mut Counts, q: usize, scores: &[f32]| {
        for (row, score) in scores.iter().enumerate().filter(|(row, _)| !ignore(q, *row)) {
            let at = bin(score * of_query[q] * of_row[row]);
            let same = gallery.labels[row] == queries.labels[q];
            (if same { &mut counts.genuine } else { &mut counts.impostor })[at] += 1;
        }
    };
    let counts = fold_queries(&scorer, Counts::new, count, Counts::merge);
    let (genuine, impostor) = (counts.genuine.iter().sum(), counts.impostor.iter().sum());
    let supported = |target: &&f64| genuine > 0 && **target * impostor as f64 >= FEWEST_FALSE_ACCEPTS;
    Verification {
        genuine,
        impostor,
        points: targets.iter().filter(supported).map(|&target| point(&counts, genuine, impostor, target)).collect(),
    }
}

fn point(counts: &Counts, genuine: u64, impostor: u64, target: f64) -> OperatingPoint {
    let (mut accepted, mut false_accepts, mut lowest) = (0, 0, BINS + 1);
    while lowest > 0 && (false_accepts + counts.impostor[lowest - 1]) as f64 <= target * impostor as f64 {
        lowest -= 1;
        false_accepts += counts.impostor[lowest];
        accepted += counts.genuine[lowest];
    }
    OperatingPoint {
        target,
        far: false_accepts as f64 / impostor as f64,
        tar: accepted as f64 / genuine as f64,
        threshold: lowest as f64 / (BINS / 2) as f64 - 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::test_support::{random_labels, random_rows, random_steps};
    use crate::normalize::l2_normalize;

    const TARGETS: [f64; 4] = [0.5, 0.1, 0.01, 0.001];

    /// All similarities of genuine and impostor pairs, highest first.
    fn slow(set: Labelled<'_>) -> [Vec<f64>; 2] {
        let mut found = [Vec::new(), Vec::new()];
        for a in 0..set.labels.len() {
            for b in a + 1..set.labels.len() {
                let dot =
                    |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
                let (x, y) = (set.row(a), set.row(b));
                let scale = (dot(x, x) * dot(y, y)).sqrt();
                let similarity = if scale == 0.0 { 0.0 } else { dot(x, y) / scale };
                found[usize::from(set.labels[a] != set.labels[b])].push(similarity);
            }
        }
        for all in &mut found {
            all.sort_by(|a, b| b.total_cmp(a));
        }
        found
    }

    #[test]
    fn equals_the_sorted_list_of_all_pairs() {
        for case in 0..12u64 {
            let (rows, dim) = (60 + case as usize * 5, 3 + case as usize % 3);
            let embeddings = if case % 2 == 0 { random_rows(rows, dim, case) } else { random_steps(rows, dim, case) };
            let labels = random_labels(rows, 9, case);
            let set = Labelled::new(&embeddings, dim, &labels);
            let found = verification(set, set, &TARGETS, |a, b| b <= a);
            let [genuine, impostor] = slow(set);
            assert_eq!((found.genuine, found.impostor), (genuine.len() as u64, impostor.len() as u64));
            let supported = TARGETS.iter().filter(|t| **t * impostor.len() as f64 >= 30.0).count();
            assert_eq!(found.points.len(), supported);
            for p in &found.points {
                // Rounding moves a similarity by 1e-6: the share on either side of the threshold brackets the rate.
                let share = |all: &[f64], t: f64| all.iter().filter(|s| **s >= t).count() as f64 / all.len() as f64;
                let (low, high) = (p.threshold + 1e-6, p.threshold - 1e-6);
                assert!((share(&impostor, low)..=share(&impostor, high)).contains(&p.far), "case {case}: {p:?}");
                assert!((share(&genuine, low)..=share(&genuine, high)).contains(&p.tar), "case {case}: {p:?}");
                assert!(p.far <= p.target);
                // One bin lower the rate would be too high.
                assert!(p.threshold <= -1.0 || share(&impostor, p.threshold - 2.0 / 65536.0 - 1e-6) > p.target);
            }
        }
    }

    #[test]
    fn separated_identities_are_all_accepted() {
        let mut embeddings = random_rows(100, 8, 1);
        for (i, row) in embeddings.chunks_exact_mut(8).enumerate() {
            row.iter_mut().for_each(|v| *v *= 0.01);
            row[i % 4] += 1.0;
            l2_normalize(row);
        }
        let labels: Vec<u32> = (0..100).map(|i| i % 4).collect();
        let set = Labelled::new(&embeddings, 8, &labels);
        let found = verification(set, set, &[0.01], |a, b| a == b);
        assert_eq!(found.points[0].tar, 1.0);
        assert!(found.points[0].far <= 0.01);
    }

    #[test]
    fn rates_that_too_few_pairs_support_are_not_told() {
        let set = Labelled::new(&[1.0, 1.0, -1.0], 1, &[0, 0, 1]);
        let found = verification(set, set, &[0.1], |a, b| b <= a);
        assert_eq!((found.genuine, found.impostor, found.points.len()), (1, 2, 0));
        let strangers = verification(Labelled::new(&[1.0; 400], 1, &[1; 400]), set, &[0.5], |_, row| row < 2);
        assert_eq!((strangers.genuine, strangers.points.len()), (400, 0), "no impostor pair");
        let empty = verification(set, Labelled::new(&[], 1, &[]), &[0.1], |_, _| false);
        assert_eq!((empty.genuine, empty.impostor, empty.points.len()), (0, 0, 0));
    }

    #[test]
    fn bins_cover_all_similarities() {
        assert_eq!((bin(-1.0), bin(1.0), bin(f32::NAN), bin(-1.1), bin(1.1)), (0, BINS, 0, 0, BINS));
        assert_eq!((bin(0.0), bin((-1e-6f32).next_down())), (BINS / 2, BINS / 2 - 1));
    }
}
