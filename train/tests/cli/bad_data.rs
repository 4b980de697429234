//! Data that cannot carry what is asked for.

use dnc_train::checkpoint::Run;

use crate::support::{Site, history};

#[test]
fn one_picture_identities_sit_out() {
    let site = Site::new();
    site.csv("half.csv", |identity, view| identity < 8 || view == 0);
    let run = site.run("run", &["--data", &site.arg("half.csv"), "--validation-share", "0"]).done();
    assert!(run.stderr.contains("8 of 16 training identities have one picture only"), "{}", run.stderr);
    let history = history(&site.path("run"));
    assert!(history.epochs[0].sat_out.unwrap() >= 8, "{history:?}");
    assert!(history.epochs.iter().all(|e| !e.losses.is_empty()), "{history:?}");
    assert_eq!(Run::at(&site.path("run")).state().unwrap().0.division.of_sample.len(), 8 * 6 + 8);
}

#[test]
fn only_one_picture_identities_are_refused_with_counts() {
    let site = Site::new();
    for (list, kept, with_two) in [("lone.csv", 0, "0 training identities"), ("one.csv", 1, "1 training identities")] {
        site.csv(list, |identity, view| identity < kept || view == 0);
        let run = site.run("run", &["--data", &site.arg(list)]);
        run.refused(1, &[list, with_two, "(16 in all)", "at least 2", "add pictures"]);
    }
}

#[test]
fn held_out_identities_are_told_where_too_few_are_left() {
    let site = Site::new();
    site.csv("two.csv", |identity, _| identity < 2);
    let data = site.arg("two.csv");
    let flags = ["--data", data.as_str(), "--learners", "1"];
    let run = site.run("run", &flags);
    run.refused(1, &["0 identities", "2 are held out", "at least 2", "validation_share (now 0.1)"]);
    // The next step that it names is one.
    site.run("run", &[&flags[..], &["--validation-share", "0"]].concat()).done();
}

#[test]
fn too_many_learners_are_refused_with_the_largest_number() {
    let site = Site::new();
    let run = site.run("run", &["--learners", "8"]);
    run.refused(1, &["8 learners", "14 identities", "at most 7 learners", "more pictures"]);
    site.run("run", &["--learners", "7", "--dim", "14"]).done();
}

#[test]
fn a_learner_without_a_value_is_refused() {
    let site = Site::new();
    let run = site.run("run", &["--dim", "10", "--learners", "7"]);
    run.refused(1, &["dim and learners", "10 values", "7 learners", "learner 5 empty", "at most 5 learners"]);
    assert!(!site.path("run").exists());
    site.run("run", &["--dim", "10", "--learners", "3"]).done();
}

#[test]
fn folders_without_pictures_show_a_layout_that_works() {
    let site = Site::new();
    std::fs::create_dir_all(site.path("empty")).unwrap();
    std::fs::create_dir_all(site.path("hollow/somebody")).unwrap();
    for folder in ["empty", "hollow"] {
        let run = site.run("run", &["--data", &site.arg(folder)]);
        run.refused(1, &[folder, "no pictures found", "ROOT/train/IDENTITY/*.jpg"]);
    }
    site.write("empty.csv", "path,identity,split\n");
    site.run("run", &["--data", &site.arg("empty.csv")]).refused(1, &["empty.csv", "a header with path, identity"]);
}

#[test]
fn a_path_that_is_not_there_and_a_list_of_another_form_are_named() {
    let site = Site::new();
    let run = site.run("run", &["--data", &site.arg("nowhere")]);
    run.refused(1, &["nowhere does not exist", "CSV list", "folder for each identity"]);
    let run = site.run("run", &["--data", &site.arg("tiny.toml")]);
    run.refused(1, &["tiny.toml, line 1", "no column \"path\"", "path, identity, split"]);
    site.write("split.csv", "path,identity,split\na.png,1,probe\n");
    site.run("run", &["--data", &site.arg("split.csv")])
        .refused(1, &["split.csv, line 2", "\"probe\"", "train or test"]);
}
