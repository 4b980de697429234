//! Pictures that are missing, cut off or no pictures.

use dnc_train::checkpoint::Run;

use crate::support::{PICTURES, Site, TRAIN_IDENTITIES, VIEWS, cut};

/// Breaks three training pictures, each in its own way; answers their names.
fn break_three(site: &Site) -> [String; 3] {
    let [missing, short, empty] = [(0, 2), (1, 3), (2, 4)].map(|(identity, view)| site.picture(identity, view));
    std::fs::remove_file(&missing).unwrap();
    // Late enough that a decoder could pass the rest off as grey.
    cut(&short, 0.8);
    std::fs::write(&empty, b"").unwrap();
    [missing, short, empty].map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
}

#[test]
fn broken_training_pictures_are_listed_together() {
    let site = Site::new();
    let broken = break_three(&site);
    let run = site.run("run", &["--validation-share", "0"]);
    run.refused(1, &["3 of 96 pictures", &broken[0], &broken[1], &broken[2], "--skip-broken"]);
    run.refused(1, &["No such file", "cut off", "could not be determined"]);
    assert!(!site.path("run/checkpoint").exists());
}

#[test]
fn broken_training_pictures_are_left_out_and_counted() {
    let site = Site::new();
    break_three(&site);
    let run = site.run("run", &["--validation-share", "0", "--skip-broken"]).done();
    assert!(run.stderr.contains("3 of 96 training pictures are broken and left out"), "{}", run.stderr);
    let (state, _) = Run::at(&site.path("run")).state().unwrap();
    assert_eq!(state.division.of_sample.len(), PICTURES - 3);
}

#[test]
fn broken_validation_pictures_are_listed_and_counted() {
    let site = Site::new();
    // Half of the identities are held out: one view of each covers some of them, whoever they are.
    for identity in 0..TRAIN_IDENTITIES {
        cut(&site.picture(identity, 0), 0.5);
    }
    let flags = ["--validation-share", "0.5", "--skip-broken"];
    let said = site.run("run", &flags).done().stderr;
    assert!(said.contains("8 of 48 training pictures are broken"), "{said}");
    assert!(said.contains("8 of 48 validation pictures are broken"), "{said}");
    let json = site.evaluate("run", &["--part", "validation", "--json"]).done().json();
    assert_eq!(json["skipped"].as_u64(), Some(8));
}

#[test]
fn a_broken_validation_picture_shows_before_the_first_epoch_and_may_be_skipped_later() {
    let site = Site::new();
    site.run("run", &["--epochs", "3", "--validation-share", "0.5"]).done();
    for identity in 0..TRAIN_IDENTITIES {
        cut(&site.picture(identity, 0), 0.5);
    }
    // Those of the training part come to other pictures than were divided, so only the validation part may break.
    let config = Run::at(&site.path("run")).config().unwrap();
    let dataset = dnc_datasets::open(&site.path("vehicles"), None).unwrap();
    let held = dnc_datasets::validation::split(&dataset, config.validation_share, config.seed).validation;
    let held: std::collections::BTreeSet<_> = held.iter().map(|s| s.path.clone()).collect();
    let fresh = Site::new();
    for identity in 0..TRAIN_IDENTITIES {
        let (broken, whole) = (site.picture(identity, 0), fresh.picture(identity, 0));
        if !held.contains(&broken) {
            std::fs::copy(whole, broken).unwrap();
        }
    }
    let flags = ["--validation-share", "0.5"];
    site.run("fresh", &flags).refused(1, &["8 of 96 pictures", "--skip-broken"]);
    assert!(!site.path("fresh/checkpoint").exists(), "an epoch was trained first");
    site.run("run", &flags).refused(1, &["8 of 96 pictures", "--skip-broken"]);
    let said = site.run("run", &[&flags[..], &["--skip-broken"]].concat()).done().stderr;
    assert!(said.contains("8 of 48 validation pictures") && said.contains("going on after epoch 3"), "{said}");
}

#[test]
fn broken_test_pictures_are_listed_or_counted_by_the_evaluation() {
    let site = Site::new();
    site.run("run", &[]).done();
    cut(&site.picture(TRAIN_IDENTITIES, 1), 0.8);
    for baseline in [&[][..], &["--baseline", "histogram"]] {
        site.evaluate("run", baseline).refused(1, &["1 of 48", "0000098.jpg", "--skip-broken"]);
        let json = site.evaluate("run", &[baseline, &["--skip-broken", "--json"]].concat()).done().json();
        assert_eq!((json["skipped"].as_u64(), json["scores"]["queries"].as_u64()), (Some(1), Some(47)));
    }
}

#[test]
fn nothing_whole_is_no_score_of_zero() {
    let site = Site::new();
    site.run("run", &[]).done();
    for identity in TRAIN_IDENTITIES..TRAIN_IDENTITIES + 8 {
        (0..VIEWS).for_each(|view| std::fs::remove_file(site.picture(identity, view)).unwrap());
    }
    for baseline in [&[][..], &["--baseline", "histogram"]] {
        let flags = [baseline, &["--skip-broken"]].concat();
        site.evaluate("run", &flags).refused(1, &["test part", "48 broken", "--data"]);
    }
}
