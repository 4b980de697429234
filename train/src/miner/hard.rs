//! Batch-hard triplets (Hermans et al., "In Defense of the Triplet Loss for Person Re-Identification", 2017,
//! section 2, equation 5).

use super::distances::{Candidates, candidates};
use super::{Distances, Miner, Triplets};

/// One triplet for each anchor: its farthest positive and its nearest negative. Of equals the first row is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hard;

impl Miner for Hard {
    fn choose(&self, distances: &Distances, labels: &[u32], _seed: u64) -> Triplets {
        let mut found = Triplets::default();
        for Candidates { anchor, positives, negatives } in candidates(distances.anchors(), labels) {
            let nearer = |a: &usize, b: &usize| distances.of(anchor)[*a].total_cmp(&distances.of(anchor)[*b]);
            // Backwards: of equals the last is the maximum, the first the minimum.
            let farthest = positives.into_iter().rev().max_by(nearer);
            let nearest = negatives.into_iter().min_by(nearer);
            if let (Some(positive), Some(negative)) = (farthest, nearest) {
                found.push(anchor, positive, negative);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::miner::testing::{distance, random_batches};

    #[test]
    fn equals_a_plain_search_on_random_batches() {
        for (unit, dim, labels) in random_batches() {
            let t = Hard.mine(&unit, dim, &labels, 0);
            let d = |a: usize, b: usize| distance(&unit, dim, a, b);
            let with_positive =
                (0..labels.len()).filter(|&a| (0..labels.len()).any(|i| i != a && labels[i] == labels[a]));
            assert_eq!(t.anchors, with_positive.collect::<Vec<_>>());
            for i in 0..t.len() {
                let (a, p, n) = (t.anchors[i], t.positives[i], t.negatives[i]);
                assert!(p != a && labels[p] == labels[a] && labels[n] != labels[a]);
                for other in (0..labels.len()).filter(|o| *o != a) {
                    if labels[other] == labels[a] {
                        assert!(d(a, other) <= d(a, p), "a farther positive for {a}: {other}");
                    } else {
                        assert!(d(a, other) >= d(a, n), "a nearer negative for {a}: {other}");
                    }
                }
            }
        }
    }

    #[test]
    fn of_equals_the_first_and_no_negative_no_triplet() {
        let t = Hard.mine(&[1.0; 5], 1, &[1, 1, 1, 2, 2], 0);
        assert_eq!((t.positives[0], t.negatives[0]), (1, 3));
        assert!(Hard.mine(&[1.0; 2], 1, &[1, 1], 0).is_empty());
    }
}
