//! Stanford Online Products (Oh Song et al., *Deep Metric Learning via Lifted Structured Feature Embedding*, CVPR
//! 2016) as its authors ship it, by their own lists.

use std::path::Path;

use crate::builder::Builder;
use crate::layout::Layout;
use crate::list::List;
use crate::{Dataset, DatasetError, Role, Split};

pub(crate) const FILES: &str = "Ebay_train.txt, Ebay_test.txt and CATEGORY_final/*.JPG";
const LAYOUT: Layout = Layout::OnlineProducts;
const LISTS: [(&str, Split); 2] = [("Ebay_train.txt", Split::Train), ("Ebay_test.txt", Split::Test)];
const HEADER: &str = "image_id class_id super_class_id path";
const FORM: &str = "the header 'image_id class_id super_class_id path', then lines as '1 1 1 bicycle_final/Name.JPG'";

pub(crate) fn is_layout(root: &Path) -> bool {
    LISTS.iter().any(|(list, _)| root.join(list).is_file())
}

/// Reads the set below `root`, the folder `Stanford_Online_Products`.
///
/// # Errors
/// Where a list is absent, or a line has another form.
pub fn load(root: &Path) -> Result<Dataset, DatasetError> {
    let mut set = Builder::default();
    for (name, split) in LISTS {
        let list = List::read(&root.join(name), LAYOUT, FORM)?;
        if list.line(1) != HEADER {
            return Err(list.fault(1, format!("{:?}", list.line(1))));
        }
        for row in list.rows(1) {
            let (line, [_, class, _, path]) = row?;
            list.number(line, class, 1..=u32::MAX)?;
            set.add(root.join(path), class, None, split, Role::Both);
        }
    }
    set.finish(root, LAYOUT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn the_official_lists_decide() {
        let fixture = Fixture::of(LAYOUT);
        let set = load(fixture.root()).unwrap();
        assert_eq!((set.part(Split::Train).len(), set.part(Split::Test).len()), (3, 2));
        assert_eq!(set.identities, ["1", "2", "11319"]);
        assert!(set.samples[0].path.ends_with("bicycle_final/111085122871_0.JPG"));
    }

    #[test]
    fn faults_name_file_line_and_value() {
        let fixture = Fixture::of(LAYOUT);
        fixture.append("Ebay_test.txt", "6 none 1 bicycle_final/x.JPG\n");
        let error = load(fixture.root()).unwrap_err().to_string();
        assert!(error.contains("Ebay_test.txt, line 4") && error.contains("\"none\""), "{error}");
        let fixture = Fixture::of(LAYOUT);
        std::fs::write(fixture.root().join("Ebay_train.txt"), "1 1 1 bicycle_final/x.JPG\n").unwrap();
        assert!(load(fixture.root()).unwrap_err().to_string().contains("Ebay_train.txt, line 1"));
        for absent in ["Ebay_train.txt", "Ebay_test.txt"] {
            let fixture = Fixture::of(LAYOUT);
            fixture.remove(absent);
            let error = crate::open(fixture.root(), None).unwrap_err().to_string();
            assert!(error.contains(absent) && error.contains("Stanford Online Products"), "{error}");
        }
    }
}
