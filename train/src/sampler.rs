//! Batches of one epoch: a few pictures of each of several identities, from one cluster at a time.

use std::collections::{BTreeMap, BTreeSet};

use rand::seq::SliceRandom;
use rand::{SeedableRng, rngs::ChaCha8Rng};

/// A batch, as indices of training samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Cluster, and so learner, that it is from.
    pub cluster: usize,
    /// Samples.
    pub samples: Vec<usize>,
}

/// Sizes of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchSize {
    /// Pictures of a batch; 80 in the published runs.
    pub pictures: usize,
    /// Pictures of one identity; 4 in the published runs.
    pub per_identity: usize,
}

/// Batches of one cluster: drawn without end, identities in a shuffled order that starts anew when used up.
struct ClusterBatches {
    identities: Vec<Vec<usize>>,
    order: Vec<usize>,
    size: BatchSize,
    rng: ChaCha8Rng,
}

impl ClusterBatches {
    fn pictures(&self) -> usize {
        self.identities.iter().map(Vec::len).sum()
    }

    /// An identity gives up to `per_identity` different pictures; one with fewer gives all it has and the
    /// batch takes more identities. A cluster smaller than a batch gives one smaller batch.
    fn next(&mut self) -> Vec<usize> {
        let target = self.size.pictures.min(self.pictures());
        let mut batch = Vec::with_capacity(target);
        let mut used = vec![false; self.identities.len()];
        while batch.len() < target && used.iter().any(|u| !u) {
            if self.order.is_empty() {
                self.order = (0..self.identities.len()).collect();
                self.order.shuffle(&mut self.rng);
            }
            // Identities already in this batch wait for the next: none is repeated in one.
            let Some(at) = self.order.iter().rposition(|i| !used[*i]) else {
                self.order.clear();
                continue;
            };
            let identity = self.order.swap_remove(at);
            used[identity] = true;
            let room = target - batch.len();
            // A single leftover picture of an identity would have no positive.
            if room == 1 && !batch.is_empty() {
                break;
            }
            let pictures = &mut self.identities[identity];
            pictures.shuffle(&mut self.rng);
            batch.extend(pictures.iter().take(self.size.per_identity.min(room)));
        }
        batch
    }
}

/// Has the samples of clusters with a single identity sit out, where nothing could be told from it; answers those
/// clusters. `clusters` gives the cluster of each sample (`None` sits out already), `labels` its identity.
///
/// # Panics
/// Where the lengths differ.
pub fn rest_lone_identities(labels: &[u32], clusters: &mut [Option<u32>]) -> Vec<u32> {
    assert_eq!(labels.len(), clusters.len(), "a cluster for each sample");
    let mut identities: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (label, cluster) in labels.iter().zip(clusters.iter()) {
        if let Some(cluster) = cluster {
            identities.entry(*cluster).or_default().insert(*label);
        }
    }
    let idle: Vec<u32> = identities.into_iter().filter(|(_, of)| of.len() < 2).map(|(cluster, _)| cluster).collect();
    for cluster in clusters.iter_mut().filter(|cluster| cluster.is_some_and(|c| idle.contains(&c))) {
        *cluster = None;
    }
    idle
}

