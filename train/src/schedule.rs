//! Which part of the embedding learns from which data, epoch by epoch.

/// Phase of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Learner k's part of the embedding alone learns from cluster k.
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
///
/// The follow-up paper's "full embedding from epoch E" is `join_at` = E: the data stay divided, only the learners'
/// parts are given up. Its published runs never train on all data at once, so there `conquer_at` is the number of
/// epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// First epoch of [`Phase::Join`].
    pub join_at: usize,
    /// First epoch of [`Phase::Conquer`].
    pub conquer_at: usize,
    /// A division is made every so many epochs, T.
    pub divide_every: usize,
    /// Epochs of each level of a hierarchical division (1 cluster, then 2, 4, … K); `None` divides into K at once.
    pub level_epochs: Option<usize>,
    /// The backbone is frozen in this many epochs from each division on.
    pub freeze: usize,
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

    /// Clusters that the data are divided into in `epoch`, of `learners` in the end.
    pub fn clusters(&self, epoch: usize, learners: usize) -> usize {
        let Some(level_epochs) = self.level_epochs else { return learners };
        let level = (epoch / level_epochs.max(1)) as u32;
        1usize.checked_shl(level).map_or(learners, |clusters| clusters.min(learners))
    }

    /// First epoch with as many clusters as learners.
    pub fn last_level_at(&self, learners: usize) -> usize {
        self.level_epochs.map_or(0, |epochs| epochs * learners.next_power_of_two().ilog2() as usize)
    }

    /// Whether the data are divided anew before `epoch`.
    pub fn divides(&self, epoch: usize, learners: usize) -> bool {
        let deeper = epoch > 0 && self.clusters(epoch, learners) != self.clusters(epoch - 1, learners);
        self.phase(epoch, learners) != Phase::Conquer && (deeper || epoch.is_multiple_of(self.divide_every.max(1)))
    }

    /// Whether the backbone stays as it is in `epoch`: in the first `freeze` epochs from a division on, be it a new
    /// level, the same level again or the first of all (as the published code counts them; there the optimiser's
    /// moments of the backbone go on, here they rest with it).
    pub fn freezes(&self, epoch: usize, learners: usize) -> bool {
        let recent = epoch.saturating_sub(self.freeze.saturating_sub(1))..=epoch;
        self.freeze > 0
            && self.phase(epoch, learners) != Phase::Conquer
            && recent.into_iter().any(|e| self.divides(e, learners))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Phase::{Conquer, Join, Learn};

    const CVPR: Schedule = Schedule { join_at: 80, conquer_at: 190, divide_every: 2, level_epochs: None, freeze: 0 };
    /// The command in the published code's README: 32 learners, 180 epochs, the full embedding from epoch 80.
    const FOLLOW_UP: Schedule =
        Schedule { join_at: 80, conquer_at: 180, divide_every: 2, level_epochs: Some(2), freeze: 1 };

    #[test]
    fn the_published_run_switches_at_80_and_190() {
        assert_eq!(Schedule::defaults(200), (80, 190));
        let s = CVPR;
        let phases = [0, 79, 80, 189, 190, 199].map(|e| s.phase(e, 8));
        assert_eq!(phases, [Learn, Learn, Join, Join, Conquer, Conquer]);
        assert_eq!(
            (s.divides(0, 8), s.divides(1, 8), s.divides(188, 8), s.divides(190, 8)),
            (true, false, true, false)
        );
        assert_eq!(s.phase(0, 1), Conquer);
        assert!((0..200).all(|e| s.clusters(e, 8) == 8 && !s.freezes(e, 8)));
    }

    #[test]
    fn the_follow_up_doubles_its_clusters_at_each_division_and_freezes_after_each() {
        let s = FOLLOW_UP;
        let clusters: Vec<usize> = (0..14).map(|e| s.clusters(e, 32)).collect();
        assert_eq!(clusters, [1, 1, 2, 2, 4, 4, 8, 8, 16, 16, 32, 32, 32, 32]);
        assert_eq!((s.last_level_at(32), s.last_level_at(2), s.last_level_at(1)), (10, 2, 0));
        for epoch in 0..180 {
            assert_eq!(s.divides(epoch, 32), epoch % 2 == 0, "epoch {epoch}");
            assert_eq!(s.freezes(epoch, 32), epoch % 2 == 0, "epoch {epoch}");
            assert_eq!(s.phase(epoch, 32), if epoch < 80 { Learn } else { Join }, "epoch {epoch}");
        }
        assert_eq!(s.clusters(usize::MAX, 32), 32);
    }

    #[test]
    fn a_new_level_divides_between_the_regular_divisions_too() {
        let s = Schedule { join_at: 9, conquer_at: 10, divide_every: 4, level_epochs: Some(3), freeze: 2 };
        let at = |f: fn(&Schedule, usize, usize) -> bool| (0..12).filter(|e| f(&s, *e, 4)).collect::<Vec<_>>();
        assert_eq!(at(Schedule::divides), [0, 3, 4, 6, 8]);
        assert_eq!(at(Schedule::freezes), [0, 1, 3, 4, 5, 6, 7, 8, 9]);
    }
}
