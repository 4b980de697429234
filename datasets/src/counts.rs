//! How much of what a set holds, part by part.

use std::collections::{BTreeMap, BTreeSet};

use crate::Dataset;
use crate::part::Part;

/// Pictures of an identity: the fewest, the median and the most. The median of an even number of identities is the
/// lower middle one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct PerIdentity {
    /// Fewest.
    pub min: usize,
    /// Median.
    pub median: usize,
    /// Most.
    pub max: usize,
}

/// Counts of one part.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PartCounts {
    /// The part.
    pub part: Part,
    /// Pictures, distractors among them.
    pub pictures: usize,
    /// Identities, without distractors.
    pub identities: usize,
    /// Gallery pictures whose identity no query asks for.
    pub distractors: usize,
    /// Cameras that are named.
    pub cameras: usize,
    /// Pictures of an identity, without distractors; all 0 where there is none.
    pub per_identity: PerIdentity,
}

/// Counts the parts of a set that hold pictures, in the order of [`Part::ALL`].
pub fn count(dataset: &Dataset) -> Vec<PartCounts> {
    let queried: BTreeSet<u32> = Part::Query.samples(dataset).iter().map(|s| s.identity).collect();
    Part::ALL.into_iter().filter_map(|part| count_part(dataset, part, &queried)).collect()
}

fn count_part(dataset: &Dataset, part: Part, queried: &BTreeSet<u32>) -> Option<PartCounts> {
    let samples = part.samples(dataset);
    let mut of_identity = BTreeMap::<u32, usize>::new();
    for sample in &samples {
        *of_identity.entry(sample.identity).or_default() += 1;
    }
    if part == Part::Gallery {
        of_identity.retain(|identity, _| queried.contains(identity));
    }
    let mut sizes: Vec<usize> = of_identity.into_values().collect();
    sizes.sort_unstable();
    let size = |at: usize| sizes.get(at).copied().unwrap_or_default();
    let last = sizes.len().saturating_sub(1);
    (!samples.is_empty()).then(|| PartCounts {
        part,
        pictures: samples.len(),
        identities: sizes.len(),
        distractors: samples.len() - sizes.iter().sum::<usize>(),
        cameras: samples.iter().filter_map(|s| s.camera).collect::<BTreeSet<_>>().len(),
        per_identity: PerIdentity { min: size(0), median: size(last / 2), max: size(last) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Protocol;
    use crate::{Role, Sample, Split};

    #[test]
    fn parts_are_counted_without_distractors() {
        let sample = |identity, camera, split, role| Sample { path: "p".into(), identity, camera, split, role };
        let gallery = |identity, camera| sample(identity, Some(camera), Split::Test, Role::Gallery);
        let mut samples: Vec<Sample> =
            [0, 0, 0, 0, 0, 1, 2, 2].map(|i| sample(i, None, Split::Train, Role::Both)).into();
        samples.push(sample(3, Some(0), Split::Test, Role::Query));
        samples.extend([gallery(3, 0), gallery(3, 1), gallery(4, 2)]);
        let set = Dataset {
            name: "s".into(),
            root: "s".into(),
            samples,
            identities: (0..5).map(|i| i.to_string()).collect(),
            cameras: (0..3).map(|i| i.to_string()).collect(),
            protocol: Protocol::LeaveOneOut,
        };
        let part = |part, pictures, identities, distractors, cameras, sizes: [usize; 3]| {
            let [min, median, max] = sizes;
            let per_identity = PerIdentity { min, median, max };
            PartCounts { part, pictures, identities, distractors, cameras, per_identity }
        };
        let expected = [
            part(Part::Train, 8, 3, 0, 0, [1, 2, 5]),
            part(Part::Query, 1, 1, 0, 1, [1, 1, 1]),
            part(Part::Gallery, 3, 1, 1, 3, [2, 2, 2]),
        ];
        assert_eq!(count(&set), expected);
    }
}
