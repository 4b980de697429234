use std::sync::atomic::{AtomicUsize, Ordering};

use image::RgbImage;

use super::*;
use crate::Sample;
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

/// The file names of `first` and `again`, and what is the same.
fn names(first: &Path, again: &Path, same: Same) -> (String, String, Same) {
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    (name(first), name(again), same)
}

fn repeated(report: &Report) -> Vec<(Part, (String, String, Same))> {
    report.repeats.iter().map(|r| (r.part, names(&r.first, &r.again, r.same))).collect()
}

fn contradicted(report: &Report) -> Vec<[String; 2]> {
    report.two_identities.iter().map(|t| [t.first_identity.clone(), t.again_identity.clone()]).collect()
}

#[test]
fn a_picture_listed_twice_in_a_part_is_a_repeat() {
    let fixture = Fixture::of(Layout::VehicleId);
    fixture.append("train_test_split/train_list.txt", "0000001 10\n");
    // Repeats are told from the lists too: there need be no file.
    fixture.append("train_test_split/test_list_800.txt", "0000005 30\n0000005 30\n0000009 30\n0000009 30\n");
    let report = checked(&fixture, Compare::Auto);
    let twice = |name: &str| (name.to_owned(), name.to_owned(), Same::Bytes);
    let expected = [
        (Part::Train, twice("0000001.jpg")),
        (Part::Test, twice("0000005.jpg")),
        (Part::Test, twice("0000005.jpg")),
        (Part::Test, twice("0000009.jpg")),
    ];
    assert_eq!(repeated(&report), expected);
    assert_eq!((report.two_identities.len(), report.absent.len(), report.problems()), (0, 2, 6));
    let told = report.repeats[1].to_string();
    assert!(told.ends_with("image/0000005.jpg is listed twice in test"), "{told}");
}

#[test]
fn a_picture_listed_under_two_identities_is_told_once() {
    let fixture = Fixture::of(Layout::VehicleId);
    fixture.append("train_test_split/train_list.txt", "0000001 20\n0000001 20\n");
    let report = checked(&fixture, Compare::Auto);
    assert_eq!((contradicted(&report), report.repeats.len()), (vec![["10".to_owned(), "20".to_owned()]], 1));
    assert_eq!(report.problems(), 2);
    let told = report.two_identities[0].to_string();
    assert!(told.ends_with("image/0000001.jpg is listed as \"10\" and as \"20\""), "{told}");
}

#[test]
fn equal_contents_in_one_part_are_found() {
    let fixture = Fixture::of(Layout::VehicleId);
    let picture = |number: u32| fixture.root().join(format!("image/{number:07}.jpg"));
    // The file again under its identity and under another, and its pixels in another file.
    std::fs::copy(picture(1), picture(2)).unwrap();
    std::fs::copy(picture(1), picture(3)).unwrap();
    let pixels: RgbImage = dnc_core::picture::read(&picture(4)).unwrap();
    pixels.save_with_format(picture(5), image::ImageFormat::WebP).unwrap();
    let report = checked(&fixture, Compare::Auto);
    let pair = |first: &str, again: &str, same| (first.to_owned(), again.to_owned(), same);
    let expected = [
        (Part::Train, pair("0000001.jpg", "0000002.jpg", Same::Bytes)),
        (Part::Test, pair("0000004.jpg", "0000005.jpg", Same::Pixels)),
    ];
    assert_eq!((repeated(&report).as_slice(), report.problems()), (&expected[..], 3));
    let [TwoIdentities { first, again, same, .. }] = &report.two_identities[..] else {
        panic!("{:?}", report.two_identities);
    };
    assert_eq!(names(first, again, *same), pair("0000001.jpg", "0000003.jpg", Same::Bytes));
    let told = [report.repeats[1].to_string(), report.two_identities[0].to_string()];
    assert!(told[0].contains("0000005.jpg is the picture ") && told[0].ends_with("0000004.jpg, both in test"));
    assert!(told[1].contains("0000003.jpg of \"20\" is the file ") && told[1].ends_with("0000001.jpg of \"10\""));
}

#[test]
fn broken_files_that_are_alike_are_only_broken() {
    let fixture = Fixture::of(Layout::VehicleId);
    ["image/0000002.jpg", "image/0000003.jpg"].iter().for_each(|file| fixture.write(file, ""));
    let report = checked(&fixture, Compare::Auto);
    assert_eq!((report.broken.len(), report.problems()), (2, 2), "{report:?}");
    // Listed twice, one is a repeat none the less.
    fixture.append("train_test_split/train_list.txt", "0000002 10\n");
    assert_eq!(checked(&fixture, Compare::Auto).repeats.len(), 1);
}

#[test]
fn a_gallery_picture_contradicts_a_query_and_distractors_contradict_nobody() {
    let fixture = Fixture::of(Layout::Market1501);
    let picture = |name: &str| fixture.root().join(name);
    let distractors =
        ["0000_c1s1_000151_01.jpg", "0000_c3s2_000201_01.jpg"].map(|n| picture("bounding_box_test").join(n));
    std::fs::copy(&distractors[0], &distractors[1]).unwrap();
    assert_eq!(checked(&fixture, Compare::Auto).problems(), 0);
    std::fs::copy(picture("query/0001_c1s1_001051_00.jpg"), &distractors[1]).unwrap();
    let report = checked(&fixture, Compare::Auto);
    assert_eq!(contradicted(&report), [["0001", "0000_c3s2_000201_01"].map(str::to_owned)]);
    assert_eq!(report.problems(), 1);
}

#[test]
#[cfg(target_os = "linux")]
fn a_path_that_is_not_utf8_does_not_cost_the_report() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    // In the root, and so in every path of the report.
    let fixture = Fixture::of(Layout::Folders);
    let root = fixture.root().with_file_name(OsStr::from_bytes(b"caf\xe9"));
    std::fs::rename(fixture.root(), &root).unwrap();
    std::fs::copy(root.join("train/x/1.png"), root.join("train/x/2.png")).unwrap();
    std::fs::copy(root.join("train/x/1.png"), root.join("test/y/1.png")).unwrap();
    std::fs::create_dir(root.join("train/z")).unwrap();
    std::fs::copy(root.join("train/x/1.png"), root.join("train/z/1.png")).unwrap();
    std::fs::write(root.join("train/z/2.png"), "no picture").unwrap();
    let mut set = crate::open(&root, None).unwrap();
    set.samples.push(Sample { path: root.join("gone.png"), ..set.samples[0].clone() });
    let report = check(&set, &root, None, Compare::Auto, || ());
    let json: serde_json::Value = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
    let paths = [
        (&json["path"], ""),
        (&json["absent"][0], "/gone.png"),
        (&json["broken"][0]["path"], "/train/z/2.png"),
        (&json["duplicates"][0]["train"], "/train/x/1.png"),
        (&json["duplicates"][0]["test"], "/test/y/1.png"),
        (&json["repeats"][0]["first"], "/train/x/1.png"),
        (&json["repeats"][0]["again"], "/train/x/2.png"),
        (&json["two_identities"][0]["first"], "/train/x/1.png"),
        (&json["two_identities"][0]["again"], "/train/z/1.png"),
    ];
    for (path, end) in paths {
        assert!(path.as_str().is_some_and(|p| p.ends_with(&format!("/caf\u{fffd}{end}"))), "{path} {end:?} in {json}");
    }
}
