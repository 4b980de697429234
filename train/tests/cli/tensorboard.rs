//! TensorBoard event files of a run.

use dnc_train::tensorboard::{read, scalars};

use crate::support::{Site, history, names};

/// Steps of a tag in a run's event files.
fn steps(site: &Site, tag: &str) -> Vec<(i64, f32)> {
    let events = read(&site.path("run/tensorboard")).unwrap();
    events
        .iter()
        .flat_map(|e| e.values().filter(|(t, _)| *t == tag).map(|(_, v)| (e.step, v)).collect::<Vec<_>>())
        .collect()
}

#[test]
fn a_run_in_parts_tells_every_step_once() {
    let site = Site::new();
    for epochs in ["3", "4", "6"] {
        site.run("run", &["--tensorboard", "true", "--epochs", epochs]).done();
    }
    let history = history(&site.path("run"));
    let losses = history.epochs.iter().flat_map(|e| &e.losses).enumerate().map(|(i, loss)| (i as i64, *loss));
    assert_eq!(steps(&site, scalars::BATCH_LOSS), losses.collect::<Vec<_>>());
    let of = |value: fn(&dnc_train::history::EpochRecord) -> Option<f64>| -> Vec<(i64, f32)> {
        history.epochs.iter().filter_map(|e| Some((e.epoch as i64 + 1, value(e)? as f32))).collect()
    };
    assert_eq!(steps(&site, scalars::EPOCH_LOSS), of(|e| Some(e.loss)));
    assert_eq!(steps(&site, "validation/map"), of(|e| Some(e.validation.as_ref()?.map)));
    assert_eq!(steps(&site, "division/nmi_to_last"), of(|e| e.nmi));
    assert_eq!(steps(&site, "learning_rate/head"), of(|e| e.rates.map(|rates| rates.head)));
    // Divisions before epochs 1, 2 and 3; the first has none before it.
    assert_eq!((steps(&site, "division/nmi_to_last").len(), steps(&site, "cluster_size/2").len()), (2, 3));
}

#[test]
fn it_can_be_turned_off_and_on_again() {
    let site = Site::new();
    site.run("run", &["--tensorboard", "false", "--epochs", "3"]).done();
    assert!(!names(&site.path("run")).contains(&"tensorboard".to_owned()));
    // What came before is told from the history.
    site.run("run", &["--tensorboard", "true"]).done();
    assert_eq!(steps(&site, scalars::EPOCH_LOSS).len(), 4);
    // Training does not fail for want of it, but it says so before it starts.
    std::fs::remove_dir_all(site.path("run/tensorboard")).unwrap();
    site.write("run/tensorboard", "");
    site.run("run", &["--tensorboard", "true", "--epochs", "5"])
        .refused(1, &["run/tensorboard", "--tensorboard false"]);
}
