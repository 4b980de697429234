//! Identification thresholds, measured by running the decision rule itself with enrolled identities and
//! strangers: never pair thresholds, since with N enrolled a pair's false rate f becomes 1 − (1 − f)^N.

mod balanced;
mod by_gallery;
mod draws;
pub mod enrolment;
mod facts;
mod operating_point;
mod table;
#[cfg(test)]
mod testing;

use serde::{Deserialize, Serialize};

use crate::decision::{Decision, DecisionRule};
use crate::metrics::{DotProducts, Labelled, map_queries};

pub use balanced::{Measured, measure_rule};
pub use by_gallery::{ByGallery, FEWEST_FALSE_POSITIVES, TARGETS, VIEWS, measure_by_gallery};
pub use draws::{DrawnTrials, over_draws};
pub use enrolment::Draws;
pub use facts::decision_facts;
pub use operating_point::{IdentificationPoint, identification_points};
pub use table::table;

/// What the gallery answered to one probe whose truth is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Whether the probe's identity is enrolled; otherwise it is a stranger.
    pub enrolled: bool,
    /// Whether the best identity is the probe's own (never for a stranger).
    pub correct: bool,
    /// Similarity of the best identity.
    pub best: f32,
    /// Similarity of the second-best identity, where the gallery holds two.
    pub runner_up: Option<f32>,
}

/// Runs every probe against a gallery of enrolled views, as the device does: identities by their best view.
/// Embeddings are group-normalised, of `learners` slices. An empty gallery gives no trial.
///
/// # Panics
/// Where the widths of gallery and probes differ.
pub fn trials(gallery: Labelled<'_>, probes: Labelled<'_>, learners: usize) -> Vec<Trial> {
    assert_eq!(gallery.dim, probes.dim, "gallery and probes have one width");
    let enrolled: std::collections::HashSet<u32> = gallery.labels.iter().copied().collect();
    let scorer = DotProducts::new(probes.embeddings, gallery.embeddings, gallery.dim);
    let found = map_queries(&scorer, |probe, scores| {
        let (best, runner_up) = best_two(scores, gallery.labels);
        let (identity, score) = best?;
        Some(Trial {
            enrolled: enrolled.contains(&probes.labels[probe]),
            correct: identity == probes.labels[probe],
            best: score / learners as f32,
            runner_up: runner_up.map(|(_, score)| score / learners as f32),
        })
    });
    found.into_iter().flatten().collect()
}

type Scored = Option<(u32, f32)>;

/// The two identities with the best views, best first; of equal scores the one enrolled first.
fn best_two(scores: &[f32], identity_of: &[u32]) -> (Scored, Scored) {
    let (mut best, mut second): (Scored, Scored) = (None, None);
    let beats = |score: f32, other: Scored| other.is_none_or(|(_, s)| score > s);
    for (&score, &identity) in scores.iter().zip(identity_of) {
        let score = if score.is_nan() { f32::NEG_INFINITY } else { score };
        if beats(score, best) {
            if best.is_some_and(|(id, _)| id != identity) {
                second = best;
            }
            best = Some((identity, score));
        } else if best.is_some_and(|(id, _)| id != identity) && beats(score, second) {
            second = Some((identity, score));
        }
    }
    (best, second)
}

/// Rates of the decision over a set of trials.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OpenSetRates {
    /// Probes of enrolled identities.
    pub known: usize,
    /// Probes of strangers.
    pub strangers: usize,
    /// Share of known probes answered *known* with their own identity.
    pub known_accept_rate: f64,
    /// Share of strangers not answered *known*: 1 − false-positive identification rate.
    pub stranger_reject_rate: f64,
}

impl OpenSetRates {
    /// Mean of the two rates: what the balanced rule maximises.
    pub fn balanced(&self) -> f64 {
        (self.known_accept_rate + self.stranger_reject_rate) / 2.0
    }
}

/// Runs `rule` over `trials`. A rate without trials is 0.
pub fn measure(trials: &[Trial], rule: &DecisionRule) -> OpenSetRates {
    let (mut known, mut strangers, mut accepted, mut rejected) = (0, 0, 0, 0);
    for trial in trials {
        let is_known = rule.decide(Some(trial.best), trial.runner_up) == Decision::Known;
        if trial.enrolled {
            known += 1;
            accepted += usize::from(is_known && trial.correct);
        } else {
            strangers += 1;
            rejected += usize::from(!is_known);
        }
    }
    let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    OpenSetRates {
        known,
        strangers,
        known_accept_rate: share(accepted, known),
        stranger_reject_rate: share(rejected, strangers),
    }
}

/// Runner-up margins that [`balanced_rule`] tries, in similarity.
pub const MARGINS: [f32; 9] = [0.0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2];

