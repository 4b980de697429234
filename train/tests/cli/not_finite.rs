//! Learning rates that training does not survive.

use crate::support::{Site, history, names};

#[test]
fn the_last_good_checkpoint_stays_and_the_error_says_where_and_what_to_lower() {
    let site = Site::new();
    // Warm-up keeps the first epoch small enough to live.
    let flags = ["--lr=1e25", "--head-lr=1e-3", "--lr-schedule=step", "--lr-milestones=1", "--freeze-norm"];
    let sound = ["--lr=1e-25", "--head-lr=1e-3", "--freeze-norm"];
    for (name, flags) in [("blown", &flags[..]), ("sound", &sound)] {
        let run = site.run(name, flags);
        if name == "sound" {
            run.done();
            continue;
        }
        run.refused(1, &["epoch 1, batch 2", "the checkpoint after 0 epochs is kept", "lr (now 1e25)", "clip_norm"]);
        assert_eq!(names(&site.path(name)), ["checkpoint", "config.toml", "epoch-0000", "history.json"]);
        assert!(history(&site.path(name)).epochs.is_empty());
        site.evaluate(name, &[]).done();
    }
}
