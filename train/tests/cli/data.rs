//! `dnc-train data check`: what it says of a sound set, and of every fault.

use std::path::PathBuf;

use crate::support::{Output, Site, TEST_IDENTITIES, TRAIN_IDENTITIES, VIEWS, cut, train};

fn check(site: &Site, set: &str, flags: &[&str]) -> Output {
    let path = site.arg(set);
    train(&[&["data", "check", &path][..], flags].concat())
}

/// A set in Market-1501's layout, its pictures taken from the rendered vehicles.
fn market(site: &Site, set: &str) -> PathBuf {
    let names = [
        ("bounding_box_train", "0002_c1s1_000451_03.jpg"),
        ("bounding_box_train", "0002_c2s1_000301_01.jpg"),
        ("query", "0001_c1s1_001051_00.jpg"),
        ("bounding_box_test", "0001_c2s1_001076_01.jpg"),
        ("bounding_box_test", "0000_c3s2_000201_01.jpg"),
        ("bounding_box_test", "-1_c1s1_000401_03.jpg"),
    ];
    for (identity, (folder, name)) in names.into_iter().enumerate() {
        let folder = site.path(set).join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(site.picture(identity, 0), folder.join(name)).unwrap();
    }
    site.path(set)
}

#[test]
fn a_sound_set_has_exit_code_0() {
    let site = Site::new();
    let said = check(&site, "vehicles", &[]).done().stdout;
    let pictures = (TRAIN_IDENTITIES * VIEWS).to_string();
    for words in ["layout of PKU VehicleID", &pictures, "leave-one-out, or by gallery-draws", "no problem found"] {
        assert!(said.contains(words), "{words:?} is not in: {said}");
    }
    // Our own set in somebody's layout is not held to their counts, unless that is asked for.
    assert!(said.contains("--official yes"), "{said}");
    let compared = check(&site, "vehicles", &["--official", "yes"]);
    assert_eq!(compared.code, Some(3), "{}", compared.stderr);
    assert!(compared.stdout.contains("its authors state 113346 of 13164"), "{}", compared.stdout);
}

#[test]
fn json_has_counts_and_problems() {
    let site = Site::new();
    market(&site, "Market-1501");
    let output = check(&site, "Market-1501", &["--json"]);
    assert_eq!(output.code, Some(3), "{}", output.stderr);
    let json = output.json();
    assert_eq!((json["layout"].as_str(), json["protocols"][0].as_str()), (Some("market1501"), Some("camera-aware")));
    let gallery = &json["parts"][2];
    assert_eq!(gallery["part"], "gallery");
    let counts = ["pictures", "identities", "distractors", "cameras"].map(|name| gallery[name].as_u64().unwrap());
    assert_eq!(counts, [2, 1, 1, 2]);
    assert_eq!(json["official"][2]["pictures"], 15_913);
    assert_eq!(json["differences"].as_array().unwrap().len(), 3);
    assert_eq!(check(&site, "Market-1501", &["--official", "no"]).code, Some(0));
}

#[test]
fn every_problem_is_named_and_the_exit_code_is_3() {
    let site = Site::new();
    let test = TRAIN_IDENTITIES;
    std::fs::copy(site.picture(0, 0), site.picture(test, 1)).unwrap();
    std::fs::remove_file(site.picture(1, 2)).unwrap();
    cut(&site.picture(2, 3), 0.5);
    site.csv("list.csv", |_, _| true);
    let list = std::fs::read_to_string(site.path("list.csv")).unwrap();
    let shared = list.replace(&format!("car {},", test + TEST_IDENTITIES - 1), "car 3,");
    site.write("list.csv", &shared);
    let output = check(&site, "list.csv", &[]);
    assert_eq!(output.code, Some(3), "{}", output.stderr);
    let name = |identity: usize, view: usize| format!("{:07}.jpg", identity * VIEWS + view + 1);
    for words in [
        "layout of CSV list".into(),
        format!("vehicles/image/{} is the file", name(test, 1)),
        "absent pictures (1 of train): 1".into(),
        name(1, 2),
        "broken pictures: 1".into(),
        format!("{}: ", name(2, 3)),
        "identities in both parts: 1\n  car 3".into(),
    ] {
        assert!(output.stdout.contains(&words), "{words:?} is not in: {}", output.stdout);
    }
}

