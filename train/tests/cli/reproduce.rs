//! `dnc-train reproduce`: published settings, made small by flags.

use crate::support::{Site, TEST_IDENTITIES, history, train};

const SMALL: &str = "--backbone small --width 0.25 --size 32 --resize-shorter 36 --dim 16 --learners 2 --batch 16 \
                     --per-identity 4 --epochs 3 --join-at 2 --conquer-at 3 --tensorboard false --freeze-norm false --from-scratch";

#[test]
fn both_variants_train_and_print_our_figures_beside_the_published() {
    let site = Site::new();
    let (data, size) = (site.arg("vehicles"), TEST_IDENTITIES.to_string());
    for (variant, more, phases) in [
        ("cvpr2019", "", ["learn", "learn", "join"]),
        ("tpami2021", "--divide-every 2 --level-epochs 1 --freeze-after-division 0", ["learn", "learn", "join"]),
    ] {
        let out = site.arg(variant);
        let mut args = vec!["reproduce", "vehicle-id", "--variant", variant, "--data", &data, "--out", &out];
        args.extend(["--test-size", &size]);
        args.extend(SMALL.split_whitespace().chain(more.split_whitespace()));
        let told = train(&args).done();
        for word in ["ours", "published", "R@1", "PKU VehicleID", "epochs 3 (published", "no pretrained weights"] {
            assert!(told.stdout.contains(word), "{variant}: no {word:?} in\n{}", told.stdout);
        }
        assert!(told.stderr.contains("note: not the published settings: "), "{}", told.stderr);
        assert!(!told.stdout.contains("lr 1"), "the learning rate is the published one:\n{}", told.stdout);
        let done: Vec<_> = history(&site.path(variant)).epochs.iter().map(|e| e.phase.name()).collect();
        assert_eq!(done, phases, "{variant}");
        // Done already: it only scores again, and tells the same.
        assert_eq!(train(&args).done().stdout, told.stdout);
    }
}

#[test]
fn another_data_set_is_refused_and_the_list_needs_none() {
    let site = Site::new();
    train(&["reproduce", "sop", "--from-scratch", "--data", &site.arg("vehicles"), "--out", &site.arg("run")])
        .refused(1, &["is a PKU VehicleID, not Stanford Online Products", "Ebay_train.txt"]);
    assert!(!site.path("run").exists());
    train(&["reproduce", "vehicle-id", "--data", &site.arg("vehicles"), "--out", &site.arg("run")])
        .refused(1, &["no pretrained weights", "--weights", "--from-scratch"]);
    assert!(!site.path("run").exists());
    train(&["reproduce", "mnist", "--data", "."]).refused(2, &["mnist", "sop"]);
    // The settings are a file that `run` takes.
    for (set, learners) in [("cub", 4), ("sop", 8)] {
        let text = train(&["reproduce", set, "--print-config", "--epochs", "190"]).done().stdout;
        let config = dnc_train::config::Config::parse(&text, "printed".as_ref()).unwrap();
        assert_eq!((config.learners, config.epochs, config.conquer_at), (learners, 190, Some(190)), "{text}");
    }
    let list = train(&["reproduce", "--list"]).done().stdout;
    assert!(list.contains("in-shop     tpami2021") && list.contains("R@1 90.49"), "{list}");
}
