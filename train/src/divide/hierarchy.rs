//! Dividing deeper: every cluster is split in two (Sanakoyeu et al., TPAMI 2021, hierarchical division).
//!
//! Cluster c of one level has the clusters 2c and 2c + 1 of the next as its children, so that a learner's
//! descendants are always neighbours. As in the published code, the level in force is first clustered afresh and
//! matched to its former self, and then split; once there are K clusters they are clustered afresh only, all K at
//! once: from then on the tree is not kept to.

use std::collections::HashMap;

use super::{Division, KMeansError, kmeans};

/// Starts of the 2-means until both halves can be learned from. The published code tries 30 single starts;
/// [`kmeans`] makes several of its own in each.
const TRIALS: u64 = 8;

/// A division one or more levels deeper, or the same level again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descent {
    /// The new division.
    pub division: Division,
    /// Clusters that could not be split (numbers of the level above the division's): all their samples are in the
    /// first child, the second is empty until the next division.
    pub unsplit: Vec<usize>,
}

/// Goes from `previous` to `clusters` groups of `features` (row-major, `dim` values of unit length each).
///
/// A half is good where it holds two classes (`labels`) with two samples each: less gives no batch, and the half's
/// learner would learn nothing. A cluster of which no trial gives two good halves stays as it is; the published
/// code then takes the last trial, good or not.
///
/// # Errors
/// Where there are fewer samples than `previous` has clusters.
pub fn descend(
    features: &[f32],
    dim: usize,
    labels: &[u32],
    clusters: usize,
    previous: &Division,
    epoch: usize,
    seed: u64,
) -> Result<Descent, KMeansError> {
    let now = previous.clusters.min(clusters);
    let mut division = Division::of_features(features, dim, now, Some(previous), epoch, seed)?;
    let mut unsplit = Vec::new();
    while 2 * division.clusters <= clusters {
        // Only the last step's are still of use to a reader.
        unsplit.clear();
        let mut children: Vec<u32> = division.of_sample.iter().map(|c| 2 * c).collect();
        for cluster in 0..division.clusters {
            let members: Vec<usize> =
                (0..children.len()).filter(|i| division.of_sample[*i] as usize == cluster).collect();
            // Not one of the seeds of the clustering before it, nor of another cluster.
            let seed = seed.wrapping_add(1 + (division.clusters + cluster) as u64 * TRIALS);
            match halves(features, dim, labels, &members, seed) {
                Some(halves) => members.iter().zip(halves).for_each(|(i, half)| children[*i] += half),
                None => unsplit.push(cluster),
            }
        }
        division = Division { epoch, clusters: 2 * division.clusters, of_sample: children };
    }
    Ok(Descent { division, unsplit })
}

/// Half (0 or 1) of each of `members`, or `None` where no trial gives two good ones.
fn halves(features: &[f32], dim: usize, labels: &[u32], members: &[usize], seed: u64) -> Option<Vec<u32>> {
    let rows: Vec<f32> = members.iter().flat_map(|i| &features[i * dim..][..dim]).copied().collect();
    let classes: Vec<u32> = members.iter().map(|i| labels[*i]).collect();
    (0..TRIALS)
        .map_while(|trial| kmeans(&rows, dim, 2, seed.wrapping_add(trial)).ok())
        .find(|halves| (0..2).all(|half| can_be_learned_from(&classes, halves, half)))
}

