//! Who is enrolled when an open-set rate is measured: half of the identities, the others are strangers.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;
use rand::{SeedableRng, rngs::ChaCha8Rng};

/// How enrolments are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draws {
    /// Views enrolled of each identity; an identity keeps at least one view as a probe.
    pub views: usize,
    /// Draws of who is enrolled.
    pub draws: usize,
    /// Seed of the draws.
    pub seed: u64,
}

/// One draw. Rows are named by their place among the labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Enrolment {
    /// Enrolled views.
    pub gallery: Vec<usize>,
    /// All other views of enrolled identities, and all views of strangers.
    pub probes: Vec<usize>,
    /// Identities enrolled.
    pub identities: usize,
    /// Views enrolled of the identity with the most.
    pub views_per_identity: usize,
    /// Probes of strangers.
    pub stranger_probes: usize,
}

/// Draws enrolments among identities with two views or more; those with one take no part. Nothing where fewer
/// than four identities have two views: no rate could be told.
pub fn enrolments(labels: &[u32], draws: Draws) -> Vec<Enrolment> {
    let mut of: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (row, label) in labels.iter().enumerate() {
        of.entry(*label).or_default().push(row);
    }
    let mut identities: Vec<Vec<usize>> = of.into_values().filter(|rows| rows.len() >= 2).collect();
    if identities.len() < 4 {
        return Vec::new();
    }
    let enrolled = identities.len() / 2;
    let mut rng = ChaCha8Rng::seed_from_u64(draws.seed);
    let mut draw = |_| {
        identities.shuffle(&mut rng);
        let mut drawn = Enrolment { identities: enrolled, ..Enrolment::default() };
        for (i, rows) in identities.iter_mut().enumerate() {
            rows.shuffle(&mut rng);
            let views = if i < enrolled { draws.views.clamp(1, rows.len() - 1) } else { 0 };
            drawn.views_per_identity = drawn.views_per_identity.max(views);
            drawn.stranger_probes += if i < enrolled { 0 } else { rows.len() };
            drawn.gallery.extend(&rows[..views]);
            drawn.probes.extend(&rows[views..]);
        }
        drawn
    };
    (0..draws.draws).map(&mut draw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn half_is_enrolled_and_nobody_stands_on_both_sides() {
        // Nine identities of 2 to 5 views, and one of a single view that takes no part.
        let labels: Vec<u32> = (0..9).flat_map(|id| vec![id; 2 + id as usize % 4]).chain([99]).collect();
        let drawn = enrolments(&labels, Draws { views: 3, draws: 6, seed: 2 });
        assert_eq!(drawn.len(), 6);
        for e in &drawn {
            let of = |rows: &[usize]| rows.iter().map(|row| labels[*row]).collect::<BTreeSet<_>>();
            assert_eq!((of(&e.gallery).len(), e.identities), (4, 4));
            assert_eq!(of(&e.probes).len(), 9, "an enrolled identity keeps a probe");
            let all: BTreeSet<usize> = e.gallery.iter().chain(&e.probes).copied().collect();
            assert_eq!((all.len(), e.gallery.len() + e.probes.len()), (labels.len() - 1, labels.len() - 1));
            let strangers = e.probes.iter().filter(|row| !of(&e.gallery).contains(&labels[**row])).count();
            assert_eq!(e.stranger_probes, strangers);
            assert!(e.views_per_identity <= 3);
        }
        assert_ne!(drawn[0], drawn[1]);
    }

    #[test]
    fn too_few_identities_give_no_draw() {
        assert!(enrolments(&[1, 1, 2, 2, 3, 3, 4], Draws { views: 1, draws: 2, seed: 1 }).is_empty());
    }
}