/// Batches of one epoch in the order they are learned from: round robin over the clusters, as many rounds as
/// the largest cluster has batches; smaller clusters start anew.
///
/// `clusters` gives the cluster of each sample (`None` sits out), `labels` its identity.
///
/// # Panics
/// Where the lengths differ.
pub fn epoch_batches(labels: &[u32], clusters: &[Option<u32>], size: BatchSize, seed: u64) -> Vec<Batch> {
    assert_eq!(labels.len(), clusters.len(), "a cluster for each sample");
    let mut by_cluster: BTreeMap<u32, BTreeMap<u32, Vec<usize>>> = BTreeMap::new();
    for (sample, (label, cluster)) in labels.iter().zip(clusters).enumerate() {
        if let Some(cluster) = cluster {
            by_cluster.entry(*cluster).or_default().entry(*label).or_default().push(sample);
        }
    }
    let mut sources: Vec<(usize, ClusterBatches)> = by_cluster
        .into_iter()
        // One identity alone has no negative.
        .filter(|(_, identities)| identities.len() >= 2)
        .map(|(cluster, identities)| {
            let rng = ChaCha8Rng::seed_from_u64(seed ^ (u64::from(cluster) << 40));
            let identities = identities.into_values().collect();
            (cluster as usize, ClusterBatches { identities, order: Vec::new(), size, rng })
        })
        .collect();
    let batches = |pictures: usize| (pictures / size.pictures.max(1)).max(1);
    let rounds = sources.iter().map(|(_, s)| batches(s.pictures())).max().unwrap_or(0);
    (0..rounds)
        .flat_map(|_| {
            sources.iter_mut().map(|(cluster, s)| Batch { cluster: *cluster, samples: s.next() }).collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: BatchSize = BatchSize { pictures: 8, per_identity: 4 };

    fn count_of(batch: &Batch, labels: &[u32]) -> BTreeMap<u32, usize> {
        let mut counts = BTreeMap::new();
        for s in &batch.samples {
            *counts.entry(labels[*s]).or_default() += 1;
        }
        counts
    }

    #[test]
    fn an_identity_alone_in_its_cluster_rests_and_no_batch_changes() {
        // Identity 0 alone in cluster 1, identities 1 to 3 in cluster 0; one sample sits out already.
        let labels: Vec<u32> = (0..24).map(|i| i / 6).collect();
        let mut clusters: Vec<Option<u32>> = labels.iter().map(|l| Some(u32::from(*l == 0))).collect();
        clusters[23] = None;
        let before = epoch_batches(&labels, &clusters, SIZE, 1);
        assert_eq!(rest_lone_identities(&labels, &mut clusters), [1]);
        assert_eq!(clusters.iter().filter(|c| c.is_none()).count(), 7);
        assert_eq!(epoch_batches(&labels, &clusters, SIZE, 1), before);
        assert!(rest_lone_identities(&labels, &mut clusters).is_empty(), "none of those that are left");
    }

    #[test]
    fn four_of_each_identity_from_one_cluster_round_robin() {
        let labels: Vec<u32> = (0..96).map(|i| i / 6).collect();
        // Identities 0–11 in cluster 0 (72 pictures, 9 batches), 12–15 in cluster 1 (24, 3 batches).
        let clusters: Vec<Option<u32>> = labels.iter().map(|l| Some(u32::from(*l >= 12))).collect();
        let batches = epoch_batches(&labels, &clusters, SIZE, 1);
        assert_eq!(batches.iter().map(|b| b.cluster).collect::<Vec<_>>(), [0, 1].repeat(9));
        for batch in &batches {
            assert_eq!(batch.samples.len(), 8);
            assert_eq!(count_of(batch, &labels).into_values().collect::<Vec<_>>(), [4, 4]);
            assert!(batch.samples.iter().all(|s| clusters[*s] == Some(batch.cluster as u32)));
        }
        assert_eq!(batches, epoch_batches(&labels, &clusters, SIZE, 1));
        assert_ne!(batches, epoch_batches(&labels, &clusters, SIZE, 2));
    }

    #[test]
    fn every_identity_comes_before_one_comes_again() {
        let labels: Vec<u32> = (0..48).map(|i| i / 4).collect();
        let batches = epoch_batches(&labels, &vec![Some(0); 48], SIZE, 3);
        let seen: Vec<u32> = batches.iter().flat_map(|b| count_of(b, &labels).into_keys()).collect();
        assert_eq!(seen.len(), 12);
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 12);
    }

    #[test]
    fn small_identities_give_all_they_have_and_none_twice() {
        let labels = [0, 0, 1, 1, 1, 2, 2, 3, 3, 3];
        for seed in 0..20 {
            for batch in epoch_batches(&labels, &[Some(0); 10], SIZE, seed) {
                let mut once = batch.samples.clone();
                once.sort_unstable();
                once.dedup();
                assert_eq!(once.len(), batch.samples.len(), "a picture twice in {batch:?}");
                assert!(batch.samples.len() >= 7 && batch.samples.len() <= 8, "{batch:?}");
                assert!(count_of(&batch, &labels).values().all(|n| *n >= 2), "no lone picture in {batch:?}");
            }
        }
    }

    #[test]
    fn a_cluster_smaller_than_a_batch_gives_one_smaller_batch_and_one_identity_none() {
        let labels = [0, 0, 1, 1, 5, 5];
        let clusters = [Some(0), Some(0), Some(0), Some(0), Some(1), Some(1)];
        let batches = epoch_batches(&labels, &clusters, SIZE, 1);
        assert_eq!(batches.len(), 1);
        assert_eq!((batches[0].cluster, batches[0].samples.len()), (0, 4));
        assert!(epoch_batches(&labels, &[None; 6], SIZE, 1).is_empty());
    }
}
