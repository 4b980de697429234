//! A made-up training for the tests of what shows one.

use std::collections::BTreeMap;

use dnc_core::metrics::RetrievalScores;

use crate::history::{EpochRecord, History};
use crate::optimizer::Rates;
use crate::schedule::Phase;

/// Numbers that look random and are the same every time, in \[0, 1).
pub fn noise(i: usize) -> f64 {
    ((i as f64 * 12.9898).sin() * 43_758.545).rem_euclid(1.0)
}

/// Sixteen epochs in three phases, divided seven times.
pub fn history() -> History {
    let epochs = (0..16).map(|epoch| {
        let at = |i: usize| 0.42 * (-0.16 * (epoch as f64 + i as f64 / 20.0)).exp() + 0.05;
        let losses: Vec<f32> = (0..20).map(|i| (at(i) * (0.8 + 0.4 * noise(epoch * 20 + i))) as f32).collect();
        let recall = 0.93 - 0.7 * (-0.25 * epoch as f64).exp();
        let divided = epoch % 2 == 0 && epoch < 14;
        EpochRecord {
            epoch,
            phase: if epoch < 6 {
                Phase::Learn
            } else if epoch < 14 {
                Phase::Join
            } else {
                Phase::Conquer
            },
            loss: losses.iter().map(|l| f64::from(*l)).sum::<f64>() / 20.0,
            losses,
            pictures: 1_700,
            seconds: 9.5,
            stalled: 0.01,
            clusters: divided.then(|| {
                let cut: Vec<usize> = (0..3).map(|k| 300 + (260.0 * noise(epoch * 7 + k)) as usize).collect();
                let rest = 1_700 - cut.iter().sum::<usize>();
                cut.into_iter().chain([rest]).collect()
            }),
            nmi: (divided && epoch > 0).then_some(0.5 + 0.03 * epoch as f64),
            rates: Some(Rates { backbone: 1e-4, head: 1e-3, masks: 1e-2, objective: 5e-4 }),
            gradient_norm: Some(1.5),
            skipped_steps: 0,
            sat_out: divided.then_some(4),
            validation: (epoch % 2 == 1).then(|| RetrievalScores {
                queries: 300,
                queries_with_match: 300,
                recall: BTreeMap::from([(1, recall)]),
                map: recall * 0.78,
                map_at_r: recall * 0.6,
            }),
        }
    });
    History { epochs: epochs.collect(), ..History::default() }
}
