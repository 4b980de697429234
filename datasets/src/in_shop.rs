//! DeepFashion's In-Shop Clothes Retrieval (Liu et al., *DeepFashion*, CVPR 2016) as its authors ship it: their list
//! names training pictures, queries and gallery. The list may stand in `Eval/` or beside the pictures, and these in
//! `Img/img/`, `img/` or `Img/`, as the archives are unpacked.

use std::path::{Path, PathBuf};

use crate::builder::Builder;
use crate::layout::Layout;
use crate::list::{List, need_folder};
use crate::{Dataset, DatasetError, Role, Split};

pub(crate) const FILES: &str = "Eval/list_eval_partition.txt and Img/img/**/*.jpg";
const LAYOUT: Layout = Layout::InShop;
const LISTS: [&str; 2] = ["Eval/list_eval_partition.txt", "list_eval_partition.txt"];
const HEADER: [&str; 3] = ["image_name", "item_id", "evaluation_status"];
const FORM: &str = "the number of pictures, the header 'image_name item_id evaluation_status', then lines as \
                    'img/WOMEN/Dresses/id_00000002/02_1_front.jpg id_00000002 train' (or query, gallery)";

pub(crate) fn is_layout(root: &Path) -> bool {
    LISTS.iter().any(|list| root.join(list).is_file())
}

/// The folder that stands for `img/` of the list.
fn pictures(root: &Path) -> PathBuf {
    let places = ["Img/img", "img", "Img"].map(|place| root.join(place));
    let [usual, ..] = &places;
    places.iter().find(|place| place.is_dir()).unwrap_or(usual).clone()
}

/// Reads the set below `root`.
///
/// # Errors
/// Where the list or the folder of pictures is absent, a line has another form, or the list is shorter than it says.
pub fn load(root: &Path) -> Result<Dataset, DatasetError> {
    let path = LISTS.iter().map(|list| root.join(list)).find(|path| path.is_file());
    let list = List::read(&path.unwrap_or_else(|| root.join(LISTS[0])), LAYOUT, FORM)?;
    let announced = list.number(1, list.line(1), 0..=u32::MAX)?;
    if !list.line(2).split_whitespace().eq(HEADER) {
        return Err(list.fault(2, format!("{:?}", list.line(2))));
    }
    let folder = pictures(root);
    need_folder(&folder, LAYOUT)?;
    let (mut set, mut listed) = (Builder::default(), 0);
    for row in list.rows(2) {
        let (line, [picture, identity, status]) = row?;
        let (split, role) = match status {
            "train" => (Split::Train, Role::Both),
            "query" => (Split::Test, Role::Query),
            "gallery" => (Split::Test, Role::Gallery),
            other => return Err(list.fault(line, format!("status {other:?}"))),
        };
        set.add(folder.join(picture.strip_prefix("img/").unwrap_or(picture)), identity, None, split, role);
        listed += 1;
    }
    if listed != announced {
        return Err(list.fault(1, format!("{announced} pictures are announced, {listed} are listed")));
    }
    set.finish(root, LAYOUT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;
    use crate::part::Part;

    #[test]
    fn the_official_list_names_queries_and_gallery() {
        let fixture = Fixture::of(LAYOUT);
        let set = load(fixture.root()).unwrap();
        let counts = Part::ALL.map(|part| part.samples(&set).len());
        assert_eq!(counts, [3, 0, 2, 3]);
        assert_eq!(set.identities, ["id_00000002", "id_00000003", "id_00000001", "id_00000004"]);
        assert!(set.samples[0].path.ends_with("Img/img/WOMEN/Dresses/id_00000002/02_1_front.jpg"));
    }

    #[test]
    fn list_and_pictures_may_lie_where_the_archives_leave_them() {
        let moves: [&[(&str, &str)]; 3] = [
            &[("Eval/list_eval_partition.txt", "list_eval_partition.txt")],
            &[("Img/img", "img")],
            &[("Img/img", "moved"), ("Img", "left"), ("moved", "Img")],
        ];
        for moves in moves {
            let fixture = Fixture::of(LAYOUT);
            for (from, to) in moves {
                std::fs::rename(fixture.root().join(from), fixture.root().join(to)).unwrap();
            }
            let set = crate::open(fixture.root(), None).unwrap();
            assert!(set.samples.iter().all(|s| s.path.is_file()), "{moves:?}: {:?}", set.samples[0].path);
        }
    }

    #[test]
    fn faults_name_file_line_and_value() {
        let list = "Eval/list_eval_partition.txt";
        let fault = |from: &str, to: &str| {
            let fixture = Fixture::of(LAYOUT);
            let text = std::fs::read_to_string(fixture.root().join(list)).unwrap();
            assert!(text.contains(from), "{text}");
            std::fs::write(fixture.root().join(list), text.replacen(from, to, 1)).unwrap();
            load(fixture.root()).unwrap_err().to_string()
        };
        let error = fault("8\n", "52712\n");
        assert!(error.contains("52712 pictures are announced, 8 are listed"), "{error}");
        assert!(fault("8\n", "many\n").contains("line 1"));
        assert!(fault("item_id", "item").contains("line 2"));
        let error = fault(" train", " val");
        assert!(error.contains("list_eval_partition.txt, line 3") && error.contains("\"val\""), "{error}");
        let fixture = Fixture::of(LAYOUT);
        fixture.remove("Img");
        let error = load(fixture.root()).unwrap_err().to_string();
        assert!(error.contains("Img/img") && error.contains("In-Shop"), "{error}");
    }
}
