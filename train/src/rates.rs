//! Learning rates of every batch, told by its place in the run alone: a run that goes on takes the rates that the
//! uninterrupted one would have taken.

use std::f64::consts::PI;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::optimizer::Rates;

/// Course of a learning rate after its warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LrSchedule {
    /// Stays.
    Constant,
    /// Falls along half a cosine (Loshchilov and Hutter, SGDR, arXiv 1608.03983, without restarts).
    Cosine,
    /// Multiplied by a factor at each milestone.
    Step,
}

/// Epochs, counted from 0, at which a stepped rate falls; `80,120` on a command line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Milestones(pub Vec<usize>);

impl FromStr for Milestones {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = |part: &str| part.trim().parse().map_err(|_| format!("{part:?} is no epoch; write them as 80,120"));
        text.split(',').map(parse).collect::<Result<_, _>>().map(Self)
    }
}

/// Place of a batch in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Epoch, counted from 0.
    pub epoch: usize,
    /// Batch of the epoch, counted from 0.
    pub batch: usize,
    /// Batches of the epoch.
    pub batches: usize,
}

/// What a group's rate is multiplied by, batch by batch. Epochs differ in their number of batches, so all lengths
/// are in epochs; in runs of equally long epochs the rates are those of PyTorch's `LinearLR` and then
/// `CosineAnnealingLR` or `MultiStepLR`, stepped once a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// After the warm-up.
    pub schedule: LrSchedule,
    /// Epochs of linear warm-up; may be a fraction.
    pub warmup: f64,
    /// Cosine: the epoch at which the floor is reached.
    pub until: usize,
    /// Cosine: the floor, in \[0, 1\].
    pub floor: f64,
    /// Step: the milestones.
    pub milestones: Milestones,
    /// Step: the factor, in (0, 1\].
    pub gamma: f64,
}

impl Course {
    /// Factor in (0, 1\] of the batch at `place`; 0 only where a cosine without floor has ended.
    pub fn factor(&self, place: Place) -> f64 {
        let epochs = |batch: usize| place.epoch as f64 + batch as f64 / place.batches.max(1) as f64;
        let done = epochs(place.batch);
        if done < self.warmup {
            // Reached by the end of the batch: a first rate of 0 would learn nothing.
            return (epochs(place.batch + 1) / self.warmup).min(1.0);
        }
        match self.schedule {
            LrSchedule::Constant => 1.0,
            LrSchedule::Cosine => {
                let length = self.until as f64 - self.warmup;
                let share = if length > 0.0 { ((done - self.warmup) / length).min(1.0) } else { 1.0 };
                self.floor + (1.0 - self.floor) * (1.0 + (PI * share).cos()) / 2.0
            }
            LrSchedule::Step => {
                let passed = self.milestones.0.iter().filter(|m| **m <= place.epoch).count();
                self.gamma.powi(passed as i32)
            }
        }
    }
}

impl Config {
    fn course(&self, schedule: Option<LrSchedule>) -> Course {
        Course {
            schedule: schedule.unwrap_or(self.lr_schedule),
            warmup: self.warmup,
            until: self.cosine_until(),
            floor: self.lr_floor,
            milestones: self.lr_milestones.clone().unwrap_or(Milestones(Vec::new())),
            gamma: self.lr_gamma,
        }
    }

    /// The epoch at which a cosine reaches its floor.
    pub fn cosine_until(&self) -> usize {
        self.cosine_until.unwrap_or(self.epochs)
    }

    /// Whether a group's rate follows `schedule`.
    pub fn any_follows(&self, schedule: LrSchedule) -> bool {
        let groups = [None, self.head_lr_schedule, self.loss_lr_schedule];
        groups.into_iter().any(|group| group.unwrap_or(self.lr_schedule) == schedule)
    }

