//! The layout of PKU VehicleID (Liu et al., CVPR 2016) as its authors ship it: `image/NAME.jpg`,
//! `train_test_split/train_list.txt` and `train_test_split/test_list_N.txt` with lines `NAME ID`.
//! Our renderer writes this layout and adds `attribute/img2cam.txt` (`NAME CAMERA`).

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::builder::{Builder, folder_name};
use crate::layout::Layout;
use crate::list::{List, need_folder};
use crate::{Dataset, DatasetError, Role, Split};

pub(crate) const FILES: &str = "image/*.jpg, train_test_split/train_list.txt and train_test_split/test_list_N.txt";
const LAYOUT: Layout = Layout::VehicleId;
const FORM: &str = "a picture name and an identity number, as '0012345 678'";
/// Cameras of the pictures: not in the authors' set, written by our renderer.
pub(crate) const CAMERAS: &str = "attribute/img2cam.txt";

/// Whether `root` looks like this layout.
pub fn is_layout(root: &Path) -> bool {
    root.join("train_test_split").is_dir()
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

/// The test list that [`load`] reads: that of `test_size`, or the smallest, with its size.
fn chosen_list(root: &Path, test_size: Option<usize>) -> Result<(usize, PathBuf), DatasetError> {
    let lists = test_lists(root)?;
    let have: Vec<_> = lists.iter().map(|(n, _)| n.to_string()).collect();
    lists.into_iter().find(|(n, _)| test_size.is_none_or(|size| size == *n)).ok_or_else(|| DatasetError::Empty {
        path: root.join("train_test_split"),
        what: format!(
            "test list of {} identities; there are [{}]",
            test_size.map_or("any".to_owned(), |n| n.to_string()),
            have.join(", ")
        ),
        expected: FILES,
    })
}

/// The size of the test list that [`load`] reads, where there is one.
pub fn chosen_size(root: &Path, test_size: Option<usize>) -> Option<usize> {
    chosen_list(root, test_size).ok().map(|(size, _)| size)
}

/// Reads the set below `root`; `test_size` chooses the test list (the smallest where it is `None`).
///
/// # Errors
/// Where a list is absent, has a line of another form, or names no picture.
pub fn load(root: &Path, test_size: Option<usize>) -> Result<Dataset, DatasetError> {
    let (size, test_list) = chosen_list(root, test_size)?;
    let train = List::read(&root.join("train_test_split/train_list.txt"), LAYOUT, FORM)?;
    let test = List::read(&test_list, LAYOUT, FORM)?;
    need_folder(&root.join("image"), LAYOUT)?;
    let cameras = root.join(CAMERAS);
    let cameras = cameras.is_file().then(|| List::read(&cameras, LAYOUT, FORM)).transpose()?;
    let mut camera_of = HashMap::new();
    for row in cameras.iter().flat_map(|list| list.rows(0)) {
        let (_, [name, camera]) = row?;
        camera_of.insert(name, camera);
    }
    let mut set = Builder::default();
    for (list, split) in [(&train, Split::Train), (&test, Split::Test)] {
        for row in list.rows(0) {
            let (_, [name, identity]) = row?;
            let path = root.join("image").join(format!("{name}.jpg"));
            set.add(path, identity, camera_of.get(name).copied(), split, Role::Both);
        }
    }
    let set = set.finish(root, LAYOUT)?;
    Ok(Dataset { name: format!("{} (test {size})", folder_name(root)), ..set })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(train: &str, tests: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let split = dir.path().join("train_test_split");
        std::fs::create_dir_all(&split).unwrap();
        std::fs::create_dir(dir.path().join("image")).unwrap();
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

    #[test]
    fn what_is_absent_is_named() {
        for absent in ["train_test_split/train_list.txt", "image"] {
            let dir = set("0001 10\n", &[("test_list_800.txt", "0003 30\n")]);
            let path = dir.path().join(absent);
            if path.is_dir() { std::fs::remove_dir(path) } else { std::fs::remove_file(path) }.unwrap();
            let error = crate::open(dir.path(), None).unwrap_err().to_string();
            assert!(error.contains(absent) && error.contains("PKU VehicleID"), "{error}");
        }
    }
}
