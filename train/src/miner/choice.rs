//! The miner that a run's settings name.

use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::{DistanceCutoff, DistanceWeighted, Distances, Hard, Miner, SemiHard, Triplets};

/// Name of a miner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum MinerKind {
    /// The nearest negatives beyond the cutoff (published CVPR 2019 code)
    DistanceCutoff,
    /// Negatives drawn so that all distances are equally likely (Wu et al. 2017)
    DistanceWeighted,
    /// The nearest negative farther than the positive (Schroff et al. 2015)
    SemiHard,
    /// Farthest positive, nearest negative (Hermans et al. 2017)
    Hard,
}

impl fmt::Display for MinerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.write_str(value.get_name()))
    }
}

/// A miner chosen at run time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AnyMiner {
    /// See [`DistanceCutoff`].
    DistanceCutoff(DistanceCutoff),
    /// See [`DistanceWeighted`].
    DistanceWeighted(DistanceWeighted),
    /// See [`SemiHard`].
    SemiHard(SemiHard),
    /// See [`Hard`].
    Hard(Hard),
}

impl Miner for AnyMiner {
    fn choose(&self, distances: &Distances, labels: &[u32], seed: u64) -> Triplets {
        match self {
            Self::DistanceCutoff(miner) => miner.choose(distances, labels, seed),
            Self::DistanceWeighted(miner) => miner.choose(distances, labels, seed),
            Self::SemiHard(miner) => miner.choose(distances, labels, seed),
            Self::Hard(miner) => miner.choose(distances, labels, seed),
        }
    }
}
