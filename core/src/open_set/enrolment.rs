//! Who is enrolled when an open-set rate is measured: some of the identities, the others are strangers.

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
    let mut identities: Vec<Vec<usize>> = rows_by_identity(labels).filter(|rows| rows.len() >= 2).collect();
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

/// Draws galleries of one size: `identities` of those with more than `draws.views` views, each with exactly that many
/// enrolled. All other identities are strangers with all their views, those of a single view too. Nothing where no
/// such gallery can be drawn or no stranger would be left.
pub fn enrolments_of_size(labels: &[u32], identities: usize, draws: Draws) -> Vec<Enrolment> {
    let (mut eligible, strangers): (Vec<_>, Vec<_>) =
        rows_by_identity(labels).partition(|rows: &Vec<usize>| rows.len() > draws.views);
    let possible = identities > 0 && draws.views > 0 && identities <= eligible.len();
    if !possible || eligible.len() + strangers.len() == identities {
        return Vec::new();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(draws.seed);
    let mut draw = |_| {
        eligible.shuffle(&mut rng);
        let mut drawn = Enrolment { identities, views_per_identity: draws.views, ..Enrolment::default() };
        let (enrolled, others) = eligible.split_at_mut(identities);
        for rows in enrolled {
            rows.shuffle(&mut rng);
            drawn.gallery.extend(&rows[..draws.views]);
            drawn.probes.extend(&rows[draws.views..]);
        }
        for rows in others.iter().chain(&strangers) {
            drawn.probes.extend(rows);
            drawn.stranger_probes += rows.len();
        }
        drawn
    };
    (0..draws.draws).map(&mut draw).collect()
}

/// Rows of each identity, identities in the order of their labels.
fn rows_by_identity(labels: &[u32]) -> impl Iterator<Item = Vec<usize>> {
    let mut of: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (row, label) in labels.iter().enumerate() {
        of.entry(*label).or_default().push(row);
    }
    of.into_values()
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

    #[test]
    fn a_gallery_of_one_size_has_as_many_views_of_each_and_all_others_are_strangers() {
        // Nine identities of 2 to 5 views, four of which have more than three; one of a single view.
        let labels: Vec<u32> = (0..9).flat_map(|id| vec![id; 2 + id as usize % 4]).chain([99]).collect();
        let drawn = enrolments_of_size(&labels, 2, Draws { views: 3, draws: 8, seed: 2 });
        assert_eq!(drawn.len(), 8);
        for e in &drawn {
            let enrolled: Vec<u32> = e.gallery.iter().map(|row| labels[*row]).collect();
            assert_eq!((e.gallery.len(), e.identities, e.views_per_identity), (6, 2, 3));
            let ids: BTreeSet<u32> = enrolled.iter().copied().collect();
            assert!(ids.iter().all(|id| enrolled.iter().filter(|l| *l == id).count() == 3 && id % 4 >= 2), "{ids:?}");
            let all: BTreeSet<usize> = e.gallery.iter().chain(&e.probes).copied().collect();
            assert_eq!((all.len(), e.gallery.len() + e.probes.len()), (labels.len(), labels.len()));
            let strangers = e.probes.iter().filter(|row| !ids.contains(&labels[**row])).count();
            assert_eq!(e.stranger_probes, strangers);
            assert!(e.probes.iter().any(|row| labels[*row] == 99), "a single view is a stranger's");
        }
        assert_ne!(drawn[0], drawn[1]);
    }

    #[test]
    fn a_gallery_that_cannot_be_drawn_gives_none() {
        let draws = |views| Draws { views, draws: 2, seed: 1 };
        let labels = [1, 1, 2, 2, 3];
        assert_eq!(enrolments_of_size(&labels, 2, draws(1)).len(), 2);
        assert!(enrolments_of_size(&labels, 3, draws(1)).is_empty(), "two identities have a view to spare");
        assert!(enrolments_of_size(&labels, 1, draws(2)).is_empty());
        assert!(enrolments_of_size(&labels[..4], 2, draws(1)).is_empty(), "no stranger is left");
        assert!(enrolments_of_size(&labels, 0, draws(1)).is_empty());
        assert!(enrolments_of_size(&labels, 1, draws(0)).is_empty());
    }
}
