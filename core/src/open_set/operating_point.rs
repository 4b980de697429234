//! Open-set identification at a given false-positive identification rate.

use serde::{Deserialize, Serialize};

use super::{Trial, measure};
use crate::decision::DecisionRule;

/// The decision rule without a runner-up margin, at the threshold for one false-positive rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct IdentificationPoint {
    /// False-positive identification rate asked for.
    pub target: f64,
    /// Share of strangers answered *known* (FPIR); at most `target`.
    pub fpir: f64,
    /// Share of probes of enrolled identities answered *known* with their own identity (true-positive
    /// identification rate, 1 − FNIR at rank 1).
    pub tpir: f64,
    /// The lowest similarity accepted.
    pub threshold: f32,
}

/// For each of `targets` the lowest threshold at which the decision rule answers *known* to at most that share
/// of the strangers, and what it answers there. Nothing where either kind of probe is missing.
pub fn identification_points(trials: &[Trial], targets: &[f64]) -> Vec<IdentificationPoint> {
    let mut strangers: Vec<f32> = trials.iter().filter(|t| !t.enrolled).map(|t| t.best).collect();
    if strangers.is_empty() || strangers.len() == trials.len() {
        return Vec::new();
    }
    strangers.sort_by(|a, b| b.total_cmp(a));
    let point = |&target: &f64| {
        let allowed = (target * strangers.len() as f64) as usize;
        // Just above the nearest stranger that must be refused, and with it all that tie with it.
        let threshold = strangers.get(allowed).map_or(-1.0, |refused| refused.next_up());
        let rates = measure(trials, &DecisionRule { threshold, margin: 0.0 });
        IdentificationPoint { target, fpir: 1.0 - rates.stranger_reject_rate, tpir: rates.known_accept_rate, threshold }
    };
    targets.iter().map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

    #[test]
    fn equals_trying_every_threshold() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        for case in 0..30 {
            let trials: Vec<Trial> = (0..30 + case)
                .map(|i| {
                    let (enrolled, best) = (i % 3 != 0, rng.random_range(0..25) as f32 / 25.0);
                    Trial { enrolled, correct: enrolled && rng.random_bool(0.8), best, runner_up: None }
                })
                .collect();
            for point in identification_points(&trials, &[1.0, 0.5, 0.1, 0.01, 0.0]) {
                let at = |threshold| measure(&trials, &DecisionRule { threshold, margin: 0.0 });
                let kept = |t: &f32| 1.0 - at(*t).stranger_reject_rate <= point.target + 1e-12;
                let tpir = (0..=100).map(|t| t as f32 / 99.5).filter(kept).map(|t| at(t).known_accept_rate);
                assert_eq!(point.tpir, tpir.fold(0.0, f64::max), "case {case}: {point:?}");
                assert!(kept(&point.threshold), "case {case}: {point:?}");
            }
        }
    }

    #[test]
    fn one_kind_of_probe_alone_gives_no_point() {
        let stranger = Trial { enrolled: false, correct: false, best: 0.3, runner_up: None };
        assert!(identification_points(&[stranger], &[0.1]).is_empty());
        assert!(identification_points(&[Trial { enrolled: true, ..stranger }], &[0.1]).is_empty());
        assert!(identification_points(&[], &[0.1]).is_empty());
    }
}
