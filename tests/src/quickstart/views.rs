//! Who is enrolled, who stays a stranger, and which views are shown to the gallery.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, bail};
use dnc_datasets::{Dataset, Sample, Split};

/// The test part, divided.
#[derive(Debug)]
pub struct Division<'a> {
    /// Names of the enrolled identities.
    pub enrolled: BTreeSet<&'a str>,
    /// Number of the others.
    pub strangers: usize,
    /// Views to enrol.
    pub views: Vec<&'a Sample>,
    /// Views to identify: the other views of the enrolled, and all of the strangers.
    pub probes: Vec<&'a Sample>,
}

/// Divides the test identities of `set`: every other one is enrolled with its first `views` views. Cameras take
/// turns in the list, so these views come from as many cameras as the rest.
///
/// # Errors
/// Where that leaves no stranger or an enrolled identity without a view to identify.
pub fn divide(set: &Dataset, views: usize) -> anyhow::Result<Division<'_>> {
    let mut of: BTreeMap<u32, Vec<&Sample>> = BTreeMap::new();
    for sample in set.part(Split::Test) {
        of.entry(sample.identity).or_default().push(sample);
    }
    let mut division = Division { enrolled: BTreeSet::new(), strangers: 0, views: Vec::new(), probes: Vec::new() };
    for (i, (identity, samples)) in of.into_iter().enumerate() {
        if i % 2 == 1 {
            division.strangers += 1;
            division.probes.extend(samples);
            continue;
        }
        let name = set.identity_name(identity);
        if samples.len() <= views {
            bail!("{name} has {} views; {views} are enrolled and one more is needed to identify it", samples.len());
        }
        division.enrolled.insert(name);
        division.views.extend(&samples[..views]);
        division.probes.extend(&samples[views..]);
    }
    if division.strangers == 0 {
        bail!("{}: its test part has fewer than 2 identities, nobody is left as a stranger", set.root.display());
    }
    Ok(division)
}

/// Writes the list of pictures and identities that `dnc-edge` reads; paths are relative to the list's folder
/// where they lie below it.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_list(file: &Path, set: &Dataset, samples: &[&Sample]) -> anyhow::Result<()> {
    let write = || format!("cannot write {}", file.display());
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut list = csv::Writer::from_path(file).with_context(write)?;
    list.write_record(["path", "identity"]).with_context(write)?;
    for sample in samples {
        let path = sample.path.strip_prefix(folder).unwrap_or(&sample.path).to_string_lossy();
        list.write_record([path.as_ref(), set.identity_name(sample.identity)]).with_context(write)?;
    }
    list.flush().with_context(write)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dnc_datasets::Role;
    use dnc_datasets::protocol::Protocol;

    fn set(root: &Path, views: usize) -> Dataset {
        let samples = (0..4 * views).map(|i| Sample {
            path: root.join(format!("image/{i}.jpg")),
            identity: (i / views) as u32,
            camera: None,
            split: if i < views { Split::Train } else { Split::Test },
            role: Role::Both,
        });
        Dataset {
            name: "set".into(),
            root: root.to_owned(),
            samples: samples.collect(),
            identities: ["t", "a", "b", "c, d"].map(String::from).to_vec(),
            cameras: Vec::new(),
            protocol: Protocol::LeaveOneOut,
        }
    }

    #[test]
    fn views_and_probes_share_no_picture_and_no_training_identity() {
        let set = set(Path::new("d"), 5);
        let division = divide(&set, 3).unwrap();
        assert_eq!(division.enrolled, BTreeSet::from(["a", "c, d"]));
        assert_eq!((division.strangers, division.views.len(), division.probes.len()), (1, 6, 4 + 5));
        let paths: BTreeSet<_> = division.views.iter().chain(&division.probes).map(|s| &s.path).collect();
        assert_eq!(paths.len(), 15);
        assert!(divide(&set, 5).unwrap_err().to_string().contains("a has 5 views"));
    }

    #[test]
    fn a_list_has_relative_paths_and_quotes_names() {
        let dir = tempfile::tempdir().unwrap();
        let (set, file) = (set(dir.path(), 2), dir.path().join("list.csv"));
        write_list(&file, &set, &[&set.samples[2], &set.samples[6]]).unwrap();
        assert_eq!(std::fs::read_to_string(file).unwrap(), "path,identity\nimage/2.jpg,a\nimage/6.jpg,\"c, d\"\n");
    }
}
