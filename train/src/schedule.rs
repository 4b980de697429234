//! Which part of the embedding learns from which data, epoch by epoch.

/// Phase of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Learner k's slice alone learns from cluster k.
    Learn,
    /// The whole embedding learns from batches of one cluster.
    Join,
    /// The whole embedding learns from all data.
    Conquer,
}

impl Phase {
    /// Name for logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Learn => "learn",
            Self::Join => "join",
            Self::Conquer => "conquer",
        }
    }
}

/// Switch points of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// First epoch of [`Phase::Join`].
    pub join_at: usize,
    /// First epoch of [`Phase::Conquer`].
    pub conquer_at: usize,
    /// A division is made every so many epochs, T.
    pub divide_every: usize,
}

impl Schedule {
    /// Switch points where none are given, scaled from the published run of 200 epochs: whole data from
    /// epoch 190 (19/20), whole embedding from ⌊190·8/19⌋ = 80.
    pub fn defaults(epochs: usize) -> (usize, usize) {
        let conquer_at = epochs * 19 / 20;
        (conquer_at * 8 / 19, conquer_at)
    }

    /// Phase of `epoch`, counted from 0; with one learner there is nothing to divide.
    pub fn phase(&self, epoch: usize, learners: usize) -> Phase {
        if learners == 1 || epoch >= self.conquer_at {
            Phase::Conquer
        } else if epoch >= self.join_at {
            Phase::Join
        } else {
            Phase::Learn
        }
    }

    /// Whether the data are divided anew before `epoch`.
    pub fn divides(&self, epoch: usize, learners: usize) -> bool {
        self.phase(epoch, learners) != Phase::Conquer && epoch.is_multiple_of(self.divide_every.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_run_switches_at_80_and_190() {
        assert_eq!(Schedule::defaults(200), (80, 190));
        let s = Schedule { join_at: 80, conquer_at: 190, divide_every: 2 };
        let phases = [0, 79, 80, 189, 190, 199].map(|e| s.phase(e, 8));
        use Phase::{Conquer, Join, Learn};
        assert_eq!(phases, [Learn, Learn, Join, Join, Conquer, Conquer]);
        assert_eq!(
            (s.divides(0, 8), s.divides(1, 8), s.divides(188, 8), s.divides(190, 8)),
            (true, false, true, false)
        );
        assert_eq!(s.phase(0, 1), Conquer);
    }
}
