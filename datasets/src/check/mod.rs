//! Looks at every picture of a data set: what is absent or broken, what stands in both parts, twice in one or under two
//! identities, and whether a copy is as large as its authors state.

mod duplicates;
mod inspect;
mod lossy;
mod repeats;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use duplicates::{Duplicate, Same};
pub use inspect::Broken;
pub use repeats::{Repeat, TwoIdentities};

use crate::counts::{PartCounts, count};
use crate::layout::Layout;
use crate::official::{self, OfficialCounts};
use crate::part::Part;
use crate::{Dataset, vehicle_id};

/// Whether counts are compared with those that the authors of a layout's set state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compare {
    /// Where the set is meant to be theirs, see [`official::claimed`].
    #[default]
    Auto,
    /// Always.
    Yes,
    /// Never.
    No,
}

/// What there is in a data set, and what is wrong with it. Serialised, a path that is not UTF-8 has replacement
/// characters: the rest of the report is worth more than its bytes.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Report {
    /// Name of the set.
    pub name: String,
    /// Where it is.
    #[serde(serialize_with = "lossy::path")]
    pub path: PathBuf,
    /// How it lies on disk.
    pub layout: Layout,
    /// The protocols it can be scored by, the usual one first.
    pub protocols: Vec<&'static str>,
    /// What its parts hold, as the lists have it.
    pub parts: Vec<PartCounts>,
    /// What its authors state; empty where it is not compared.
    pub official: Vec<OfficialCounts>,
    /// Where the two differ.
    pub differences: Vec<String>,
    /// Pictures that are listed and not there.
    #[serde(serialize_with = "lossy::paths")]
    pub absent: Vec<PathBuf>,
    /// Their number by part.
    pub absent_by_part: BTreeMap<Part, usize>,
    /// Pictures that cannot be decoded.
    pub broken: Vec<Broken>,
    /// Test pictures that stand in the training part too.
    pub duplicates: Vec<Duplicate>,
    /// Pictures that stand twice in one part.
    pub repeats: Vec<Repeat>,
    /// Pictures of the training part, or of the test part, that stand there under two identities.
    pub two_identities: Vec<TwoIdentities>,
    /// Identities that stand in both parts.
    pub shared_identities: Vec<String>,
}

impl Report {
    /// Problems of all kinds.
    pub fn problems(&self) -> usize {
        self.differences.len()
            + self.absent.len()
            + self.broken.len()
            + self.duplicates.len()
            + self.repeats.len()
            + self.two_identities.len()
            + self.shared_identities.len()
    }
}

/// Checks `dataset`, which was read from `path` with `test_size`. Every picture is decoded, in parallel; `progress` is
/// called once a picture, from any thread.
pub fn check(
    dataset: &Dataset,
    path: &Path,
    test_size: Option<usize>,
    compare: Compare,
    progress: impl Fn() + Sync,
) -> Report {
    let layout = Layout::detect(path);
    let parts = count(dataset);
    let official = compared(path, layout, test_size, compare, &parts);
    let inspected = inspect::inspect(dataset, progress);
    let mut absent_by_part = BTreeMap::new();
    let repeated = repeats::within_parts(dataset, &inspected);
    inspected.absent.iter().for_each(|s| *absent_by_part.entry(Part::of(s)).or_default() += 1);
    Report {
        name: dataset.name.clone(),
        path: path.to_owned(),
        layout,
        protocols: layout.protocols().iter().map(|p| p.name()).collect(),
        differences: official::differences(official, &parts),
        official: official.to_vec(),
        parts,
        absent: inspected.absent.iter().map(|s| s.path.clone()).collect(),
        absent_by_part,
        broken: inspected.broken,
        duplicates: duplicates::across(&inspected.digests),
        repeats: repeated.repeats,
        two_identities: repeated.two_identities,
        shared_identities: dataset.shared_identities().into_iter().map(str::to_owned).collect(),
    }
}

/// Where the counts of a set that is meant to be its authors' differ from theirs: a sentence for each part. For a
/// warning when the set is loaded; [`check`] tells more.
pub fn incomplete(dataset: &Dataset, path: &Path, test_size: Option<usize>) -> Vec<String> {
    let parts = count(dataset);
    let official = compared(path, Layout::detect(path), test_size, Compare::Auto, &parts);
    official::differences(official, &parts)
}

fn compared(
    path: &Path,
    layout: Layout,
    test_size: Option<usize>,
    compare: Compare,
    parts: &[PartCounts],
) -> &'static [OfficialCounts] {
    let test_size = if layout == Layout::VehicleId { vehicle_id::chosen_size(path, test_size) } else { test_size };
    let wanted = match compare {
        Compare::Auto => official::claimed(path, layout, test_size, parts),
        Compare::Yes => true,
        Compare::No => false,
    };
    if wanted { official::counts(layout, test_size) } else { &[] }
}

#[cfg(test)]
mod tests;
