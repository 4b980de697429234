//! A sample whose class has no second sample in its cluster has no positive: it sits out until the next
//! division.

use std::collections::HashMap;

/// The cluster of each sample, `None` for one that is alone of its class there.
///
/// # Panics
/// Where the lengths differ.
pub fn drop_singletons(labels: &[u32], clusters: &[u32]) -> Vec<Option<u32>> {
    assert_eq!(labels.len(), clusters.len(), "a cluster for each sample");
    let mut together: HashMap<(u32, u32), usize> = HashMap::new();
    for key in labels.iter().copied().zip(clusters.iter().copied()) {
        *together.entry(key).or_default() += 1;
    }
    let alone = |label: u32, cluster: u32| together[&(label, cluster)] < 2;
    labels.iter().zip(clusters).map(|(l, c)| (!alone(*l, *c)).then_some(*c)).collect()
}
