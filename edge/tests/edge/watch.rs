//! Watching a folder, a stream and a video, with the real binary.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use image::RgbImage;
use serde_json::{Value, json};

use crate::edge;
use crate::support::command;
use crate::support::pictures::{picture, png};
use crate::support::site::{Site, site};
use crate::support::tools::tool;

/// A running `dnc-edge watch`.
struct Watching {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Watching {
    fn start(site: &Site, path: Option<&Path>, more: &[&str]) -> Self {
        let mut command = command();
        command.args(["watch", "--bundle"]).arg(&site.bundle).arg("--gallery").arg(&site.gallery).args(more);
        if let Some(path) = path {
            command.env("PATH", path);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next line; waits for it.
    fn next(&mut self) -> Value {
        let line = self.lines.next().unwrap_or_else(|| panic!("no more lines")).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().unwrap()
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// The rest: lines, exit code, standard error.
    fn end(mut self) -> (Vec<Value>, Option<i32>, String) {
        drop(self.child.stdin.take());
        let lines = self.lines.by_ref().map(|l| serde_json::from_str(&l.unwrap()).unwrap()).collect();
        let output = self.child.wait_with_output().unwrap();
        (lines, output.status.code(), String::from_utf8(output.stderr).unwrap())
    }
}

fn framed(pictures: &[Vec<u8>]) -> Vec<u8> {
    pictures.iter().flat_map(|p| [&(p.len() as u32).to_be_bytes()[..], p].concat()).collect()
}

fn view(identity: usize, view: usize) -> Vec<u8> {
    png(&picture(identity, view))
}

#[test]
fn pictures_put_into_a_folder_are_answered_and_broken_ones_do_not_end_it() {
    let site = site();
    let folder = site.dir.path().join("incoming");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("before.png"), view(1, 5)).unwrap();
    let mut watching =
        Watching::start(&site, None, &["--folder", folder.to_str().unwrap(), "--existing", "--camera", "gate"]);
    let first = watching.next();
    assert_eq!((&first["identity"], &first["camera"], &first["id"]), (&json!("id1"), &json!("gate"), &json!(1)));
    assert!(first["picture"].as_str().unwrap().ends_with("before.png"));
    std::fs::write(folder.join("broken.jpg"), b"not a picture").unwrap();
    assert!(watching.next()["error"].as_str().unwrap().contains("not a JPEG"));
    std::fs::write(folder.join("empty.webp"), b"").unwrap();
    assert!(watching.next()["error"].as_str().unwrap().contains("0 bytes"));
    // Another process enrols: a second later at most, the gallery that answers has it.
    let new = site.dir.path().join("new.png");
    std::fs::write(&new, view(90, 0)).unwrap();
    edge!["enroll", "--bundle", site.bundle, "--gallery", site.gallery, "--identity", "somebody", new].done();
    let known = (0..50).any(|i| {
        std::fs::write(folder.join(format!("{i}.png")), view(90, 1)).unwrap();
        watching.next()["identity"] == "somebody"
    });
    assert!(known, "what another process enrolled is never found");
    watching.signal("-TERM");
    let (lines, code, _) = watching.end();
    assert_eq!(code, Some(130));
    let summary = lines.last().unwrap();
    assert_eq!(
        (&summary["event"], &summary["broken"], &summary["interrupted"]),
        (&json!("summary"), &json!(2), &json!(true))
    );
}

#[test]
fn a_stream_is_read_to_its_end() {
    let site = site();
    let mut watching = Watching::start(&site, None, &["--stdin", "--when-slow", "wait"]);
    let stream = framed(&[view(2, 5), Vec::new(), b"x".to_vec(), view(77, 0)]);
    let mut stdin = watching.stdin();
    stdin.write_all(&stream).unwrap();
    // A frame that says that it is longer than a picture may be, and one that is cut off.
    stdin.write_all(&[0x7F, 0xFF, 0xFF, 0xFF]).unwrap();
    stdin.write_all(&[0; 1000]).unwrap();
    drop(stdin);
    let (lines, code, _) = watching.end();
    assert_eq!((lines.len(), code), (6, Some(3)), "{lines:?}");
    assert_eq!(
        (&lines[0]["picture"], &lines[0]["decision"], &lines[0]["identity"]),
        (&json!("frame 0"), &json!("known"), &json!("id2"))
    );
    assert!(lines[1]["error"].as_str().unwrap().contains("0 bytes") && lines[2]["picture"] == "frame 2");
    assert_eq!((&lines[3]["decision"], &lines[3]["id"]), (&json!("unknown"), &json!(2)));
    assert!(lines[4]["error"].as_str().unwrap().contains("at most"), "{}", lines[4]);
    let summary = json!({"event": "summary", "frames": 5, "answers": 2, "broken": 3, "dropped": 0, "unboxed": 0,
        "bad_box_lines": 0, "restarts": 0, "interrupted": false});
    assert_eq!(lines[5], summary);
}

#[test]
fn frames_beyond_what_the_model_takes_are_dropped_and_counted() {
    let site = site();
    let mut watching = Watching::start(&site, None, &["--stdin", "--backlog", "1"]);
    let large = image::imageops::resize(&picture(2, 5), 1500, 1500, image::imageops::FilterType::Nearest);
    let frames = framed(&vec![png(&large); 60]);
    watching.stdin().write_all(&frames).unwrap();
    let (lines, code, _) = watching.end();
    let summary = lines.last().unwrap();
    let count = |name: &str| summary[name].as_u64().unwrap();
    assert_eq!((count("frames") + count("dropped"), code), (60, Some(0)));
    assert!(count("dropped") > 0 && count("answers") == lines.len() as u64 - 1, "{summary}");
}

#[test]
fn boxes_come_from_a_side_channel() {
    let site = site();
    let mut wide = image::imageops::resize(&picture(77, 0), 80, 60, image::imageops::FilterType::Nearest);
    image::imageops::replace(&mut wide, &picture(3, 5), 48, 28);
    image::imageops::replace(&mut wide, &picture(0, 5), 0, 0);
    let boxes = site.dir.path().join("boxes.jsonl");
    let lines = "{\"frame\":0,\"boxes\":[[48,28,32,32],[0,0,32,32]]}\nnonsense\n{\"frame\":1,\"boxes\":[]}\n\
                 {\"frame\":3,\"boxes\":[[500,500,9,9],[0,0,32,32]]}\n";
    std::fs::write(&boxes, lines).unwrap();
    // Through an open file descriptor, as a detector of the same shell would.
    let mut watching =
        Watching::start(&site, None, &["--stdin", "--when-slow", "wait", "--boxes", boxes.to_str().unwrap()]);
    watching.stdin().write_all(&framed(&vec![png(&wide); 4])).unwrap();
    let (lines, code, stderr) = watching.end();
    let seen: Vec<_> = lines.iter().map(|l| l["identity"].as_str().unwrap_or("-")).collect();
    assert_eq!((seen, code), (vec!["id3", "id0", "-", "id0", "-"], Some(3)), "{lines:?}");
    assert_eq!(lines[0]["box"], json!([48.0, 28.0, 32.0, 32.0]));
    assert!(lines[2]["error"].as_str().unwrap().contains("outside the picture of 80 × 60"), "{}", lines[2]);
    let summary = &lines[4];
    assert_eq!((&summary["unboxed"], &summary["bad_box_lines"], &summary["frames"]), (&json!(1), &json!(1), &json!(3)));
    assert!(stderr.contains("a line cannot be used"), "{stderr}");
}

/// A program in the place of ffmpeg, which the binary finds by its name.
fn fake_player(site: &Site, script: &str) -> std::path::PathBuf {
    let folder = site.dir.path().join("bin");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("ffmpeg");
    std::fs::write(&file, format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

#[test]
fn a_player_that_dies_is_told_of_and_started_again() {
    let site = site();
    let raw = site.dir.path().join("frame.rgb");
    std::fs::write(&raw, picture(1, 5).as_raw()).unwrap();
    let raw = raw.display();
    let path = fake_player(&site, &format!("cat {raw} {raw}\necho 'Connection reset by camera' >&2\nexit 7"));
    let more = ["--source", "rtsp://camera/1", "--fps", "5", "--size", "32x32", "--when-slow", "wait"];
    let mut watching = Watching::start(&site, Some(&path), &more);
    let seen: Vec<_> = (0..4).map(|_| watching.next()).collect();
    assert!(seen.iter().all(|l| l["identity"] == "id1"), "{seen:?}");
    assert_eq!(seen[3]["picture"], "frame 3", "frames are counted on");
    watching.signal("-INT");
    let (lines, code, stderr) = watching.end();
    assert_eq!(code, Some(130));
    assert!(lines.last().unwrap()["restarts"].as_u64().unwrap() >= 1);
    assert!(stderr.contains("ffmpeg ended after 2 frames (exit status: 7)"), "{stderr}");
    assert!(stderr.contains("Connection reset by camera") && stderr.contains("started again in 1s"), "{stderr}");
}

#[test]
fn a_player_without_frames_is_given_up_and_a_hung_one_is_killed() {
    let site = site();
    let source = "rtsp://admin:secret@camera/1";
    let more = ["--source", source, "--fps", "5", "--size", "32x32", "--give-up", "2"];
    let path = fake_player(&site, "echo \"401 Unauthorized $*\" >&2; exit 1");
    let (_, code, stderr) = Watching::start(&site, Some(&path), &more).end();
    assert_eq!(code, Some(1));
    assert!(
        stderr.contains("ffmpeg gives no frames: exit status: 1") && stderr.contains("401 Unauthorized"),
        "{stderr}"
    );
    let path = fake_player(&site, "exec sleep 1000");
    let (_, code, stderr) = Watching::start(&site, Some(&path), &[&more[..], &["--stall", "0.3"]].concat()).end();
    assert_eq!(code, Some(1));
    assert!(stderr.contains("no frame for 300ms, killed"), "{stderr}");
    // None at all.
    let nowhere = site.dir.path().join("nowhere");
    let (_, code, stderr) = Watching::start(&site, Some(&nowhere), &more).end();
    assert!(code == Some(1) && stderr.contains("cannot start ffmpeg") && stderr.contains("install"), "{stderr}");
    edge![
        "watch",
        "--bundle",
        site.bundle,
        "--gallery",
        site.gallery,
        "--source",
        "/no/file.mp4",
        "--fps",
        "1",
        "--size",
        "9x9"
    ]
    .refused(1, &["/no/file.mp4"]);
}

#[test]
fn a_real_video_is_watched_to_its_end() {
    let Some(ffmpeg) = tool("ffmpeg", "ffmpeg") else { return };
    let site = site();
    let frames = site.dir.path().join("frames");
    std::fs::create_dir(&frames).unwrap();
    for i in 0..10 {
        let large: RgbImage = image::imageops::resize(&picture(i / 5, 1), 64, 64, image::imageops::FilterType::Nearest);
        large.save(frames.join(format!("{i}.png"))).unwrap();
    }
    let video = site.dir.path().join("video.avi");
    let made = Command::new(ffmpeg)
        .args(["-nostdin", "-loglevel", "error", "-framerate", "5", "-i"])
        .arg(frames.join("%d.png"))
        .args(["-c:v", "ffv1"])
        .arg(&video)
        .status();
    assert!(made.unwrap().success());
    let more = ["--source", video.to_str().unwrap(), "--fps", "5", "--size", "32x32"];
    let (lines, code, stderr) = Watching::start(&site, None, &more).end();
    assert_eq!(code, Some(0), "{stderr}");
    let seen: Vec<_> = lines[..10].iter().map(|l| l["identity"].as_str().unwrap()).collect();
    assert_eq!(seen, [vec!["id0"; 5], vec!["id1"; 5]].concat());
    assert_eq!((&lines[10]["frames"], &lines[10]["dropped"]), (&json!(10), &json!(0)));
}

#[test]
fn an_interrupt_ends_it_though_nobody_writes() {
    let site = site();
    let watching = Watching::start(&site, None, &["--stdin"]);
    // Its handler is there once the model is loaded; asked again until it has ended.
    let end = Instant::now() + Duration::from_secs(60);
    let mut watching = watching;
    let mut stdin = watching.stdin();
    stdin.write_all(&framed(&[view(2, 5)])).unwrap();
    assert_eq!(watching.next()["identity"], "id2");
    watching.signal("-INT");
    while watching.child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < end, "it does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
    let (lines, code, _) = watching.end();
    assert_eq!((lines.len(), code), (1, Some(130)));
    drop(stdin);
}

#[test]
fn the_command_line_is_checked() {
    let site = site();
    let run = |more: &[&str]| {
        let output = command()
            .args(["watch", "--bundle"])
            .arg(&site.bundle)
            .arg("--gallery")
            .arg(&site.gallery)
            .args(more)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for (more, code, word) in [
        (&[][..], 2, "--folder"),
        (&["--stdin", "--folder", "x"], 2, "cannot be used"),
        (&["--source", "rtsp://c"], 2, "--fps"),
        (&["--source", "rtsp://c", "--fps", "5", "--size", "640"], 2, "WIDTHxHEIGHT"),
        (&["--source", "rtsp://c", "--fps", "0", "--size", "4x4"], 1, "--fps is 0"),
        (&["--folder", "/no/folder"], 1, "/no/folder"),
        (&["--stdin", "--boxes", "/no/boxes"], 1, "/no/boxes"),
    ] {
        let (found, stderr) = run(more);
        assert!(found == Some(code) && stderr.contains(word), "{more:?}: {found:?} {stderr}");
    }
    let help = edge!["watch", "--help"].done().stdout;
    for word in ["most significant first", "fd:3", "Exit codes", "rtsp://", "\"boxes\""] {
        assert!(help.contains(word), "{word} is not in {help}");
    }
}