/// The rule with the highest mean of known-accept and stranger-reject rate on `trials`; `None` where either
/// kind of probe is missing. Of equal rules the one with the smaller margin, then the higher threshold.
pub fn balanced_rule(trials: &[Trial]) -> Option<DecisionRule> {
    let known = trials.iter().filter(|t| t.enrolled).count();
    let strangers = trials.len() - known;
    if known == 0 || strangers == 0 {
        return None;
    }
    // Accepting nobody is the rule to beat.
    let highest = trials.iter().map(|t| t.best).fold(-1.0, f32::max);
    let mut best = (1.0, DecisionRule { threshold: highest.next_up(), margin: 0.0 });
    for margin in MARGINS {
        // Only a probe that clears the margin can be answered *known*; sorted by similarity, lowering the
        // threshold past one more of them changes one count.
        let mut clear: Vec<&Trial> =
            trials.iter().filter(|t| t.runner_up.is_none_or(|second| t.best - second >= margin)).collect();
        clear.retain(|t| !t.best.is_nan());
        clear.sort_by(|a, b| b.best.total_cmp(&a.best));
        let (mut accepted, mut false_positives) = (0usize, 0usize);
        for (i, trial) in clear.iter().enumerate() {
            accepted += usize::from(trial.enrolled && trial.correct);
            false_positives += usize::from(!trial.enrolled);
            let next = clear.get(i + 1).map(|t| t.best);
            if next == Some(trial.best) {
                continue;
            }
            let score = accepted as f64 / known as f64 + 1.0 - false_positives as f64 / strangers as f64;
            if score > best.0 {
                // Halfway to the next probe: the rule does not hang on one picture's last digit.
                let threshold = next.map_or(trial.best, |n| (n + trial.best) / 2.0);
                best = (score, DecisionRule { threshold, margin });
            }
        }
    }
    Some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(enrolled: bool, correct: bool, best: f32, second: f32) -> Trial {
        Trial { enrolled, correct, best, runner_up: Some(second) }
    }

    #[test]
    fn the_balanced_rule_separates_what_can_be_separated() {
        let trials = [
            trial(true, true, 0.9, 0.2),
            trial(true, true, 0.8, 0.3),
            trial(false, false, 0.6, 0.55),
            trial(false, false, 0.5, 0.1),
        ];
        let rule = balanced_rule(&trials).unwrap();
        assert!(rule.threshold > 0.6 && rule.threshold < 0.8, "{rule:?}");
        let rates = measure(&trials, &rule);
        assert_eq!((rates.known_accept_rate, rates.stranger_reject_rate), (1.0, 1.0));
    }

    #[test]
    fn a_margin_is_taken_where_it_helps() {
        // The stranger is nearer than the known probe, but it is as near to two identities.
        let trials = [trial(true, true, 0.7, 0.2), trial(false, false, 0.9, 0.88)];
        let rule = balanced_rule(&trials).unwrap();
        assert!(rule.margin >= 0.02, "{rule:?}");
        assert_eq!(measure(&trials, &rule).balanced(), 1.0);
    }

    #[test]
    fn a_wrong_identity_is_no_accept_and_one_kind_alone_gives_no_rule() {
        let rates = measure(&[trial(true, false, 0.9, 0.1)], &DecisionRule { threshold: 0.5, margin: 0.0 });
        assert_eq!(rates.known_accept_rate, 0.0);
        assert_eq!(balanced_rule(&[trial(true, true, 0.9, 0.1)]), None);
    }

    #[test]
    fn equals_a_search_over_every_threshold() {
        use rand::{RngExt, SeedableRng};
        let mut rng = rand::rngs::ChaCha8Rng::seed_from_u64(11);
        for case in 0..40 {
            let trials: Vec<Trial> = (0..20 + case)
                .map(|i| {
                    let best = rng.random_range(0..20) as f32 / 20.0;
                    let enrolled = i % 2 == 0;
                    let correct = enrolled && rng.random_bool(0.7);
                    trial(enrolled, correct, best, best - rng.random_range(0..10) as f32 / 40.0)
                })
                .collect();
            let slow = MARGINS
                .iter()
                .flat_map(|&margin| (0..=44).map(move |t| DecisionRule { threshold: t as f32 / 40.0, margin }))
                .map(|rule| measure(&trials, &rule).balanced())
                .fold(0.0, f64::max);
            let fast = measure(&trials, &balanced_rule(&trials).unwrap()).balanced();
            assert!((fast - slow).abs() < 1e-9 || fast > slow, "case {case}: {fast} against {slow}");
        }
    }

    #[test]
    fn trials_equal_the_search_of_the_device() {
        use crate::metrics::test_support::{random_labels, random_steps};
        use crate::search::top_identities;
        for case in 0..40u64 {
            // Whole numbers: products are exact and many tie.
            let (rows, dim) = (case as usize, 3);
            let (gallery, probes) = (random_steps(rows, dim, case), random_steps(9, dim, 100 + case));
            let (enrolled, truth) = (random_labels(rows, 5, case), random_labels(9, 8, 1 + case));
            let found = trials(Labelled::new(&gallery, dim, &enrolled), Labelled::new(&probes, dim, &truth), 2);
            assert_eq!(found.len(), if rows == 0 { 0 } else { 9 });
            for (i, trial) in found.iter().enumerate() {
                let ranked = top_identities(&gallery, dim, &enrolled, &probes[i * dim..][..dim], 2);
                let similarity = |at: usize| ranked.get(at).map(|hit| hit.best.score / 2.0);
                assert_eq!((Some(trial.best), trial.runner_up), (similarity(0), similarity(1)), "case {case}");
                assert_eq!(trial.correct, ranked[0].identity == truth[i], "case {case}");
                assert_eq!(trial.enrolled, enrolled.contains(&truth[i]), "case {case}");
            }
        }
    }

    #[test]
    fn trials_know_who_is_enrolled_and_who_was_found() {
        // Two learners of one value each: similarity is the share of equal signs, scaled to [-1, 1].
        let gallery = [1.0, 1.0, -1.0, -1.0, -1.0, 1.0];
        let gallery = Labelled::new(&gallery, 2, &[1, 2, 2]);
        let probes = [1.0, 1.0, -1.0, 1.0, 1.0, -1.0];
        let found = trials(gallery, Labelled::new(&probes, 2, &[1, 1, 9]), 2);
        let plain = |t: &Trial| (t.enrolled, t.correct, t.best, t.runner_up);
        assert_eq!(plain(&found[0]), (true, true, 1.0, Some(0.0)));
        assert_eq!(plain(&found[1]), (true, false, 1.0, Some(0.0)), "nearest to another identity's view");
        assert_eq!(plain(&found[2]), (false, false, 0.0, Some(0.0)), "a stranger");
    }
}
