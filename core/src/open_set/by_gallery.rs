//! Thresholds for a false-positive identification rate, by how many identities are enrolled and with how many views.

use super::enrolment::{Draws, enrolments_of_size};
use super::{identification_points, over_draws};
use crate::decision::DecisionRule;
use crate::manifest::IdentificationThreshold;
use crate::metrics::{Labelled, label_counts};

/// False-positive identification rates that are measured where the pictures support them.
pub const TARGETS: [f64; 4] = [0.1, 0.05, 0.01, 0.001];

/// Views of each identity that are enrolled, where the identities have more.
pub const VIEWS: [usize; 3] = [1, 2, 5];

/// Fewest identities of a gallery that is measured.
const FEWEST_IDENTITIES: usize = 5;

/// False positives that must be expected among *different* stranger pictures for a rate to be told: its relative error
/// is then about 1/√10. The same strangers in another draw are no new evidence.
pub const FEWEST_FALSE_POSITIVES: f64 = 10.0;

/// Thresholds by gallery size.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ByGallery {
    /// For each size and view count, small ones first, the supported rates, high ones first.
    pub rows: Vec<IdentificationThreshold>,
    /// Most different stranger pictures that a size had.
    pub stranger_probes: usize,
}

/// Measures galleries of half of the identities that have a view to spare, and of halves of that down to five, each
/// with 1, 2 and 5 views, over `draws.draws` draws (`draws.views` is not used). Where identities of a single view are
/// enough strangers on their own, all the others are enrolled in the largest gallery. Embeddings are group-normalised, of
/// `learners` slices.
pub fn measure_by_gallery(set: Labelled<'_>, learners: usize, draws: Draws) -> ByGallery {
    let counts: Vec<usize> = label_counts(set.labels).into_values().collect();
    let lone = counts.iter().filter(|n| **n == 1).count();
    let strangers_apart = lone as f64 * TARGETS[0] >= FEWEST_FALSE_POSITIVES;
    let mut sizes: Vec<(usize, usize)> = VIEWS
        .iter()
        .flat_map(|&views| {
            let eligible = counts.iter().filter(|n| **n > views).count();
            let largest = if strangers_apart { eligible } else { eligible / 2 };
            halves(largest).map(move |identities| (identities, views))
        })
        .collect();
    sizes.sort_unstable();
    let mut found = ByGallery::default();
    for (identities, views) in sizes {
        let drawn = enrolments_of_size(set.labels, identities, Draws { views, ..draws });
        let all = over_draws(set, learners, &drawn);
        found.stranger_probes = found.stranger_probes.max(all.stranger_probes);
        let supported: Vec<f64> =
            TARGETS.into_iter().filter(|rate| rate * all.stranger_probes as f64 >= FEWEST_FALSE_POSITIVES).collect();
        found.rows.extend(identification_points(&all.trials, &supported).into_iter().map(|point| {
            IdentificationThreshold {
                gallery_identities: identities,
                views_per_identity: views,
                target: point.target,
                rule: DecisionRule { threshold: point.threshold, margin: 0.0 },
                fpir: point.fpir,
                known_accept_rate: point.tpir,
                known_probes: all.known_probes,
                stranger_probes: all.stranger_probes,
                draws: drawn.len(),
            }
        }));
    }
    found
}

impl ByGallery {
    /// What is missing where no rate could be told; `next` says what to do.
    pub fn note(&self, next: &str) -> Option<String> {
        let needed = (FEWEST_FALSE_POSITIVES / TARGETS[0]).ceil();
        self.rows.is_empty().then(|| {
            format!(
                "no threshold by false-positive identification rate: {} different stranger views, {needed} are needed for a \
                 rate of {} (and {} identities with two views); {next}",
                self.stranger_probes,
                TARGETS[0],
                2 * FEWEST_IDENTITIES
            )
        })
    }
}

