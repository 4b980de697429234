//! The layout of PKU VehicleID (Liu et al., CVPR 2016) as its authors ship it: `image/NAME.jpg`,
//! `train_test_split/train_list.txt` and `train_test_split/test_list_N.txt` with lines `NAME ID`.
//! Our renderer writes this layout and adds `attribute/img2cam.txt` (`NAME CAMERA`).

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::protocol::Protocol;
use crate::sample::Names;
use crate::{Dataset, DatasetError, Role, Sample, Split};

const FORM: &str = "a picture name and an identity number, as '0012345 678'";
const LAYOUT: &str = "image/*.jpg, train_test_split/train_list.txt and train_test_split/test_list_N.txt";

/// Whether `root` looks like this layout.
pub fn is_layout(root: &Path) -> bool {
    root.join("train_test_split/train_list.txt").is_file()
}

fn pairs(path: &Path) -> Result<Vec<(String, String)>, DatasetError> {
    let text = std::fs::read_to_string(path).map_err(|e| DatasetError::io(path, e))?;
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let mut words = line.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some(name), Some(value), None) => found.push((name.to_owned(), value.to_owned())),
            _ => {
                return Err(DatasetError::Line {
                    path: path.to_owned(),
                    line: number as u64 + 1,
                    problem: format!("{line:?}"),
                    expected: FORM,
                });
            }
        }
    }
    Ok(found)
}

/// The test lists of `root`, smallest first, with their sizes N (800, 1600, 2400 in the original).
fn test_lists(root: &Path) -> Result<Vec<(usize, PathBuf)>, DatasetError> {
    let folder = root.join("train_test_split");
    let mut lists = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(|e| DatasetError::io(&folder, e))? {
        let path = entry.map_err(|e| DatasetError::io(&folder, e))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let size = name.strip_prefix("test_list_").and_then(|n| n.strip_suffix(".txt")).and_then(|n| n.parse().ok());
        lists.extend(size.map(|n| (n, path)));
    }
    lists.sort();
    Ok(lists)
}

/// Reads the set below `root`; `test_size` chooses the test list (the smallest where it is `None`).
///
/// # Errors
/// Where a list is absent, has a line of another form, or names no picture.
pub fn load(root: &Path, test_size: Option<usize>) -> Result<Dataset, DatasetError> {
    let lists = test_lists(root)?;
    let list = match test_size {
        Some(size) => lists.iter().find(|(n, _)| *n == size),
        None => lists.first(),
    };
    let Some((size, list)) = list else {
        let have: Vec<_> = lists.iter().map(|(n, _)| n.to_string()).collect();
        let wanted = test_size.map_or("any".to_owned(), |n| n.to_string());
        return Err(DatasetError::Empty {
            path: root.join("train_test_split"),
            what: format!("test list of {wanted} identities; there are [{}]", have.join(", ")),
            expected: LAYOUT,
        });
    };
    let cameras_file = root.join("attribute/img2cam.txt");
    let camera_of: HashMap<String, String> =
        if cameras_file.is_file() { pairs(&cameras_file)?.into_iter().collect() } else { HashMap::new() };
    let (mut identities, mut cameras, mut samples) = (Names::default(), Names::default(), Vec::new());
    for (file, split) in [(root.join("train_test_split/train_list.txt"), Split::Train), (list.clone(), Split::Test)] {
        for (name, identity) in pairs(&file)? {
            samples.push(Sample {
                path: root.join("image").join(format!("{name}.jpg")),
                identity: identities.number(&identity),
                camera: camera_of.get(&name).map(|c| cameras.number(c)),
                split,
                role: Role::Both,
            });
        }
    }
    if samples.is_empty() {
        return Err(DatasetError::Empty { path: root.to_owned(), what: "empty lists".into(), expected: LAYOUT });
    }
    Ok(Dataset {
        name: format!("{} (test {size})", root.file_name().unwrap_or_default().to_string_lossy()),
        root: root.to_owned(),
        samples,
        identities: identities.into_vec(),
        cameras: cameras.into_vec(),
        protocol: Protocol::LeaveOneOut,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(train: &str, tests: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let split = dir.path().join("train_test_split");
        std::fs::create_dir_all(&split).unwrap();
        std::fs::write(split.join("train_list.txt"), train).unwrap();
        for (name, text) in tests {
            std::fs::write(split.join(name), text).unwrap();
        }
        dir
    }

    #[test]
    fn the_smallest_list_is_read_unless_another_is_named() {
        let lists = [("test_list_1600.txt", "0003 30\n0004 40\n"), ("test_list_800.txt", "0003 30\n")];
        let dir = set("0001 10\n0002 10\n", &lists);
        assert!(is_layout(dir.path()));
        let small = load(dir.path(), None).unwrap();
        assert_eq!((small.part(Split::Train).len(), small.part(Split::Test).len()), (2, 1));
        assert!(small.samples[0].path.ends_with("image/0001.jpg"));
        assert_eq!(small.identity_name(small.samples[2].identity), "30");
        assert_eq!(load(dir.path(), Some(1600)).unwrap().part(Split::Test).len(), 2);
        let error = load(dir.path(), Some(2400)).unwrap_err().to_string();
        assert!(error.contains("2400") && error.contains("800, 1600"), "{error}");
    }

    #[test]
    fn a_bad_line_is_named() {
        let dir = set("0001 10\n0002\n", &[("test_list_800.txt", "0003 30\n")]);
        let error = load(dir.path(), None).unwrap_err().to_string();
        assert!(error.contains("train_list.txt, line 2") && error.contains("0002"), "{error}");
    }
}
