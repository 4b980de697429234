//! VeRi-776 (Liu et al., *A Deep Learning-Based Approach to Progressive Vehicle Re-identification for Urban
//! Surveillance*, ECCV 2016) as its authors ship it: their lists name training pictures, queries and gallery, the
//! file names identity and camera. Gallery pictures of a query's vehicle by the query's camera are passed over.

use std::path::Path;

use crate::builder::Builder;
use crate::file_name::identity_and_camera;
use crate::layout::Layout;
use crate::list::{List, need_folder};
use crate::{Dataset, DatasetError, Role, Split};

pub(crate) const FILES: &str =
    "image_train, image_query and image_test with *.jpg, and name_train.txt, name_query.txt, name_test.txt";
const LAYOUT: Layout = Layout::Veri776;
const FORM: &str = "a file name with vehicle and camera, as '0002_c002_00030600_0.jpg'";
const PARTS: [(&str, &str, Split, Role); 3] = [
    ("image_train", "name_train.txt", Split::Train, Role::Both),
    ("image_query", "name_query.txt", Split::Test, Role::Query),
    ("image_test", "name_test.txt", Split::Test, Role::Gallery),
];

pub(crate) fn is_layout(root: &Path) -> bool {
    root.join("image_train").is_dir() || root.join("name_train.txt").is_file()
}

/// Reads the set below `root`, the folder `VeRi`.
///
/// # Errors
/// Where a list or a folder of pictures is absent, or a line has another form.
pub fn load(root: &Path) -> Result<Dataset, DatasetError> {
    let mut set = Builder::default();
    for (folder, name, split, role) in PARTS {
        let folder = root.join(folder);
        need_folder(&folder, LAYOUT)?;
        let list = List::read(&root.join(name), LAYOUT, FORM)?;
        for row in list.rows(0) {
            let (line, [file]) = row?;
            let Some((vehicle, camera)) = identity_and_camera(Path::new(file)) else {
                return Err(list.fault(line, format!("{file:?}")));
            };
            set.add(folder.join(file), vehicle, Some(camera), split, role);
        }
    }
    set.finish(root, LAYOUT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;
    use crate::part::Part;

    #[test]
    fn lists_and_file_names_tell_all() {
        let fixture = Fixture::of(LAYOUT);
        let set = load(fixture.root()).unwrap();
        assert_eq!(Part::ALL.map(|part| part.samples(&set).len()), [3, 0, 1, 2]);
        assert_eq!(
            (set.identities.as_slice(), set.cameras.len()),
            (&["0001", "0003", "0002"].map(String::from)[..], 3)
        );
        let query = Part::Query.samples(&set)[0];
        assert!(query.path.ends_with("image_query/0002_c002_00030600_0.jpg"));
        assert_eq!(set.cameras[query.camera.unwrap() as usize], "c002");
    }

    #[test]
    fn faults_name_file_line_and_value() {
        let fixture = Fixture::of(LAYOUT);
        fixture.append("name_test.txt", "vehicle.jpg\n");
        let error = load(fixture.root()).unwrap_err().to_string();
        assert!(error.contains("name_test.txt, line 3") && error.contains("vehicle.jpg"), "{error}");
        for absent in ["name_train.txt", "name_query.txt", "name_test.txt", "image_query", "image_train"] {
            let fixture = Fixture::of(LAYOUT);
            fixture.remove(absent);
            let error = crate::open(fixture.root(), None).unwrap_err().to_string();
            assert!(error.contains(absent) && error.contains("VeRi-776"), "{error}");
        }
    }
}
