//! Times of the steps from bytes to decision.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Steps, in the order they are done. `total` is all of them.
pub const STAGES: [&str; 6] = ["decode", "preprocess", "embed", "search", "decide", "total"];

/// Times of one batch, a duration each step.
pub type Sample = [Duration; 6];

/// Of many times: half, 95 and 99 of a hundred were no longer, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Percentiles {
    /// The median.
    pub p50: f64,
    /// 95 of a hundred.
    pub p95: f64,
    /// 99 of a hundred.
    pub p99: f64,
}

impl Percentiles {
    /// Of `times`, by nearest rank: each figure is a time that was measured. `None` without times.
    pub fn of(times: impl IntoIterator<Item = Duration>) -> Option<Self> {
        let mut times: Vec<Duration> = times.into_iter().collect();
        times.sort_unstable();
        let last = times.len().checked_sub(1)?;
        let at = |percent: usize| {
            let rank = (percent * times.len()).div_ceil(100).saturating_sub(1).min(last);
            times[rank].as_secs_f64() * 1e3
        };
        Some(Self { p50: at(50), p95: at(95), p99: at(99) })
    }
}

/// Percentiles of every step, by name, in the order of [`STAGES`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stages(pub Vec<(String, Percentiles)>);

impl Stages {
    /// Of the batches measured; empty without any.
    pub fn of(samples: &[Sample]) -> Self {
        let one = |(at, name): (usize, &&str)| {
            Percentiles::of(samples.iter().map(|sample| sample[at])).map(|p| ((*name).to_owned(), p))
        };
        Self(STAGES.iter().enumerate().filter_map(one).collect())
    }

    /// One step's.
    pub fn get(&self, name: &str) -> Option<Percentiles> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, p)| *p)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_measured_times_by_nearest_rank() {
        let ms = Duration::from_millis;
        let hundred = Percentiles::of((1..=100).rev().map(ms)).unwrap();
        assert_eq!((hundred.p50, hundred.p95, hundred.p99), (50.0, 95.0, 99.0));
        // Of ten, 9.5 and 9.9 places are the tenth.
        let ten = Percentiles::of((1..=10).map(ms)).unwrap();
        assert_eq!((ten.p50, ten.p95, ten.p99), (5.0, 10.0, 10.0));
        let one = Percentiles::of([ms(7)]).unwrap();
        assert_eq!((one.p50, one.p99), (7.0, 7.0));
        assert_eq!(Percentiles::of([]), None);
    }

    #[test]
    fn every_step_has_its_own_times() {
        let sample = |n: u64| std::array::from_fn(|stage| Duration::from_millis(n * (stage as u64 + 1)));
        let stages = Stages::of(&[sample(1), sample(3), sample(2)]);
        assert_eq!(stages.get("decode").unwrap().p50, 2.0);
        assert_eq!(stages.get("total").unwrap().p50, 12.0);
        assert_eq!(stages.get("nothing"), None);
        assert!(Stages::of(&[]).0.is_empty());
    }
}
