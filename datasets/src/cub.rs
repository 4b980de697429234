//! CUB-200-2011 (Wah et al., *The Caltech-UCSD Birds-200-2011 Dataset*, 2011) as its authors ship it. Metric learning
//! trains on the classes 1–100 and tests on 101–200 (Oh Song et al., CVPR 2016), not on the authors' own split.

use std::collections::HashMap;
use std::path::Path;

use crate::builder::Builder;
use crate::layout::Layout;
use crate::list::{List, need_folder};
use crate::{Dataset, DatasetError, Role, Split};

pub(crate) const FILES: &str = "images.txt, image_class_labels.txt, classes.txt and images/CLASS/*.jpg";
const LAYOUT: Layout = Layout::Cub200;
const CLASSES: u32 = 200;
const TRAIN_CLASSES: u32 = 100;

pub(crate) fn is_layout(root: &Path) -> bool {
    root.join("images.txt").is_file() || root.join("image_class_labels.txt").is_file()
}

/// Reads the set below `root`, the folder `CUB_200_2011`.
///
/// # Errors
/// Where a list or the folder of pictures is absent, or a line has another form.
pub fn load(root: &Path) -> Result<Dataset, DatasetError> {
    let list = |name: &str, form| List::read(&root.join(name), LAYOUT, form);
    let classes = list("classes.txt", "a class number and name, as '1 001.Black_footed_Albatross'")?;
    let labels = list("image_class_labels.txt", "a picture number and a class number, as '1 1'")?;
    let images = list("images.txt", "a picture number and a path, as '1 001.Black_footed_Albatross/Name.jpg'")?;
    need_folder(&root.join("images"), LAYOUT)?;

    let mut name_of_class = HashMap::new();
    for row in classes.rows(0) {
        let (line, [class, name]) = row?;
        name_of_class.insert(classes.number(line, class, 1..=CLASSES)?, name);
    }
    let mut class_of_picture = HashMap::new();
    for row in labels.rows(0) {
        let (line, [picture, class]) = row?;
        class_of_picture.insert(picture, labels.number(line, class, 1..=CLASSES)?);
    }
    let mut set = Builder::default();
    for row in images.rows(0) {
        let (line, [picture, path]) = row?;
        let class = class_of_picture.get(picture);
        let class =
            class.ok_or_else(|| images.fault(line, format!("image_class_labels.txt has no picture {picture:?}")))?;
        let name = name_of_class.get(class);
        let name = name.ok_or_else(|| images.fault(line, format!("classes.txt has no class {class}")))?;
        let split = if *class <= TRAIN_CLASSES { Split::Train } else { Split::Test };
        set.add(root.join("images").join(path), name, None, split, Role::Both);
    }
    set.finish(root, LAYOUT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn classes_to_100_are_trained_on() {
        let fixture = Fixture::of(LAYOUT);
        let set = load(fixture.root()).unwrap();
        let names = |split| set.part(split).iter().map(|s| set.identity_name(s.identity)).collect::<Vec<_>>();
        assert_eq!(
            names(Split::Train),
            ["001.Black_footed_Albatross", "001.Black_footed_Albatross", "100.Brown_Pelican"]
        );
        assert_eq!(names(Split::Test), ["101.White_Pelican", "200.Common_Yellowthroat"]);
        assert!(set.samples[0].path.ends_with("images/001.Black_footed_Albatross/Black_Footed_Albatross_0001.jpg"));
    }

    #[test]
    fn faults_name_file_line_and_value() {
        let fault = |file: &str, text: &str| {
            let fixture = Fixture::of(LAYOUT);
            fixture.append(file, text);
            load(fixture.root()).unwrap_err().to_string()
        };
        let error = fault("images.txt", "6 a b.jpg\n");
        assert!(error.contains("images.txt, line 6") && error.contains("6 a b.jpg"), "{error}");
        let error = fault("images.txt", "7 x/y.jpg\n");
        assert!(error.contains("images.txt, line 6") && error.contains("no picture \"7\""), "{error}");
        let error = fault("image_class_labels.txt", "6 201\n");
        assert!(error.contains("image_class_labels.txt, line 6") && error.contains("\"201\"") && error.contains("200"));
        for absent in ["classes.txt", "image_class_labels.txt", "images.txt", "images"] {
            let fixture = Fixture::of(LAYOUT);
            fixture.remove(absent);
            let error = crate::open(fixture.root(), None).unwrap_err().to_string();
            assert!(error.contains(absent) && error.contains("CUB-200-2011") && error.contains(FILES), "{error}");
        }
    }
}