/// `n`, its half, and so on, as long as there are enough identities.
fn halves(n: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(n), |n| Some(n / 2)).take_while(|n| *n >= FEWEST_IDENTITIES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open_set::testing::set;

    const DRAWS: Draws = Draws { views: 0, draws: 6, seed: 1 };

    #[test]
    fn sizes_are_halves_and_views_what_the_identities_have_to_spare() {
        assert_eq!(halves(43).collect::<Vec<_>>(), [43, 21, 10, 5]);
        assert_eq!(halves(4).count(), 0);
        // 44 identities of 5 views: 22, 11, 5 enrolled with 1 and 2; none has a view beside 5.
        let (rows, labels) = set(44, 1.0);
        let found = measure_by_gallery(Labelled::new(&rows, 16, &labels), 1, DRAWS);
        let mut sizes: Vec<_> = found.rows.iter().map(|r| (r.gallery_identities, r.views_per_identity)).collect();
        sizes.dedup();
        assert_eq!(sizes, [(5, 1), (5, 2), (11, 1), (11, 2), (22, 1), (22, 2)]);
        assert_eq!(found.note("enrol more"), None);
    }

    #[test]
    fn rates_are_kept_and_only_told_where_the_strangers_support_them() {
        let (rows, labels) = set(44, 1.0);
        let found = measure_by_gallery(Labelled::new(&rows, 16, &labels), 1, DRAWS);
        // 220 pictures: 0.05 × 220 ≥ 10, 0.01 × 220 < 10, however often they are drawn.
        for row in &found.rows {
            assert!([0.1, 0.05].contains(&row.target) && row.fpir <= row.target + 1e-9, "{row:?}");
            assert!(row.fpir > row.target / 2.0, "the threshold is no higher than it must be: {row:?}");
            assert!((200..=220).contains(&row.stranger_probes) && row.known_probes <= 220, "{row:?}");
            assert_eq!((row.draws, row.rule.margin), (6, 0.0));
        }
        assert_eq!(found.rows.len(), 6 * 2);
    }

    #[test]
    fn a_rate_costs_a_higher_threshold_in_a_larger_gallery_and_at_a_lower_rate() {
        let (rows, labels) = set(44, 1.0);
        let found = measure_by_gallery(Labelled::new(&rows, 16, &labels), 1, DRAWS);
        let at = |n, views, target| {
            let is = |r: &&IdentificationThreshold| {
                (r.gallery_identities, r.views_per_identity, r.target) == (n, views, target)
            };
            found.rows.iter().find(is).unwrap().rule.threshold
        };
        assert!(at(22, 1, 0.1) > at(5, 1, 0.1));
        assert!(at(22, 2, 0.1) > at(22, 1, 0.1));
        assert!(at(22, 1, 0.05) > at(22, 1, 0.1));
    }

    #[test]
    fn strangers_apart_let_everybody_be_enrolled() {
        let (mut rows, mut labels) = set(10, 0.3);
        let (strangers, _) = set(30, 2.0);
        // 150 pictures of people seen once.
        labels.extend((0..150).map(|i| 1000 + i));
        rows.extend(strangers);
        let found = measure_by_gallery(Labelled::new(&rows, 16, &labels), 1, DRAWS);
        let largest = found.rows.iter().filter(|r| r.gallery_identities == 10);
        assert_eq!(largest.map(|r| r.views_per_identity).collect::<Vec<_>>(), [1, 2]);
        // In the galleries of five each of the ten is a stranger in some draw.
        assert_eq!(found.stranger_probes, 150 + 10 * 5);
    }

    #[test]
    fn too_few_strangers_give_an_empty_table_and_say_how_many_are_needed() {
        let (rows, labels) = set(12, 0.1);
        let few = measure_by_gallery(Labelled::new(&rows, 16, &labels), 1, DRAWS);
        assert!(few.rows.is_empty());
        let note = few.note("enrol more").unwrap();
        assert!((50..=60).contains(&few.stranger_probes), "{few:?}");
        let different = format!("{} different", few.stranger_probes);
        assert!(note.contains(&different) && note.contains("100 are needed") && note.ends_with("enrol more"), "{note}");
        let none = measure_by_gallery(Labelled::new(&[], 16, &[]), 1, DRAWS);
        assert!(none.note("enrol more").unwrap().contains("0 different"));
    }
}
