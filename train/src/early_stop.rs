//! Which epoch is the best so far, and when to stop waiting for a better one: by scores on the validation part,
//! which is cut from the training identities; never by the test part.

use dnc_core::metrics::RetrievalScores;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::history::History;

/// The score that decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum BestBy {
    /// Mean average precision.
    Map,
    /// Recall@1.
    Recall1,
}

impl BestBy {
    /// Name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Map => "mAP",
            Self::Recall1 => "recall@1",
        }
    }

    fn of(self, scores: &RetrievalScores) -> f64 {
        match self {
            Self::Map => scores.map,
            Self::Recall1 => scores.recall.get(&1).copied().unwrap_or(f64::NAN),
        }
    }
}

/// Best validation of a run; the first of equals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Best {
    /// Epochs done when it was made; names the checkpoint.
    pub epochs: usize,
    /// Its score, in \[0, 1\].
    pub score: f64,
    /// Validations since, none of them better.
    pub since: usize,
}

/// The best of validations, each with the epochs done when it was made; `None` where there was none.
fn best_of(scores: impl IntoIterator<Item = (usize, f64)>) -> Option<Best> {
    let mut best: Option<Best> = None;
    for (epochs, score) in scores {
        match &mut best {
            Some(best) if score <= best.score || score.is_nan() => best.since += 1,
            None if score.is_nan() => (),
            _ => best = Some(Best { epochs, score, since: 0 }),
        }
    }
    best
}

/// The best validation of `history`, told by it alone, so that a run that goes on decides as the uninterrupted one.
pub fn best(history: &History, by: BestBy) -> Option<Best> {
    best_of(history.epochs.iter().filter_map(|e| Some((e.epoch + 1, by.of(e.validation.as_ref()?)))))
}

/// That a run was stopped early, and what it had been asked for then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlyStop {
    /// Epochs asked for.
    pub epochs: usize,
    /// Validations without a better score that were waited for.
    pub patience: usize,
}

impl EarlyStop {
    /// That a run stops after its last epoch, where it should.
    pub fn due(history: &History, config: &Config) -> Option<Self> {
        // A score that is older than the last epoch has been judged already.
        history.epochs.last()?.validation.as_ref()?;
        if history.epochs.len() >= config.epochs {
            return None;
        }
        Self::judged(best(history, config.best_by)?, config)
    }

    fn judged(best: Best, config: &Config) -> Option<Self> {
        let due = config.patience > 0 && best.since >= config.patience;
        due.then_some(Self { epochs: config.epochs, patience: config.patience })
    }

    /// Whether more is asked for now than when it was stopped: more patience, or more epochs, which give a run one
    /// more validation at least.
    pub fn outgrown(&self, config: &Config) -> bool {
        config.epochs > self.epochs || config.patience > self.patience || config.patience == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_best_counts() {
        let found = best_of([(2, 0.3), (4, 0.5), (6, 0.5), (8, 0.4)]);
        assert_eq!(found, Some(Best { epochs: 4, score: 0.5, since: 2 }));
        assert_eq!(best_of([(2, 0.3), (4, 0.5)]), Some(Best { epochs: 4, score: 0.5, since: 0 }));
        assert_eq!(best_of([]), None);
    }

    #[test]
    fn a_score_that_is_no_number_is_never_the_best() {
        assert_eq!(best_of([(1, f64::NAN)]), None);
        let found = best_of([(1, f64::NAN), (2, 0.0), (3, f64::NAN)]);
        assert_eq!(found, Some(Best { epochs: 2, score: 0.0, since: 1 }));
    }

    #[test]
    fn patience_is_the_number_of_validations_without_a_better_one() {
        let due = |since, patience| {
            let config = Config { patience, epochs: 9, ..Config::default() };
            EarlyStop::judged(Best { epochs: 3, score: 0.5, since }, &config)
        };
        assert_eq!(due(2, 2), Some(EarlyStop { epochs: 9, patience: 2 }));
        assert!(due(3, 2).is_some() && due(1, 2).is_none());
        assert!(due(99, 0).is_none(), "0 waits for ever");
    }

    #[test]
    fn only_more_epochs_or_patience_outgrow_it() {
        let stop = EarlyStop { epochs: 20, patience: 3 };
        let asked = |epochs, patience| stop.outgrown(&Config { epochs, patience, ..Config::default() });
        assert!(asked(21, 3) && asked(20, 4) && asked(20, 0));
        assert!(!asked(20, 3) && !asked(10, 3) && !asked(20, 2));
    }
}
