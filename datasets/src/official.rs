//! The counts that authors state for their sets, to tell when a copy is incomplete.
//!
//! A set of somebody's own may lie in the same layout (our renderer writes VehicleID's): its counts say nothing. A set
//! counts as the authors' where its folder bears their name or one of its parts has exactly their number of
//! identities.

use std::path::Path;

use crate::counts::PartCounts;
use crate::layout::Layout;
use crate::part::Part;
use crate::vehicle_id;

/// Stated counts of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct OfficialCounts {
    /// The part.
    pub part: Part,
    /// Pictures that are read: without junk, with distractors.
    pub pictures: usize,
    /// Identities, without distractors.
    pub identities: usize,
}

const fn part(part: Part, pictures: usize, identities: usize) -> OfficialCounts {
    OfficialCounts { part, pictures, identities }
}

/// Stated counts of a layout's set; none for layouts of nobody's set. `test_size` names VehicleID's test list.
///
/// CUB, CARS196 and Online Products: Oh Song et al., CVPR 2016. In-Shop: Liu et al., CVPR 2016, and the first line of
/// its list. VeRi-776: Liu et al., ECCV 2016. Market-1501: its readme; of the 19,732 pictures in `bounding_box_test`
/// 3,819 are junk. VehicleID: the lists as shipped, as FastReID counts them; its paper states 110,178 training pictures
/// of 13,134 vehicles, and tests of other sizes, which no shipped list has.
pub fn counts(layout: Layout, test_size: Option<usize>) -> &'static [OfficialCounts] {
    const VEHICLE_ID: OfficialCounts = part(Part::Train, 113_346, 13_164);
    match (layout, test_size) {
        (Layout::Cub200, _) => &const { [part(Part::Train, 5_864, 100), part(Part::Test, 5_924, 100)] },
        (Layout::Cars196, _) => &const { [part(Part::Train, 8_054, 98), part(Part::Test, 8_131, 98)] },
        (Layout::OnlineProducts, _) => &const { [part(Part::Train, 59_551, 11_318), part(Part::Test, 60_502, 11_316)] },
        (Layout::InShop, _) => {
            &const {
                [part(Part::Train, 25_882, 3_997), part(Part::Query, 14_218, 3_985), part(Part::Gallery, 12_612, 3_985)]
            }
        }
        (Layout::VehicleId, Some(800)) => &const { [VEHICLE_ID, part(Part::Test, 6_493, 800)] },
        (Layout::VehicleId, Some(1600)) => &const { [VEHICLE_ID, part(Part::Test, 13_377, 1_600)] },
        (Layout::VehicleId, Some(2400)) => &const { [VEHICLE_ID, part(Part::Test, 19_777, 2_400)] },
        (Layout::VehicleId, _) => &const { [VEHICLE_ID] },
        (Layout::Veri776, _) => {
            &const { [part(Part::Train, 37_778, 576), part(Part::Query, 1_678, 200), part(Part::Gallery, 11_579, 200)] }
        }
        (Layout::Market1501, _) => {
            &const { [part(Part::Train, 12_936, 751), part(Part::Query, 3_368, 750), part(Part::Gallery, 15_913, 750)] }
        }
        (Layout::CsvList | Layout::Folders, _) => &[],
    }
}

/// Whether the set at `root`, with the counts `found`, is meant to be the authors' own.
pub fn claimed(root: &Path, layout: Layout, test_size: Option<usize>, found: &[PartCounts]) -> bool {
    // Its authors name no cameras, our renderer does.
    if layout == Layout::VehicleId && root.join(vehicle_id::CAMERAS).is_file() {
        return false;
    }
    let name = crate::builder::folder_name(root).to_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
    let names: &[&str] = match layout {
        Layout::Cub200 => &["cub200"],
        Layout::Cars196 => &["cars196", "stanfordcars"],
        Layout::OnlineProducts => &["onlineproducts"],
        Layout::InShop => &["inshopclothes", "deepfashion"],
        Layout::VehicleId => &["vehicleidv1", "pkuvehicleid"],
        Layout::Veri776 => &["veri776", "veriwithplate"],
        Layout::Market1501 => &["market1501"],
        Layout::CsvList | Layout::Folders => &[],
    };
    let same = |o: &OfficialCounts| found.iter().any(|f| f.part == o.part && f.identities == o.identities);
    names.iter().any(|n| name.contains(n)) || counts(layout, test_size).iter().any(same)
}

