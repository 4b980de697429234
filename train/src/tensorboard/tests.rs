//! Sessions of a run: every step once, whatever happened between them.

use std::collections::BTreeMap;
use std::path::Path;

use dnc_core::metrics::RetrievalScores;

use super::*;
use crate::history::{EpochRecord, History};
use crate::optimizer::Rates;
use crate::schedule::Phase;

/// An epoch of three batches.
fn epoch(number: usize) -> EpochRecord {
    EpochRecord {
        epoch: number,
        phase: Phase::Join,
        loss: number as f64 + 0.5,
        losses: (0..3).map(|i| (number * 3 + i) as f32).collect(),
        pictures: 300,
        seconds: 2.0,
        stalled: 0.25,
        clusters: Some(vec![10, 20]),
        nmi: (number > 0).then_some(0.75),
        sat_out: Some(1),
        rates: Some(Rates { backbone: 1e-4, head: 1e-3, masks: 1e-2, objective: 5e-4 }),
        gradient_norm: Some(2.0),
        skipped_steps: 0,
        validation: Some(RetrievalScores {
            queries: 4,
            queries_with_match: 4,
            recall: BTreeMap::from([(1, 0.5)]),
            map: 0.25,
            map_at_r: 0.125,
        }),
    }
}

fn history(epochs: usize) -> History {
    History { epochs: (0..epochs).map(epoch).collect(), ..History::default() }
}

/// Learns epochs `from` to `to`, then `batches` of the next, and is gone.
fn session(folder: &Path, from: usize, to: usize, batches: usize) {
    let mut log = EventLog::open(folder, &history(from)).unwrap();
    for number in from..to {
        epoch(number).losses.iter().for_each(|loss| log.batch(*loss).unwrap());
        log.epoch(&epoch(number)).unwrap();
    }
    epoch(to).losses[..batches].iter().for_each(|loss| log.batch(*loss).unwrap());
}

/// Steps and values of a tag, in the order of the files.
fn steps(folder: &Path, tag: &str) -> Vec<(i64, f32)> {
    let events = read(folder).unwrap();
    let of =
        |event: &Event| event.values().filter(|(t, _)| *t == tag).map(|(_, v)| (event.step, v)).collect::<Vec<_>>();
    events.iter().flat_map(of).collect()
}

#[track_caller]
fn assert_whole(folder: &Path, epochs: usize) {
    let batches: Vec<(i64, f32)> = (0..epochs * 3).map(|i| (i as i64, i as f32)).collect();
    assert_eq!(steps(folder, scalars::BATCH_LOSS), batches);
    let losses: Vec<(i64, f32)> = (0..epochs).map(|i| (i as i64 + 1, i as f32 + 0.5)).collect();
    assert_eq!(steps(folder, scalars::EPOCH_LOSS), losses);
}

#[test]
fn an_epoch_tells_everything_it_has() {
    let dir = tempfile::tempdir().unwrap();
    session(dir.path(), 0, 2, 0);
    assert_whole(dir.path(), 2);
    for (tag, first, second) in [
        ("speed/pictures_per_second", 150.0, 150.0),
        ("speed/stalled_share", 0.25, 0.25),
        ("learning_rate/backbone", 1e-4, 1e-4),
        ("cluster_size/1", 10.0, 10.0),
        ("cluster_size/2", 20.0, 20.0),
        ("division/sat_out", 1.0, 1.0),
        ("validation/recall_at_1", 0.5, 0.5),
        ("validation/map", 0.25, 0.25),
        ("validation/map_at_r", 0.125, 0.125),
    ] {
        assert_eq!(steps(dir.path(), tag), [(1, first), (2, second)], "{tag}");
    }
    assert_eq!(steps(dir.path(), "division/nmi_to_last"), [(2, 0.75)]);
}

#[test]
fn a_run_that_goes_on_tells_of_no_step_twice() {
    let dir = tempfile::tempdir().unwrap();
    // Stopped in the middle of its third epoch, then of its fourth, then before the first batch of one.
    session(dir.path(), 0, 2, 2);
    session(dir.path(), 2, 3, 1);
    session(dir.path(), 3, 3, 0);
    session(dir.path(), 3, 5, 0);
    assert_whole(dir.path(), 5);
    let starts = read(dir.path())
        .unwrap()
        .iter()
        .filter(|e| **e == Event { wall_time: e.wall_time, ..Event::session_start(9) })
        .count();
    assert_eq!(starts, 2, "a TensorBoard that has seen the lost steps is told to drop them");
}

#[test]
fn a_torn_file_is_mended_and_what_was_lost_is_told_from_the_history() {
    let dir = tempfile::tempdir().unwrap();
    session(dir.path(), 0, 3, 0);
    let file = std::fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() - 7]).unwrap();
    // The last epoch's values are gone, its batches are not: nothing of them comes twice.
    session(dir.path(), 3, 4, 0);
    assert_whole(dir.path(), 4);
    // A run that wrote no events before tells of its whole past.
    let late = tempfile::tempdir().unwrap();
    session(late.path(), 2, 4, 1);
    session(late.path(), 4, 4, 0);
    assert_whole(late.path(), 4);
}

#[test]
fn a_place_that_cannot_be_written_is_named_with_the_way_out() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    let error = EventLog::open(&dir.path().join("file/tensorboard"), &History::default()).unwrap_err().to_string();
    assert!(error.contains("file/tensorboard") && error.contains("--tensorboard false"), "{error}");
}