#[test]
fn json_has_pictures_that_stand_twice_and_under_two_identities() {
    let site = Site::new();
    std::fs::copy(site.picture(0, 0), site.picture(0, 1)).unwrap();
    std::fs::copy(site.picture(0, 0), site.picture(1, 0)).unwrap();
    let output = check(&site, "vehicles", &["--json"]);
    assert_eq!(output.code, Some(3), "{}", output.stderr);
    let json = output.json();
    let (repeats, two) = (json["repeats"].as_array().unwrap(), json["two_identities"].as_array().unwrap());
    assert_eq!((repeats.len(), two.len()), (1, 1), "{json}");
    assert_eq!((repeats[0]["part"].as_str(), repeats[0]["same"].as_str()), (Some("train"), Some("bytes")));
    assert_eq!((&repeats[0]["first"], two[0]["same"].as_str()), (&two[0]["first"], Some("bytes")));
    assert_ne!(two[0]["first_identity"], two[0]["again_identity"]);
    let said = check(&site, "vehicles", &[]).stdout;
    for words in ["stand twice in one part: 1\n  ", ", both in train\n", "pictures under two identities: 1\n  "] {
        assert!(said.contains(words), "{words:?} is not in: {said}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn json_names_a_picture_whose_path_is_not_utf8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let site = Site::new();
    for (identity, folder) in ["people/train/a", "people/test/b"].into_iter().enumerate() {
        std::fs::create_dir_all(site.path(folder)).unwrap();
        std::fs::copy(site.picture(identity, 0), site.path(folder).join("1.jpg")).unwrap();
    }
    let broken = site.path("people/train/a").join(OsStr::from_bytes(b"caf\xe9.jpg"));
    std::fs::write(broken, "no picture").unwrap();
    let output = check(&site, "people", &["--json"]);
    assert_eq!(output.code, Some(3), "{}", output.stderr);
    let json = output.json();
    let path = json["broken"][0]["path"].as_str();
    assert!(path.is_some_and(|path| path.ends_with("people/train/a/caf\u{fffd}.jpg")), "{json}");
}

#[test]
fn a_list_that_names_a_picture_twice_is_refused_with_both_lines() {
    let site = Site::new();
    site.csv("list.csv", |_, _| true);
    let list = std::fs::read_to_string(site.path("list.csv")).unwrap();
    let (last, row) = (list.lines().count(), list.lines().nth(1).unwrap());
    site.write("list.csv", &format!("{list}{}\n", row.replace("train", "test")));
    let line = format!("list.csv, line {}", last + 1);
    check(&site, "list.csv", &[]).refused(1, &[&line, "in line 2 already, with split \"train\" (here \"test\")"]);
}

#[test]
fn a_set_that_cannot_be_read_has_exit_code_1() {
    let site = Site::new();
    check(&site, "nowhere", &[]).refused(1, &["nowhere does not exist", "CUB-200-2011", "Market-1501"]);
    std::fs::create_dir(site.path("empty")).unwrap();
    check(&site, "empty", &[]).refused(1, &["empty", "Ebay_train.txt", "cars_annos.mat", "ROOT/IDENTITY/*.jpg"]);
    check(&site, "vehicles", &["--test-size", "2400"]).refused(1, &["test list of 2400", "there are [8]"]);
    std::fs::remove_dir_all(market(&site, "people").join("query")).unwrap();
    check(&site, "people", &[]).refused(1, &["query does not exist", "copy of Market-1501 is incomplete"]);
}

#[test]
fn training_on_an_incomplete_copy_warns() {
    let site = Site::new();
    std::fs::rename(site.path("vehicles"), site.path("VehicleID_V1.0")).unwrap();
    std::fs::remove_file(site.path("VehicleID_V1.0/attribute/img2cam.txt")).unwrap();
    let set = site.arg("VehicleID_V1.0");
    let run = site.run("run", &["--data", &set, "--epochs", "1", "--join-at", "0", "--conquer-at", "0"]).done();
    for words in ["its authors state 113346 of 13164", "dnc-train data check"] {
        assert!(run.stderr.contains(words), "{words:?} is not in: {}", run.stderr);
    }
}
