//! Finds out which layout a path holds and loads it.

use std::path::Path;

use crate::{Dataset, DatasetError, csv_list, folder, vehicle_id};

/// Loads a CSV list, a PKU VehicleID folder, a folder with a `split.csv`, or a folder for each identity.
/// `test_size` chooses among VehicleID's test lists.
///
/// # Errors
/// What the loader of the layout says.
pub fn open(path: &Path, test_size: Option<usize>) -> Result<Dataset, DatasetError> {
    if !path.exists() {
        return Err(DatasetError::Absent { path: path.to_owned() });
    }
    if path.is_file() {
        return csv_list::load(path);
    }
    if vehicle_id::is_layout(path) {
        return vehicle_id::load(path, test_size);
    }
    let list = path.join("split.csv");
    if list.is_file() { csv_list::load(&list) } else { folder::load(path) }
}
