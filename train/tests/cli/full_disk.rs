//! Training onto a disk that becomes full.

use dnc_train::checkpoint::Run;

use crate::disk::{Disk, kib};
use crate::support::{Site, assert_same_run, names, train};

#[test]
fn the_last_whole_checkpoint_stays_and_the_same_command_goes_on() {
    let site = Site::new();
    site.run("whole", &[]).done();
    let mut stopped_after = Vec::new();
    let [model, optimizer] = ["model", "optimizer"].map(|f| kib(&site.path(&format!("whole/epoch-0004/{f}.mpk"))));
    // Two are there while one replaces another, the first without moments. Full while the first is stored; while
    // the second is; and while the third is, with 52 KiB for the small files.
    let second = 2 * model + optimizer + 52;
    for size in [model / 2, second - (model + optimizer) / 2, second] {
        let Some(disk) = Disk::mount(size) else { return };
        let out = disk.path().join("run");
        let command = ["run", "--config", &site.arg("tiny.toml"), "--out", out.to_str().unwrap()];
        let full = train(&command);
        full.refused(1, &["cannot write", out.to_str().unwrap(), "No space left on device", "make room"]);
        assert_eq!(full.stderr.matches("No space left").count(), 1, "said twice: {}", full.stderr);
        let run = Run::at(&out);
        if let Some(newest) = run.newest().unwrap() {
            let epochs = run.state().unwrap().0.epochs;
            stopped_after.push(epochs);
            // Nothing half written takes the room that is missing.
            let newest = newest.file_name().unwrap().to_str().unwrap();
            assert_eq!(names(&out), ["checkpoint", "config.toml", newest, "history.json"]);
            train(&["evaluate", "--run", out.to_str().unwrap()]).done();
        }
        disk.grow(4096);
        train(&command).done();
        assert_same_run(&out, &site.path("whole"));
    }
    assert_eq!(stopped_after, [0, 1]);
}

#[test]
fn a_place_that_cannot_be_written_is_not_told_to_make_room() {
    let site = Site::new();
    site.write("file", "");
    let run = site.run("file/run", &[]);
    run.refused(1, &["cannot write", "file/run", "another --out"]);
    assert!(!run.stderr.contains("make room"), "{}", run.stderr);
}
