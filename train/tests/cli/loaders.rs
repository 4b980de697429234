//! The same pictures in each layout give the same training.

use crate::support::{Site, TEST_IDENTITIES, TRAIN_IDENTITIES, VIEWS, assert_same_run};

/// `ROOT/train/ID/V.jpg` and `ROOT/test/ID/V.jpg`, in the order of the other layouts.
fn folders(site: &Site, root: &str) {
    for identity in 0..TRAIN_IDENTITIES + TEST_IDENTITIES {
        let part = if identity < TRAIN_IDENTITIES { "train" } else { "test" };
        let folder = site.path(root).join(part).join(format!("car {identity:02}"));
        std::fs::create_dir_all(&folder).unwrap();
        for view in 0..VIEWS {
            std::fs::copy(site.picture(identity, view), folder.join(format!("{view}.jpg"))).unwrap();
        }
    }
}

#[test]
fn csv_folders_and_vehicle_id_train_alike() {
    let site = Site::new();
    site.run("vehicle-id", &[]).done();
    let scores = |run: &str| {
        let json = site.evaluate(run, &["--json"]).done().json();
        assert_eq!(json["scores"]["queries"].as_u64(), Some((TEST_IDENTITIES * VIEWS) as u64));
        json["scores"].clone()
    };
    site.csv("list.csv", |_, _| true);
    folders(&site, "folders");
    for (run, data) in [("csv", "list.csv"), ("folder", "folders")] {
        site.run(run, &["--data", &site.arg(data)]).done();
        assert_same_run(&site.path("vehicle-id"), &site.path(run));
        assert_eq!(scores(run), scores("vehicle-id"));
    }
}

#[test]
fn a_folder_with_a_split_csv_is_that_list() {
    let site = Site::new();
    std::fs::create_dir(site.path("set")).unwrap();
    std::fs::rename(site.path("vehicles/image"), site.path("set/image")).unwrap();
    site.csv("set/split.csv", |identity, _| identity < 10);
    let list = std::fs::read_to_string(site.path("set/split.csv")).unwrap();
    site.write("set/split.csv", &list.replace("vehicles/", ""));
    site.run("run", &["--data", &site.arg("set"), "--validation-share", "0"]).done();
    let (state, _) = dnc_train::checkpoint::Run::at(&site.path("run")).state().unwrap();
    assert_eq!((state.dataset.as_str(), state.division.of_sample.len()), ("set", 10 * VIEWS));
}

#[test]
fn folders_without_parts_are_split_in_halves() {
    let site = Site::new();
    folders(&site, "tree");
    std::fs::rename(site.path("tree/train"), site.path("flat")).unwrap();
    site.run("run", &["--data", &site.arg("flat"), "--validation-share", "0"]).done();
    let json = site.evaluate("run", &["--json"]).done().json();
    assert_eq!(json["scores"]["queries"].as_u64(), Some((TRAIN_IDENTITIES / 2 * VIEWS) as u64));
}

#[test]
fn the_program_draws_the_same_vehicles() {
    let site = Site::new();
    let out = site.arg("drawn");
    let flags = ["--train-identities", "16", "--test-identities", "8", "--views", "6", "--size", "32"];
    let said = crate::support::train(&[&["render", "--out", &out][..], &flags].concat()).done().stdout;
    assert!(said.contains("144 pictures"), "{said}");
    for picture in ["0000001.jpg", "0000144.jpg"] {
        let read = |set: &str| std::fs::read(site.path(set).join("image").join(picture)).unwrap();
        assert!(read("drawn") == read("vehicles"), "{picture}");
    }
}

#[test]
fn the_program_draws_garments_and_refuses_to_mix_them_with_others() {
    let site = Site::new();
    let out = site.arg("garments");
    let flags =
        ["--what", "garments", "--train-identities", "2", "--test-identities", "2", "--views", "2", "--size", "32"];
    let said = crate::support::train(&[&["render", "--out", &out][..], &flags].concat()).done().stdout;
    assert!(said.contains("8 pictures"), "{said}");
    let list = std::fs::read_to_string(site.path("garments/Eval/list_eval_partition.txt")).unwrap();
    assert!(list.starts_with("8\nimage_name item_id evaluation_status\nimg/"), "{list}");
    crate::support::train(&[&["render", "--out", &site.arg("vehicles")][..], &flags].concat())
        .refused(1, &["vehicles", "choose an empty folder"]);
}
