//! The parts that a set is counted and compared by.

use crate::{Dataset, Role, Sample, Split};

/// A part of a set, as its authors count them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Training pictures.
    Train,
    /// Test pictures that are query and gallery in one.
    Test,
    /// Test pictures that are looked for.
    Query,
    /// Test pictures that are searched.
    Gallery,
}

impl Part {
    /// All parts, in the order they are shown.
    pub const ALL: [Self; 4] = [Self::Train, Self::Test, Self::Query, Self::Gallery];

    /// The part that a sample belongs to.
    pub fn of(sample: &Sample) -> Self {
        match (sample.split, sample.role) {
            (Split::Train, _) => Self::Train,
            (Split::Test, Role::Both) => Self::Test,
            (Split::Test, Role::Query) => Self::Query,
            (Split::Test, Role::Gallery) => Self::Gallery,
        }
    }

    /// Name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Test => "test",
            Self::Query => "query",
            Self::Gallery => "gallery",
        }
    }

    /// Samples of this part, in order.
    pub fn samples(self, dataset: &Dataset) -> Vec<&Sample> {
        dataset.samples.iter().filter(|s| Self::of(s) == self).collect()
    }
}
