use std::sync::atomic::{AtomicUsize, Ordering};

use image::RgbImage;

use super::*;
use crate::fixture::Fixture;

fn checked(fixture: &Fixture, compare: Compare) -> Report {
    let set = crate::open(fixture.root(), None).unwrap();
    let looked_at = AtomicUsize::new(0);
    let report = check(&set, fixture.root(), None, compare, || _ = looked_at.fetch_add(1, Ordering::Relaxed));
    assert_eq!(looked_at.into_inner(), set.samples.len());
    report
}

#[test]
fn sound_sets_have_no_problem_and_are_not_compared() {
    for layout in Layout::ALL {
        let report = checked(&Fixture::of(layout), Compare::Auto);
        assert_eq!((report.problems(), report.official.len()), (0, 0), "{report:?}");
        assert_eq!(report.layout, layout);
        assert_eq!(report.protocols.len(), layout.protocols().len());
    }
}

#[test]
fn counts_of_an_official_copy_are_compared() {
    let report = checked(&Fixture::named(Layout::Market1501, "Market-1501-v15.09.15"), Compare::Auto);
    assert_eq!(report.differences.len(), 3);
    assert!(report.differences[2].contains("gallery: 4 pictures of 1 identities"), "{:?}", report.differences);
    assert!(report.differences[2].contains("15913 of 750"));
    assert_eq!(checked(&Fixture::named(Layout::Market1501, "market1501"), Compare::No).problems(), 0);
    assert_eq!(checked(&Fixture::of(Layout::VehicleId), Compare::Yes).differences.len(), 2);
    let fixture = Fixture::named(Layout::Cub200, "CUB_200_2011");
    let set = crate::open(fixture.root(), None).unwrap();
    let warnings = incomplete(&set, fixture.root(), None);
    assert!(warnings[0].contains("train: 3 pictures of 2 identities, its authors state 5864 of 100"), "{warnings:?}");
}

#[test]
fn absent_and_broken_pictures_are_told_apart() {
    let fixture = Fixture::of(Layout::InShop);
    fixture.remove("Img/img/WOMEN/Dresses/id_00000002/02_2_side.jpg");
    fixture.remove("Img/img/WOMEN/Tees_Tanks/id_00000004");
    fixture.write("Img/img/MEN/Denim/id_00000003/01_1_front.jpg", "no picture");
    let report = checked(&fixture, Compare::Auto);
    let by_part: Vec<_> = report.absent_by_part.clone().into_iter().collect();
    assert_eq!(by_part, [(Part::Train, 1), (Part::Query, 1), (Part::Gallery, 1)]);
    assert!(report.absent[0].ends_with("02_2_side.jpg"), "{:?}", report.absent);
    assert_eq!((report.broken.len(), report.problems()), (1, 4));
    assert!(report.broken[0].problem.contains("01_1_front.jpg"), "{:?}", report.broken);
}

#[test]
fn duplicates_across_parts_are_paired() {
    let fixture = Fixture::of(Layout::Cub200);
    let picture = |name: &str| fixture.root().join("images").join(name);
    let train = [
        picture("001.Black_footed_Albatross/Black_Footed_Albatross_0001.jpg"),
        picture("100.Brown_Pelican/Brown_Pelican_0001.jpg"),
    ];
    let test = [
        picture("101.White_Pelican/White_Pelican_0001.jpg"),
        picture("200.Common_Yellowthroat/Common_Yellowthroat_0001.jpg"),
    ];
    std::fs::copy(&train[0], &test[0]).unwrap();
    // The same pixels in another file.
    let pixels: RgbImage = dnc_core::picture::read(&train[1]).unwrap();
    let mut bytes = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, image::ImageFormat::WebP).unwrap();
    std::fs::write(&test[1], bytes.into_inner()).unwrap();
    let report = checked(&fixture, Compare::Auto);
    let expected = [0, 1].map(|i| Duplicate {
        train: train[i].clone(),
        test: test[i].clone(),
        same: [Same::Bytes, Same::Pixels][i],
    });
    assert_eq!(report.duplicates, expected);
}

#[test]
fn a_gallery_picture_that_is_the_query_too_is_no_duplicate() {
    // VeRi-776 ships its queries in the gallery as well.
    let fixture = Fixture::of(Layout::Veri776);
    let image = |part: &str, name: &str| fixture.root().join(format!("image_{part}")).join(name);
    let name = "0002_c002_00030600_0.jpg";
    std::fs::copy(image("query", name), image("test", name)).unwrap();
    fixture.append("name_test.txt", &format!("{name}\n"));
    assert_eq!(checked(&fixture, Compare::Auto).problems(), 0);
}

#[test]
fn identities_in_both_parts_are_named() {
    let fixture = Fixture::of(Layout::VehicleId);
    fixture.append("train_test_split/train_list.txt", "0000006 30\n");
    let report = checked(&fixture, Compare::Auto);
    assert_eq!((report.shared_identities.as_slice(), report.problems()), (&["30".to_owned()][..], 1));
}
