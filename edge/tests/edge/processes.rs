//! One process writes, others read meanwhile, and a second writer is told.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::edge;
use crate::support::bundle::parts;
use crate::support::command;
use crate::support::pictures::{slow_folder, write};

const PICTURES: usize = 128;

#[test]
fn readers_follow_a_writing_process_and_a_second_writer_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = (parts(1).folder(&dir.path().join("bundle")), dir.path().join("site.gallery"));
    let probe = write(dir.path(), 1, 5);
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--identity", "first", write(dir.path(), 7, 0)].done();
    let people = slow_folder(&dir.path().join("people"), PICTURES);
    let mut writer = command()
        .args(["enroll", "--json", "--threads", "1", "--bundle"])
        .arg(&bundle)
        .arg("--gallery")
        .arg(&gallery)
        .arg("--folder")
        .arg(&people)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    // Once one batch is on the disk, the writer has the file open for some time.
    assert!(lines.next().unwrap().unwrap().contains("enrolled"));
    let views = || {
        let lines = edge!["list", "--gallery", gallery, "--json"].done().json();
        lines.iter().map(|l| l["views"].as_u64().unwrap()).sum::<u64>()
    };
    let busy = ["site.gallery", "another process is writing to this gallery; wait until it has ended"];
    let (mut seen, mut refused) = (vec![views()], 0);
    while writer.try_wait().unwrap().is_none() && seen.len() < 1_000 {
        let second = edge!["remove", "--gallery", gallery, "--identity", "first"];
        if second.code == 0 {
            // The writer had just ended.
            assert!(writer.wait().unwrap().success());
            break;
        }
        second.refused(1, &busy);
        if refused == 0 {
            edge!["gallery", "compact", "--gallery", gallery].refused(1, &busy);
            edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--identity", "x", probe].refused(1, &busy);
            let answer = edge!["identify", "--bundle", bundle, "--gallery", gallery, "--json", probe].done().json();
            assert_eq!(answer[0]["identity"], "someone", "what a batch brought is found before the writer ends");
            edge!["gallery", "verify", "--gallery", gallery].done();
        }
        refused += 1;
        seen.push(views());
    }
    assert!(writer.wait().unwrap().success());
    assert!(refused > 0, "the writer ended before a second one came");
    assert!(seen.is_sorted() && seen[0] >= 33, "{seen:?}");
    // The second writer's turn, where it has not had it.
    edge!["remove", "--gallery", gallery, "--identity", "first"];
    assert_eq!(views() as usize, PICTURES);
    edge!["gallery", "verify", "--gallery", gallery].done();
}
