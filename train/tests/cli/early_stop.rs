//! A run that stops because it gets no better.

use crate::support::{Site, assert_same_run, history, names};

/// A network that does not change: every validation equals the first.
const STILL: [&str; 3] = ["--lr=0", "--head-lr=0", "--freeze-norm"];

#[test]
fn it_says_so_and_the_same_command_does_not_go_on() {
    let site = Site::new();
    let flags = [&STILL[..], &["--epochs=8", "--patience=2"]].concat();
    let said = site.run("run", &flags).done().stderr;
    assert!(
        said.contains("stopped after 3 of 8 epochs: 2 validations without a better mAP than after epoch 1"),
        "{said}"
    );
    assert!(said.contains("--checkpoint best"), "{said}");
    let first = history(&site.path("run"));
    let stop = first.stopped_early.unwrap();
    assert_eq!((first.epochs.len(), stop.epochs, stop.patience), (3, 8, 2));
    assert_eq!(names(&site.path("run")), ["checkpoint", "config.toml", "epoch-0001", "epoch-0003", "history.json"]);
    site.evaluate("run", &["--checkpoint", "best"]).done();

    let said = site.run("run", &flags).done().stderr;
    assert!(said.contains("stopped after 3 of 8 epochs"), "{said}");
    assert_eq!(history(&site.path("run")), first, "times included");
}

#[test]
fn more_patience_goes_on_as_if_it_had_been_asked_for_at_once() {
    let site = Site::new();
    site.run("parts", &[&STILL[..], &["--epochs=8", "--patience=1"]].concat()).done();
    assert_eq!(history(&site.path("parts")).epochs.len(), 2);
    let more = [&STILL[..], &["--epochs=8", "--patience=4"]].concat();
    let said = site.run("parts", &more).done().stderr;
    assert!(said.contains("going on after epoch 2 of 8") && said.contains("stopped after 5 of 8"), "{said}");
    site.run("whole", &more).done();
    assert_same_run(&site.path("parts"), &site.path("whole"));
    // Without any patience it comes to its end.
    let said = site.run("parts", &[&STILL[..], &["--epochs=8"]].concat()).done().stderr;
    assert!(said.contains("done; next"), "{said}");
    let end = history(&site.path("parts"));
    assert_eq!((end.epochs.len(), end.stopped_early), (8, None));
}

#[test]
fn more_epochs_give_one_more_validation() {
    let site = Site::new();
    let flags = [&STILL[..], &["--epochs=8", "--patience=2"]].concat();
    site.run("run", &flags).done();
    let said = site.run("run", &[&STILL[..], &["--epochs=9", "--patience=2"]].concat()).done().stderr;
    assert!(said.contains("stopped after 4 of 9 epochs: 2 validations"), "{said}");
}

#[test]
fn a_run_that_gets_better_is_not_stopped() {
    let site = Site::new();
    // The last epoch ends a run by itself, whatever its score.
    let said = site.run("run", &["--patience", "4"]).done().stderr;
    assert!(said.contains("done; next"), "{said}");
    assert_eq!(history(&site.path("run")).stopped_early, None);
}

#[test]
fn patience_without_validation_is_refused() {
    let site = Site::new();
    for flag in [["--validation-share", "0"], ["--evaluate-every", "0"]] {
        let run = site.run("run", &[&flag[..], &["--patience", "2"]].concat());
        run.refused(1, &["patience is 2", "evaluate_every and validation_share above 0"]);
    }
    assert!(!site.path("run").exists());
}
