//! The miner of the published CVPR 2019 code: the nearest negatives beyond a cutoff.

use super::distances::{Candidates, candidates};
use super::{Distances, Miner, Triplets};

/// Every anchor–positive pair gets one of the anchor's nearest negatives at distance `cutoff` or more.
///
/// An anchor with n positives takes its n nearest such negatives, in row order. Where fewer lie beyond the
/// cutoff, the ones next below it fill up; where the batch holds fewer negatives than positives they repeat.
/// (The published code picks positives as negatives there, and misaligns pairs of classes of unequal size.)
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DistanceCutoff {
    /// Distance, in \[0, 2\]; 0.5 in the published code.
    pub cutoff: f32,
}

impl Default for DistanceCutoff {
    fn default() -> Self {
        Self { cutoff: 0.5 }
    }
}

impl Miner for DistanceCutoff {
    fn choose(&self, distances: &Distances, labels: &[u32], _seed: u64) -> Triplets {
        let mut found = Triplets::default();
        for Candidates { anchor, positives, negatives } in candidates(distances.anchors(), labels) {
            // Beyond the cutoff the nearest come first, below it the farthest: what fills up is what the
            // cutoff only just bars.
            let mut negatives: Vec<(bool, f32, usize)> = negatives
                .into_iter()
                .map(|i| {
                    let distance = distances.of(anchor)[i];
                    let below = distance < self.cutoff;
                    (below, if below { -distance } else { distance }, i)
                })
                .collect();
            negatives.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
            let mut chosen: Vec<usize> = negatives.iter().take(positives.len()).map(|n| n.2).collect();
            chosen.sort_unstable();
            for (i, positive) in positives.into_iter().enumerate() {
                found.push(anchor, positive, chosen[i % chosen.len()]);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::miner::testing::{check_triplets, random_batches};

    /// Points on a line, so that distances are plain to see.
    fn mine(points: &[f32], labels: &[u32]) -> Vec<(usize, usize, usize)> {
        let t = DistanceCutoff { cutoff: 0.5 }.mine(points, 1, labels, 0);
        (0..t.len()).map(|i| (t.anchors[i], t.positives[i], t.negatives[i])).collect()
    }

    #[test]
    fn every_pair_gets_a_negative_of_its_own_anchor() {
        for (unit, dim, labels) in random_batches() {
            check_triplets(&DistanceCutoff::default().mine(&unit, dim, &labels, 0), &labels);
        }
    }

    /// Of an anchor's negatives the best n, found one by one: the nearest at the cutoff or beyond, and where none of
    /// these is left the farthest below it; a lower row wins a tie.
    fn slow(distances: &[Vec<f32>], labels: &[u32], cutoff: f32) -> Vec<(usize, usize, usize)> {
        let mut found = Vec::new();
        for a in 0..labels.len() {
            let positives: Vec<usize> = (0..labels.len()).filter(|p| *p != a && labels[*p] == labels[a]).collect();
            let mut left: Vec<usize> = (0..labels.len()).filter(|n| labels[*n] != labels[a]).collect();
            let mut taken = Vec::new();
            while taken.len() < positives.len() && !left.is_empty() {
                let mut best = left[0];
                for n in &left {
                    let (now, best_now) = (distances[a][*n], distances[a][best]);
                    let better = match (now >= cutoff, best_now >= cutoff) {
                        (true, true) => now < best_now,
                        (false, false) => now > best_now,
                        (beyond, _) => beyond,
                    };
                    if better {
                        best = *n;
                    }
                }
                left.retain(|n| *n != best);
                taken.push(best);
            }
            taken.sort_unstable();
            for (i, p) in positives.iter().enumerate() {
                if !taken.is_empty() {
                    found.push((a, *p, taken[i % taken.len()]));
                }
            }
        }
        found
    }

    #[test]
    fn equals_slow_code_on_random_batches() {
        let mut some = 0;
        for (unit, dim, labels) in random_batches() {
            let rows: Vec<&[f32]> = unit.chunks_exact(dim).collect();
            let measured = Distances::between(&unit, dim, rows.len());
            let distances: Vec<Vec<f32>> = (0..rows.len()).map(|a| measured.of(a).to_vec()).collect();
            for cutoff in [0.0, 0.5, 1.2, 2.0] {
                let t = DistanceCutoff { cutoff }.choose(&measured, &labels, 0);
                let ours: Vec<_> = (0..t.len()).map(|i| (t.anchors[i], t.positives[i], t.negatives[i])).collect();
                assert_eq!(ours, slow(&distances, &labels, cutoff), "cutoff {cutoff}, labels {labels:?}");
                some += ours.len();
            }
        }
        assert!(some > 1000, "only {some} triplets were compared");
    }

    #[test]
    fn the_nearest_beyond_the_cutoff() {
        // From 0.0: 0.4 is too near, 0.6 is the nearest beyond.
        let t = mine(&[0.0, 0.1, 0.4, 0.6, 1.0], &[1, 1, 2, 3, 4]);
        assert_eq!(t, [(0, 1, 3), (1, 0, 3)]);
    }

    #[test]
    fn never_a_positive_where_too_few_lie_beyond() {
        let labels = [1, 1, 1, 2, 3];
        let t = mine(&[0.0, 0.01, 0.02, 0.3, 0.9], &labels);
        assert_eq!(t.len(), 6);
        for (a, p, n) in &t {
            assert_eq!(labels[*a], labels[*p]);
            assert_ne!(labels[*a], labels[*n]);
        }
        // One beyond and, to fill up, the farthest below.
        assert_eq!(&t[..2], [(0, 1, 3), (0, 2, 4)]);
    }

    #[test]
    fn unequal_classes_keep_their_own_anchors_and_negatives_repeat_when_scarce() {
        let t = mine(&[0.0, 0.1, 0.2, 0.3, 2.0], &[1, 1, 1, 1, 2]);
        assert_eq!(t.len(), 12);
        assert!(t.iter().all(|(a, p, n)| a != p && *n == 4));
        assert!(mine(&[0.0, 0.1], &[1, 1]).is_empty(), "no negative, no triplet");
    }
}