/// Whether `half` holds two classes with two samples each.
fn can_be_learned_from(classes: &[u32], halves: &[u32], half: u32) -> bool {
    let mut counts: HashMap<u32, usize> = HashMap::new();
    for (class, _) in classes.iter().zip(halves).filter(|(_, h)| **h == half) {
        *counts.entry(*class).or_default() += 1;
    }
    counts.values().filter(|n| **n >= 2).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

    /// Eight blobs on a line: two far groups of two nearer pairs of neighbours. Twelve points and three classes
    /// each.
    fn nested(seed: u64) -> (Vec<f32>, Vec<u32>, Vec<u32>) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let at = [0.0, 4.0, 20.0, 24.0, 100.0, 104.0, 120.0, 124.0];
        let blobs: Vec<u32> = (0..96).map(|i| i % 8).collect();
        let points = blobs.iter().flat_map(|b| [at[*b as usize] + rng.random_range(-1.0f32..1.0), 1.0]).collect();
        let labels = blobs.iter().zip(0u32..).map(|(blob, i)| blob * 3 + i / 8 % 3).collect();
        (points, blobs, labels)
    }

    fn same_partition(found: &[u32], truth: &[u32]) {
        assert!((dnc_core::metrics::nmi(found, truth).arithmetic - 1.0).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn every_level_finds_its_blobs_and_splits_the_level_above() {
        for seed in 0..5 {
            let (points, blobs, labels) = nested(seed);
            let mut division = Division::undivided(96);
            for (level, clusters) in [1usize, 2, 4, 8].into_iter().enumerate() {
                let above = division.clone();
                let found = descend(&points, 2, &labels, clusters, &above, level, seed).unwrap();
                assert_eq!(found, descend(&points, 2, &labels, clusters, &above, level, seed).unwrap());
                division = found.division;
                assert_eq!((division.epoch, division.clusters, found.unsplit), (level, clusters, vec![]));
                let truth: Vec<u32> = blobs.iter().map(|b| b * clusters as u32 / 8).collect();
                same_partition(&division.of_sample, &truth);
                assert_eq!(division.sizes(), vec![96 / clusters; clusters]);
                // The points did not move: clustering the level above afresh gave it back.
                let parents: Vec<u32> = division.of_sample.iter().map(|c| c / 2).collect();
                assert_eq!(parents, if level == 0 { vec![0; 96] } else { above.of_sample });
            }
            // The same level again keeps its numbers.
            let again = descend(&points, 2, &labels, 8, &division, 9, seed + 100).unwrap();
            assert_eq!(again.division.of_sample, division.of_sample);
        }
    }

    #[test]
    fn two_levels_at_once_are_the_two_one_after_the_other_where_nothing_moves() {
        let (points, blobs, labels) = nested(1);
        let found = descend(&points, 2, &labels, 4, &Division::undivided(96), 0, 1).unwrap();
        same_partition(&found.division.of_sample, &blobs.iter().map(|b| b / 2).collect::<Vec<_>>());
    }

    #[test]
    fn a_cluster_that_cannot_be_learned_from_in_halves_stays_whole() {
        let (points, blobs, _) = nested(2);
        // The left half has one class a blob group of four: split once, it has one class in each half.
        let labels: Vec<u32> =
            blobs.iter().zip(0u32..).map(|(b, i)| if *b < 4 { b / 2 } else { 10 + i % 24 }).collect();
        let two = descend(&points, 2, &labels, 2, &Division::undivided(96), 0, 3).unwrap();
        assert!(two.unsplit.is_empty());
        let left = two.division.of_sample[0];
        let four = descend(&points, 2, &labels, 4, &two.division, 1, 4).unwrap();
        assert_eq!(four.unsplit, [left as usize]);
        let mut sizes = [24; 4];
        (sizes[2 * left as usize], sizes[2 * left as usize + 1]) = (48, 0);
        assert_eq!(four.division.sizes(), sizes);
        // The next division of the same level clusters afresh: nothing is empty any more.
        let again = descend(&points, 2, &labels, 4, &four.division, 2, 5).unwrap();
        assert!(again.division.sizes().iter().all(|n| *n > 0));
    }

    #[test]
    fn one_sample_or_equal_samples_are_left_alone() {
        let one = descend(&[1.0, 0.0], 2, &[0], 2, &Division::undivided(1), 0, 1).unwrap();
        assert_eq!((one.division.of_sample, one.unsplit), (vec![0], vec![0]));
        let equal = descend(&[1.0; 16], 2, &[0, 0, 0, 0, 1, 1, 1, 1], 8, &Division::undivided(8), 0, 1).unwrap();
        assert_eq!(equal.division.clusters, 8);
        assert!(!equal.unsplit.is_empty());
    }
}
