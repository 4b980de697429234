//! CARS196 (Krause et al., *3D Object Representations for Fine-Grained Categorization*, 2013) as its authors ship it:
//! all pictures in one folder and one annotation in MATLAB's format. Metric learning trains on the classes 1–98 and
//! tests on 99–196 (Oh Song et al., CVPR 2016), not on the authors' own split.

use std::path::Path;

use crate::builder::Builder;
use crate::layout::Layout;
use crate::list::{absent_or_unreadable, need_folder};
use crate::mat::{Value, struct_array};
use crate::{Dataset, DatasetError, Role, Split};

pub(crate) const FILES: &str = "cars_annos.mat and car_ims/*.jpg";
const LAYOUT: Layout = Layout::Cars196;
const ANNOTATION: &str = "cars_annos.mat";
const CLASSES: u32 = 196;
const TRAIN_CLASSES: u32 = 98;

pub(crate) fn is_layout(root: &Path) -> bool {
    root.join(ANNOTATION).is_file() || root.join("car_ims").is_dir()
}

/// Reads the set below `root`, the folder of `cars_annos.mat`.
///
/// # Errors
/// Where the annotation or the folder of pictures is absent, or the annotation has another form.
pub fn load(root: &Path) -> Result<Dataset, DatasetError> {
    let path = root.join(ANNOTATION);
    let bytes = std::fs::read(&path).map_err(|e| absent_or_unreadable(&path, LAYOUT, e))?;
    need_folder(&root.join("car_ims"), LAYOUT)?;
    let rows = struct_array(&bytes, "annotations", ["relative_im_path", "class"])
        .map_err(|source| DatasetError::Mat { path: path.clone(), source })?;
    let mut set = Builder::default();
    for (number, row) in (1..).zip(rows) {
        let [Value::Text(picture), Value::Number(class)] = &row else {
            return Err(DatasetError::Annotation { path, number, problem: format!("{row:?}") });
        };
        let Some(class) = (1..=CLASSES).find(|c| f64::from(*c) == *class) else {
            let problem = format!("class {class} is none of 1 to {CLASSES}");
            return Err(DatasetError::Annotation { path, number, problem });
        };
        let split = if class <= TRAIN_CLASSES { Split::Train } else { Split::Test };
        set.add(root.join(picture), &class.to_string(), None, split, Role::Both);
    }
    set.finish(root, LAYOUT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;
    use crate::fixture::mat::{Field, file};

    #[test]
    fn classes_to_98_are_trained_on() {
        let fixture = Fixture::of(LAYOUT);
        let set = load(fixture.root()).unwrap();
        let names = |split| set.part(split).iter().map(|s| set.identity_name(s.identity)).collect::<Vec<_>>();
        assert_eq!((names(Split::Train), names(Split::Test)), (vec!["1", "1", "98"], vec!["99", "196"]));
        assert!(set.samples[0].path.ends_with("car_ims/000001.jpg"));
    }

    #[test]
    fn faults_name_the_file_and_the_row() {
        let fault = |rows: &[Vec<Field>]| {
            let fixture = Fixture::of(LAYOUT);
            let bytes = file(&[("annotations", &["relative_im_path", "class"], rows)], true);
            std::fs::write(fixture.root().join(ANNOTATION), bytes).unwrap();
            load(fixture.root()).unwrap_err().to_string()
        };
        let row = |class| vec![Field::Text("car_ims/000001.jpg".into()), Field::Number(class)];
        let error = fault(&[row(1.0), row(197.0)]);
        assert!(error.contains("cars_annos.mat, annotation 2") && error.contains("197"), "{error}");
        assert!(fault(&[row(1.5)]).contains("1.5"));
        assert!(fault(&[vec![Field::Empty, Field::Number(1.0)]]).contains("annotation 1"));
        assert!(fault(&[]).contains("no pictures"));
        let fixture = Fixture::of(LAYOUT);
        let path = fixture.root().join(ANNOTATION);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let error = load(fixture.root()).unwrap_err().to_string();
        assert!(error.contains("cars_annos.mat") && error.contains("cut off"), "{error}");
        for absent in [ANNOTATION, "car_ims"] {
            let fixture = Fixture::of(LAYOUT);
            fixture.remove(absent);
            let error = crate::open(fixture.root(), None).unwrap_err().to_string();
            assert!(error.contains(absent) && error.contains("CARS196"), "{error}");
        }
    }
}