/// Where counts found differ from the stated ones, a sentence for each part.
pub fn differences(stated: &[OfficialCounts], found: &[PartCounts]) -> Vec<String> {
    let differ = |o: &OfficialCounts| {
        let found = found.iter().find(|f| f.part == o.part);
        let (pictures, identities) = found.map_or((0, 0), |f| (f.pictures, f.identities));
        (pictures != o.pictures || identities != o.identities).then(|| {
            format!(
                "{}: {pictures} pictures of {identities} identities, its authors state {} of {}",
                o.part.name(),
                o.pictures,
                o.identities
            )
        })
    };
    stated.iter().filter_map(differ).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::count;
    use crate::fixture::Fixture;

    #[test]
    fn sums_are_those_that_the_sets_are_known_by() {
        let total = |layout, size| counts(layout, size).iter().map(|c| c.pictures).sum::<usize>();
        assert_eq!(total(Layout::Cub200, None), 11_788);
        assert_eq!(total(Layout::Cars196, None), 16_185);
        assert_eq!(total(Layout::OnlineProducts, None), 120_053);
        assert_eq!(total(Layout::InShop, None), 52_712);
        // 32,668 boxes of Market-1501 are training and gallery pictures without junk, and junk.
        assert_eq!(total(Layout::Market1501, None) - 3_368 + 3_819, 32_668);
        assert_eq!(total(Layout::VehicleId, Some(3200)), 113_346);
    }

    #[test]
    fn the_authors_name_claims_their_counts_and_another_does_not() {
        for (layout, name) in [
            (Layout::Cub200, "CUB_200_2011"),
            (Layout::Cars196, "cars196"),
            (Layout::OnlineProducts, "Stanford_Online_Products"),
            (Layout::VehicleId, "VehicleID_V1.0"),
            (Layout::Veri776, "VeRi-776"),
            (Layout::Market1501, "Market-1501-v15.09.15"),
        ] {
            let claims = |name| {
                let fixture = Fixture::named(layout, name);
                let found = count(&crate::open(fixture.root(), None).unwrap());
                claimed(fixture.root(), layout, None, &found)
            };
            assert!(claims(name), "{name}");
            assert!(!claims("my own pictures"), "{name}");
        }
    }

    #[test]
    fn the_number_of_identities_claims_them_too_and_cameras_disclaim_vehicle_id() {
        let fixture = Fixture::of(Layout::VehicleId);
        let list: String = (0..800).map(|i| format!("{i:07} {i}\n")).collect();
        fixture.write("train_test_split/test_list_800.txt", &list);
        let found = count(&crate::open(fixture.root(), None).unwrap());
        assert!(claimed(fixture.root(), Layout::VehicleId, Some(800), &found));
        let told = differences(counts(Layout::VehicleId, Some(800)), &found);
        assert_eq!(told.len(), 2);
        assert!(
            told[1].contains("test: 800 pictures of 800 identities") && told[1].contains("6493 of 800"),
            "{told:?}"
        );
        fixture.write(vehicle_id::CAMERAS, "0000001 1\n");
        assert!(!claimed(fixture.root(), Layout::VehicleId, Some(800), &found));
    }

    #[test]
    fn equal_counts_do_not_differ() {
        let fixture = Fixture::of(Layout::InShop);
        let found = count(&crate::open(fixture.root(), None).unwrap());
        let stated = [part(Part::Train, 3, 2), part(Part::Query, 2, 2), part(Part::Gallery, 3, 2)];
        assert!(differences(&stated, &found).is_empty());
        let told = differences(&[part(Part::Gallery, 3, 3), part(Part::Test, 1, 1)], &found);
        assert!(
            told[0].starts_with("gallery: 3 pictures of 2 identities") && told[1].contains("test: 0 pictures of 0")
        );
    }
}
