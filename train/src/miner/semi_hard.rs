//! Semi-hard negatives (Schroff et al., "FaceNet", CVPR 2015, section 3.2).

use super::distances::{Candidates, candidates};
use super::{Distances, Miner, Triplets};

/// Every anchor–positive pair gets the nearest negative that is farther from the anchor than the positive is.
///
/// Where none is farther, it gets the farthest of the nearer ones: of the negatives that break the order, the one
/// that breaks it least. The margin plays no part: a negative beyond it gives a loss of 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SemiHard;

impl Miner for SemiHard {
    fn choose(&self, distances: &Distances, labels: &[u32], _seed: u64) -> Triplets {
        let mut found = Triplets::default();
        for Candidates { anchor, positives, mut negatives } in candidates(distances.anchors(), labels) {
            let of = distances.of(anchor);
            negatives.sort_by(|a, b| of[*a].total_cmp(&of[*b]).then(a.cmp(b)));
            for positive in positives {
                let farther = negatives.partition_point(|n| of[*n].total_cmp(&of[positive]).is_le());
                found.push(anchor, positive, negatives[farther.min(negatives.len() - 1)]);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::miner::testing::{check_triplets, distance, random_batches};

    #[test]
    fn equals_a_plain_search_on_random_batches() {
        for (unit, dim, labels) in random_batches() {
            let t = SemiHard.mine(&unit, dim, &labels, 0);
            check_triplets(&t, &labels);
            let d = |a: usize, b: usize| distance(&unit, dim, a, b);
            for i in 0..t.len() {
                let (a, p, n) = (t.anchors[i], t.positives[i], t.negatives[i]);
                let others = || (0..labels.len()).filter(|&o| labels[o] != labels[a]).map(|o| d(a, o));
                let expected = others().filter(|o| *o > d(a, p)).fold(f32::INFINITY, f32::min);
                let expected = if expected.is_finite() { expected } else { others().fold(0.0, f32::max) };
                assert_eq!(d(a, n), expected, "anchor {a}, positive {p}");
            }
        }
    }

    #[test]
    fn none_farther_gives_the_farthest() {
        let t = SemiHard.mine(&[0.0, 0.9, 0.2, 0.4], 1, &[1, 1, 2, 3], 0);
        assert_eq!((t.anchors[0], t.positives[0], t.negatives[0]), (0, 1, 3));
    }
}
