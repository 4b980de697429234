//! Pictures with identities.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use crate::DatasetError;
use crate::protocol::Protocol;

/// Part of a data set. Identities of the two parts are disjoint in every protocol here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Split {
    /// Learned from.
    Train,
    /// Only ever evaluated on.
    Test,
}

impl Split {
    /// Name, as a CSV list has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Test => "test",
        }
    }
}

/// What a test picture is compared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Role {
    /// Query and gallery, whichever the protocol asks for.
    #[default]
    Both,
    /// Query only, in a set whose authors name the queries.
    Query,
    /// Gallery only.
    Gallery,
}

/// One picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The file.
    pub path: PathBuf,
    /// Index into [`Dataset::identities`].
    pub identity: u32,
    /// Index into [`Dataset::cameras`], where the set names cameras.
    pub camera: Option<u32>,
    /// Part it belongs to.
    pub split: Split,
    /// What it is compared as, in the test part.
    pub role: Role,
}

/// A data set: pictures, the names of their identities and cameras, and how it is evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// Short name, for reports.
    pub name: String,
    /// Folder or list that it was read from.
    pub root: PathBuf,
    /// All pictures, in a fixed order.
    pub samples: Vec<Sample>,
    /// Name of each identity.
    pub identities: Vec<String>,
    /// Name of each camera.
    pub cameras: Vec<String>,
    /// How its authors score the test part.
    pub protocol: Protocol,
}

/// Gives names numbers in the order they come.
#[derive(Debug, Default)]
pub(crate) struct Names {
    names: Vec<String>,
    index: HashMap<String, u32>,
}

impl Names {
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.index.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.index.insert(name.to_owned(), number);
        number
    }

    pub(crate) fn into_vec(self) -> Vec<String> {
        self.names
    }
}

impl Dataset {
    /// Samples of one part, in order.
    pub fn part(&self, split: Split) -> Vec<&Sample> {
        self.samples.iter().filter(|s| s.split == split).collect()
    }

    /// Pictures of each identity of one part.
    pub fn counts(&self, split: Split) -> BTreeMap<u32, usize> {
        let mut counts = BTreeMap::new();
        for sample in self.part(split) {
            *counts.entry(sample.identity).or_default() += 1;
        }
        counts
    }

    /// Name of an identity.
    ///
    /// # Panics
    /// Where `identity` is no index of this set.
    pub fn identity_name(&self, identity: u32) -> &str {
        &self.identities[identity as usize]
    }

    /// Identities that stand in both parts: a set with any tests on what it trained on.
    pub fn shared_identities(&self) -> Vec<&str> {
        let of = |split| self.part(split).iter().map(|s| s.identity).collect::<BTreeSet<_>>();
        of(Split::Train).intersection(&of(Split::Test)).map(|i| self.identity_name(*i)).collect()
    }

    /// Checks that the training part has at least `needed` identities with two pictures or more.
    ///
    /// # Errors
    /// [`DatasetError::TooFewIdentities`], with the counts.
    pub fn check_trainable(&self, needed: usize) -> Result<(), DatasetError> {
        let counts = self.counts(Split::Train);
        let with_two = counts.values().filter(|n| **n >= 2).count();
        if with_two < needed {
            return Err(DatasetError::TooFewIdentities {
                path: self.root.clone(),
                with_two,
                total: counts.len(),
                needed,
            });
        }
        Ok(())
    }
}
