//! kill -9 at random moments while a process enrols and removes: every acknowledged change is there, and nothing
//! contradicts.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dnc_edge::Gallery;
use serde_json::Value;

use crate::support::bundle::parts;
use crate::support::command;
use crate::support::pictures::{picture, png};

/// Identities, and pictures of each: six transactions to enrol them all.
const IDENTITIES: usize = 4;
const PICTURES: usize = 48;

/// How often. `DNC_KILLS` asks for another number.
fn kills() -> u64 {
    std::env::var("DNC_KILLS").ok().map_or(300, |n| n.parse().expect("DNC_KILLS is a number"))
}

struct Site {
    dir: tempfile::TempDir,
    bundle: PathBuf,
}

impl Site {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for identity in 0..IDENTITIES {
            let folder = dir.path().join(format!("people/id{identity}"));
            std::fs::create_dir_all(&folder).unwrap();
            let bytes = png(&picture(identity, 0));
            for i in 0..PICTURES {
                // Bytes after the end of a PNG are not read, but make another file of it.
                std::fs::write(folder.join(format!("{i}.png")), [&bytes[..], &i.to_le_bytes()].concat()).unwrap();
            }
        }
        let bundle = parts(1).folder(&dir.path().join("bundle"));
        Self { dir, bundle }
    }

    fn gallery(&self) -> PathBuf {
        self.dir.path().join("site.gallery")
    }

    fn enroll(&self) -> Command {
        let mut command = command();
        command.args(["enroll", "--json", "--threads", "1", "--keep-thumbnails", "--bundle"]).arg(&self.bundle);
        command.arg("--folder").arg(self.dir.path().join("people")).arg("--gallery").arg(self.gallery());
        command
    }

    fn remove(&self, identity: &str) -> Command {
        let mut command = command();
        command.args(["remove", "--json", "--identity", identity, "--gallery"]).arg(self.gallery());
        command
    }
}

/// Runs a command, kills it after `after`, and answers the lines that it wrote to their end, and whether it was killed.
fn killed(mut command: Command, after: Duration) -> (Vec<Value>, bool) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    child.kill().unwrap();
    let was_killed = child.wait().unwrap().code().is_none();
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    (whole.map(|line| serde_json::from_str(line).unwrap()).collect(), was_killed)
}

/// The pictures that are enrolled.
fn enrolled(gallery: &Path) -> BTreeSet<String> {
    Gallery::open(gallery).unwrap().views().unwrap().into_iter().map(|v| v.source).collect()
}

fn is_of(source: &str, identity: &str) -> bool {
    Path::new(source).parent().unwrap().ends_with(identity)
}

#[test]
fn every_acknowledged_change_outlives_a_kill() {
    let site = Site::new();
    let gallery = site.gallery();
    let took = |mut command: Command| {
        let began = Instant::now();
        assert!(command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
        began.elapsed()
    };
    // How long they take when they are left alone: they are killed within that time.
    let (mut enrolling, mut removing) = (took(site.enroll()), took(site.remove("id0")));
    let mut state = 20_261_129u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1u64 << 24) as f64
    };
    let (mut before, mut in_time, mut grown, mut shrunk) = (enrolled(&gallery), 0, 0, 0);
    for kill in 0..kills() {
        let there = (0..IDENTITIES).map(|i| format!("id{i}")).filter(|i| before.iter().any(|s| is_of(s, i)));
        let there: Vec<String> = there.collect();
        let removes = !there.is_empty() && draw() < there.len() as f64 / (IDENTITIES + 1) as f64;
        let identity = removes.then(|| there[(draw() * there.len() as f64) as usize].clone());
        let (lines, was_killed) = match &identity {
            Some(identity) => killed(site.remove(identity), removing.mul_f64(draw())),
            None => killed(site.enroll(), enrolling.mul_f64(draw())),
        };
        in_time += u64::from(was_killed);
        // The machine may have more or less to do than it had then.
        let span = if identity.is_some() { &mut removing } else { &mut enrolling };
        *span = span.mul_f64(if was_killed { 1.02 } else { 0.9 });

        // A reader is the first to come, as in a restarted service, and repairs what it finds.
        let after = enrolled(&gallery);
        let faults = Gallery::open(&gallery).unwrap().verify().unwrap().faults;
        assert_eq!(faults, Vec::<String>::new(), "kill {kill}");
        match identity {
            Some(identity) => {
                let rest: BTreeSet<String> = before.iter().filter(|s| !is_of(s, &identity)).cloned().collect();
                let acknowledged = lines.iter().any(|line| line["removed"] == identity);
                assert!(after == rest || (after == before && !acknowledged), "kill {kill}, removing {identity}");
                shrunk += u64::from(after != before);
            }
            None => {
                let acknowledged = lines.iter().filter(|line| line["event"] == "enrolled");
                for line in acknowledged {
                    let picture = line["picture"].as_str().unwrap();
                    assert!(after.contains(picture), "kill {kill}: {picture} was acknowledged and is lost");
                }
                assert!(before.is_subset(&after), "kill {kill}: enrolling lost {:?}", before.difference(&after));
                grown += u64::from(after != before);
            }
        }
        before = after;
    }
    let told = format!("{in_time} were killed in time, {grown} had enrolled, {shrunk} had removed");
    println!("of {} processes {told}", kills());
    assert!(in_time * 2 > kills() && grown * 50 > kills() && shrunk * 50 > kills(), "{told}");
}