    /// Learning rates of the batch at `place`.
    pub fn rates(&self, place: Place) -> Rates {
        Rates {
            backbone: self.lr * self.course(None).factor(place),
            head: self.head_lr * self.course(self.head_lr_schedule).factor(place),
            masks: self.masks_lr() * self.course(None).factor(place),
            objective: self.loss_lr * self.course(self.loss_lr_schedule).factor(place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A place in a run of epochs of four batches.
    fn at(epoch: usize, batch: usize) -> Place {
        Place { epoch, batch, batches: 4 }
    }

    #[test]
    fn closed_forms() {
        use LrSchedule::{Constant, Cosine, Step};
        let cosine = |share: f64, floor: f64| floor + (1.0 - floor) * (1.0 + (PI * share).cos()) / 2.0;
        let (constant, warm, cos) = ((Constant, 0.0, 0.0), (Constant, 1.5, 0.0), (Cosine, 1.0, 0.1));
        let step = (Step, 0.0, 0.0);
        for (course, place, factor) in [
            (constant, at(0, 0), 1.0),
            (constant, at(9, 3), 1.0),
            // Six batches of warm-up.
            (warm, at(0, 0), 1.0 / 6.0),
            (warm, at(0, 3), 4.0 / 6.0),
            (warm, at(1, 1), 1.0),
            (warm, at(1, 2), 1.0),
            // Nine epochs of cosine behind one of warm-up.
            (cos, at(0, 1), 0.5),
            (cos, at(1, 0), 1.0),
            (cos, at(5, 2), cosine(0.5, 0.1)),
            (cos, at(9, 3), cosine(8.75 / 9.0, 0.1)),
            (cos, at(10, 0), 0.1),
            (cos, at(99, 0), 0.1),
            (step, at(2, 3), 1.0),
            (step, at(3, 0), 0.2),
            (step, at(7, 3), 0.2),
            (step, at(8, 0), 0.04),
        ] {
            let (schedule, warmup, floor) = course;
            let milestones = Milestones(vec![3, 8]);
            let course = Course { schedule, warmup, until: 10, floor, milestones, gamma: 0.2 };
            let found = course.factor(place);
            assert!((found - factor).abs() < 1e-12, "{course:?} at {place:?}: {found} instead of {factor}");
        }
    }

    #[test]
    fn equal_to_pytorch_batch_by_batch() {
        #[derive(Deserialize)]
        struct Golden {
            epochs: usize,
            batches: usize,
            cases: Vec<Case>,
        }
        #[derive(Deserialize)]
        struct Case {
            settings: Config,
            rates: Vec<f64>,
        }
        let golden: Golden = serde_json::from_str(include_str!("../golden/lr_schedules.json")).unwrap();
        assert!(golden.cases.len() >= 6);
        for Case { settings, rates } in golden.cases {
            let config = Config { epochs: golden.epochs, ..settings };
            config.check().unwrap();
            for (i, rate) in rates.into_iter().enumerate() {
                let place = Place { epoch: i / golden.batches, batch: i % golden.batches, batches: golden.batches };
                let ours = config.rates(place).backbone;
                let what = (config.lr_schedule, config.warmup);
                assert!((ours - rate).abs() < 1e-9 * config.lr, "{what:?} at {place:?}: {ours} instead of {rate}");
            }
        }
    }

    #[test]
    fn groups_have_rates_and_courses_of_their_own() {
        let config = Config {
            lr: 1e-4,
            head_lr: 1e-2,
            loss_lr: 5.0,
            lr_schedule: LrSchedule::Cosine,
            head_lr_schedule: Some(LrSchedule::Constant),
            ..Config::default()
        };
        let middle = config.rates(at(config.epochs / 2, 0));
        assert!((middle.backbone - 0.5e-4).abs() < 1e-12, "{middle:?}");
        assert_eq!(middle.head, 1e-2);
        assert!((middle.objective - 2.5).abs() < 1e-12, "{middle:?}");
        assert!(config.any_follows(LrSchedule::Constant) && !config.any_follows(LrSchedule::Step));
        let plain = Config::default().rates(at(3, 1));
        assert_eq!(plain, Rates { backbone: 1e-4, head: 1e-3, masks: 1e-2, objective: 5e-4 });
    }

    #[test]
    fn milestones_are_read_from_a_flag() {
        assert_eq!("80, 120".parse(), Ok(Milestones(vec![80, 120])));
        assert!("80;120".parse::<Milestones>().unwrap_err().contains("80,120"));
    }
}
