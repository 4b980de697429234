//! A learning rate that training does not survive.

use crate::support::{Site, history, names};

/// More than f32 holds: the first step gives weights that are not numbers.
const ABSURD: &str = "--head-lr=1e39";

#[test]
fn the_error_says_where_and_what_to_lower_and_the_last_good_checkpoint_stays() {
    let site = Site::new();
    // The batch after that step shows it; where there is none in the epoch, the weights do.
    let one_batch = ["--learners=1", "--batch=96", "--validation-share=0"];
    for (run, flags, place) in [("many", &[][..], "epoch 1, batch 2"), ("one", &one_batch, "epoch 1, batch 1")] {
        let blown = site.run(run, &[flags, &[ABSURD]].concat());
        blown.refused(1, &[place, "the checkpoint after 0 epochs is kept", "lower lr (now 0.0001)", "(now 1e39)"]);
        blown.refused(1, &["warmup", "clip_norm"]);
        assert_eq!(names(&site.path(run)), ["checkpoint", "config.toml", "epoch-0000", "history.json"]);
        assert!(history(&site.path(run)).epochs.is_empty());
        site.evaluate(run, &[]).done();
    }
}

#[test]
fn whole_epochs_before_it_are_kept() {
    let site = Site::new();
    site.run("run", &["--head-lr=1e-3"]).done();
    // As if it had been asked for from the start.
    let config = std::fs::read_to_string(site.path("run/config.toml")).unwrap();
    site.write("run/config.toml", &config.replace("head_lr = 0.001", "head_lr = 1e39"));
    let blown = site.run("run", &[ABSURD, "--epochs=6"]);
    blown.refused(1, &["epoch 5, batch 2", "the checkpoint after 4 epochs is kept"]);
    assert_eq!(history(&site.path("run")).epochs.len(), 4);
    assert!(names(&site.path("run")).contains(&"epoch-0004".to_owned()));
    site.evaluate("run", &[]).done();
}
