//! Market-1501 (Zheng et al., *Scalable Person Re-identification: A Benchmark*, ICCV 2015) as its authors ship it: a
//! folder for each part, the file names tell identity and camera. Gallery pictures of a query's person by the query's
//! camera are passed over.
//!
//! Junk (identity -1) is left out: it counts neither for nor against a query. Distractors (identity 0000, false
//! detections) stay in the gallery; each is an identity of its own, so that it matches nobody by any protocol.

use std::path::Path;

use crate::builder::Builder;
use crate::file_name::identity_and_camera;
use crate::folder::{entries, is_picture};
use crate::layout::Layout;
use crate::list::need_folder;
use crate::{Dataset, DatasetError, Role, Split};

pub(crate) const FILES: &str =
    "bounding_box_train, query and bounding_box_test with *.jpg, named as 0002_c1s1_000451_03.jpg";
const LAYOUT: Layout = Layout::Market1501;
const PARTS: [(&str, Split, Role); 3] = [
    ("bounding_box_train", Split::Train, Role::Both),
    ("query", Split::Test, Role::Query),
    ("bounding_box_test", Split::Test, Role::Gallery),
];
const JUNK: &str = "-1";
const DISTRACTOR: &str = "0000";

pub(crate) fn is_layout(root: &Path) -> bool {
    root.join("bounding_box_train").is_dir() || root.join("bounding_box_test").is_dir()
}

/// Reads the set below `root`, the folder `Market-1501-v15.09.15`.
///
/// # Errors
/// Where a folder is absent, or a file name has another form.
pub fn load(root: &Path) -> Result<Dataset, DatasetError> {
    let mut set = Builder::default();
    for (folder, split, role) in PARTS {
        let folder = root.join(folder);
        need_folder(&folder, LAYOUT)?;
        for path in entries(&folder)?.into_iter().filter(|path| is_picture(path)) {
            let Some((person, camera)) = identity_and_camera(&path) else {
                return Err(DatasetError::FileName { path, expected: "PERSON_cCAMERA…, as 0002_c1s1_000451_03.jpg" });
            };
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            match person {
                JUNK => {}
                DISTRACTOR => set.add(path.clone(), &stem, Some(camera), split, role),
                person => set.add(path.clone(), person, Some(camera), split, role),
            }
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
    fn junk_is_left_out_and_distractors_match_nobody() {
        let fixture = Fixture::of(LAYOUT);
        let set = load(fixture.root()).unwrap();
        assert_eq!(Part::ALL.map(|part| part.samples(&set).len()), [3, 0, 1, 4]);
        let gallery = Part::Gallery.samples(&set);
        let names: Vec<_> = gallery.iter().map(|s| set.identity_name(s.identity)).collect();
        assert_eq!(names, ["0000_c1s1_000151_01", "0000_c3s2_000201_01", "0001", "0001"]);
        assert_eq!(set.cameras, ["c1", "c2", "c6", "c3"]);
        let counts = &crate::counts::count(&set)[2];
        assert_eq!((counts.identities, counts.distractors), (1, 2));
    }

    #[test]
    fn faults_name_the_file() {
        let fixture = Fixture::of(LAYOUT);
        fixture.picture("query/holiday.jpg");
        let error = load(fixture.root()).unwrap_err().to_string();
        assert!(error.contains("query/holiday.jpg") && error.contains("0002_c1s1_000451_03"), "{error}");
        for absent in ["bounding_box_train", "query", "bounding_box_test"] {
            let fixture = Fixture::of(LAYOUT);
            fixture.remove(absent);
            let error = crate::open(fixture.root(), None).unwrap_err().to_string();
            assert!(error.contains(absent) && error.contains("Market-1501"), "{error}");
        }
    }
}
