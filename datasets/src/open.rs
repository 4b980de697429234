//! Finds out which layout a path holds and loads it.

use std::path::Path;

use crate::layout::Layout;
use crate::{Dataset, DatasetError};

/// Loads the data set at `path`, in whichever [`Layout`] it is. `test_size` chooses among VehicleID's test lists.
///
/// # Errors
/// What the loader of the layout says; where no layout fits, all that was looked for.
pub fn open(path: &Path, test_size: Option<usize>) -> Result<Dataset, DatasetError> {
    if !path.exists() {
        return Err(DatasetError::Absent { path: path.to_owned() });
    }
    let layout = Layout::detect(path);
    match layout.load(path, test_size) {
        Err(DatasetError::Empty { path, .. }) if layout == Layout::Folders => Err(DatasetError::NoLayout { path }),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn every_layout_is_recognised_and_read() {
        for layout in Layout::ALL {
            let fixture = Fixture::of(layout);
            assert_eq!(Layout::detect(fixture.root()), layout);
            let set = open(fixture.root(), None).unwrap();
            assert_eq!(set.protocol, layout.protocols()[0], "{}", layout.name());
            assert!(set.shared_identities().is_empty(), "{}", layout.name());
            let absent: Vec<_> = set.samples.iter().filter(|s| !s.path.is_file()).collect();
            assert!(absent.is_empty(), "{}: {absent:?}", layout.name());
        }
    }

    #[test]
    fn what_was_looked_for_is_listed() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("somebody")).unwrap();
        let error = open(dir.path(), None).unwrap_err().to_string();
        let absent = open(&dir.path().join("nowhere"), None).unwrap_err().to_string();
        assert!(error.contains("no pictures found") && absent.contains("nowhere does not exist"), "{error} {absent}");
        for layout in Layout::ALL {
            assert!(error.contains(layout.name()) && error.contains(layout.files()), "{error}");
            assert!(absent.contains(layout.name()), "{absent}");
        }
    }
}
