//! `dnc-edge link` against the firmware's own library at the other end of the line.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::edge;
use crate::support::Output;
use crate::support::bundle::parts;
use crate::support::controller::{Controller, Faults};
use crate::support::pictures::{folder, write};

struct Site {
    dir: tempfile::TempDir,
    bundle: PathBuf,
    gallery: PathBuf,
    probes: Vec<PathBuf>,
}

/// Four identities with two views each; five probes of new views of two of them, and a stranger.
fn site() -> Site {
    let dir = tempfile::tempdir().unwrap();
    let (bundle, gallery) = (parts(1).folder(&dir.path().join("bundle")), dir.path().join("site.gallery"));
    let people = folder(&dir.path().join("people"), 4, 2);
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--folder", people].done();
    let probes = [(2, 4), (2, 5), (2, 6), (3, 2), (77, 0)].map(|(id, view)| write(dir.path(), id, view));
    Site { bundle, gallery, probes: probes.to_vec(), dir }
}

impl Site {
    /// `dnc-edge link ADDRESS --bundle … --gallery … FLAGS`
    fn link(&self, address: &[&str], flags: &[&str], pictures: &[PathBuf]) -> Output {
        let (bundle, gallery) = (self.bundle.to_str().unwrap(), self.gallery.to_str().unwrap());
        let mut args = vec!["link"];
        args.extend(address);
        args.extend(["--bundle", bundle, "--gallery", gallery]);
        args.extend(flags);
        args.extend(pictures.iter().map(|p| p.to_str().unwrap()));
        crate::support::run(args.iter().map(|a| a as &dyn AsRef<std::ffi::OsStr>))
    }
}

fn events<'a>(lines: &'a [Value], event: &str) -> Vec<&'a Value> {
    lines.iter().filter(|l| l["event"] == event).collect()
}

/// Checks a whole run: the gallery across, every answer this side's, known and unknown among them, one gate opened.
fn check(run: Output) -> Value {
    let lines = run.done().json();
    let gallery = events(&lines, "gallery");
    assert_eq!((&gallery[0]["identities"], &gallery[0]["views"]), (&json!(4), &json!(8)));
    let answers = events(&lines, "answer");
    assert_eq!(answers.len(), 5);
    for answer in &answers {
        assert_eq!((&answer["same"], &answer["controller"]), (&json!(true), &answer["edge"]), "{answer}");
    }
    let decisions: Vec<_> = answers.iter().map(|a| a["controller"]["decision"].as_str().unwrap()).collect();
    assert_eq!(decisions, ["known", "known", "known", "known", "unknown"]);
    assert_eq!(answers[0]["controller"]["identity"], "id2");
    let opened: Vec<_> = answers.iter().map(|a| a["opened"].as_bool().unwrap()).collect();
    assert_eq!(opened, [false, false, true, false, false], "the third known(id2) in a row");
    let counters = events(&lines, "counters")[0].clone();
    assert_eq!((lines.len(), &lines[6]), (7, &counters), "the counters are the last word");
    assert_eq!((&counters["during"]["opened"], &counters["controller"]["gallery"]), (&json!(1), &json!(1)));
    counters
}

#[test]
fn a_gallery_is_sent_and_every_answer_is_this_sides() {
    let site = site();
    let (_controller, address) = Controller::tcp(Faults::default());
    let to = ["--tcp", &address];
    let counters = check(site.link(&to, &["--send-gallery", "--json"], &site.probes));
    // Begin, two parts, end; five probes; the last word.
    assert_eq!((&counters["sent"], &counters["during"]["line"]["received"]), (&json!(10), &json!(10)));
    assert_eq!((&counters["repeated"], &counters["harmed"], &counters["lost"]), (&json!(0), &json!(0), &json!(0)));
    // The gallery stays; the same question by another run is a new one, for the gate too.
    let text = site.link(&to, &[], &site.probes[..1]).done();
    assert!(text.stdout.contains("known id2 ") && text.stdout.contains("; this side the same\n"), "{}", text.stdout);
    assert!(text.stdout.contains("gallery number 1") && text.stdout.contains("0 requests repeated"), "{}", text.stdout);
    let status = edge!["link", "--tcp", address].done().stdout;
    assert!(status.contains("gate opened 1 times") && !status.contains("ANEW"), "{status}");
}

#[cfg(unix)]
#[test]
fn a_serial_port_and_a_unix_socket_do_as_well() {
    let site = site();
    let (_controller, path) = Controller::serial();
    check(site.link(&["--serial", &format!("{path}:115200")], &["--send-gallery", "--json"], &site.probes));
    let socket = site.dir.path().join("socket");
    let _controller = Controller::unix(&socket);
    check(site.link(&["--unix", socket.to_str().unwrap()], &["--send-gallery", "--json"], &site.probes));
}

#[test]
fn a_noisy_line_costs_time_and_no_answer() {
    let site = site();
    let (_controller, address) = Controller::tcp(Faults { one_in: 200, ..Faults::default() });
    let patient = ["--send-gallery", "--json", "--timeout", "0.1", "--attempts", "100"];
    let counters = check(site.link(&["--tcp", &address], &patient, &site.probes));
    let number = |path: &str| counters.pointer(path).and_then(Value::as_u64).unwrap();
    assert!(number("/repeated") > 0 && number("/sent") > 10, "{counters}");
    assert!(number("/during/line/lost") + number("/harmed") > 0, "{counters}");
    // What was sent came or is counted as lost.
    assert_eq!(number("/during/line/received") + number("/during/line/lost"), number("/sent"), "{counters}");
}

#[test]
fn a_controller_with_another_gallery_is_found_out() {
    let site = site();
    let (_controller, address) = Controller::tcp(Faults::default());
    let to = ["--tcp", &address];
    site.link(&to, &["--send-gallery"], &[]).done();
    edge!["remove", "--gallery", site.gallery, "--identity", "id2"].done();
    let run = site.link(&to, &[], &site.probes[..1]);
    assert!(run.stdout.contains("known id2 ") && run.stdout.contains("; THIS SIDE DIFFERS: "), "{}", run.stdout);
    run.refused(3, &["1 of 1 answers differ", "number 1", "--send-gallery"]);
    let run = site.link(&to, &["--send-gallery"], &site.probes[..1]).done();
    assert!(run.stdout.contains("gallery sent: 3 identities") && !run.stdout.contains("DIFFERS"), "{}", run.stdout);
}

#[test]
fn a_power_cut_half_way_begins_the_update_again_and_a_failing_supply_is_named() {
    let site = site();
    // The fourth thing it hears is the second part of the gallery.
    let (_controller, address) = Controller::tcp(Faults { cuts: 1, cut_after: 4, ..Faults::default() });
    let run = site.link(&["--tcp", &address], &["--send-gallery", "--json", "--timeout", "0.3"], &site.probes).done();
    let lines = run.json();
    assert_eq!(events(&lines, "gallery")[0]["tries"], 2);
    assert!(events(&lines, "answer").iter().all(|a| a["same"] == true));
    let (_controller, address) = Controller::tcp(Faults { cuts: u32::MAX, cut_after: 4, ..Faults::default() });
    site.link(&["--tcp", &address], &["--send-gallery", "--timeout", "0.3"], &[])
        .refused(1, &[&address, "half-way 3 times", "check its power"]);
}

#[test]
fn what_the_controller_cannot_do_is_said_with_the_next_step() {
    let site = site();
    let (_controller, address) = Controller::tcp(Faults { flash: 512, ..Faults::default() });
    let to = ["--tcp", address.as_str()];
    site.link(&to, &[], &site.probes[..1]).refused(1, &[&address, "identify", "has no gallery", "--send-gallery"]);
    site.link(&to, &["--send-gallery"], &[]).refused(1, &["larger than its flash slot", "fewer views"]);
    let (_controller, address) = Controller::tcp(Faults::default());
    let to = ["--tcp", address.as_str()];
    site.link(&to, &["--send-gallery"], &[]).done();
    // Another model's embeddings are not compared with this one's.
    let other = parts(2).folder(&site.dir.path().join("other"));
    let (gallery, people) = (site.dir.path().join("other.gallery"), site.dir.path().join("people"));
    edge!["enroll", "--bundle", other, "--gallery", gallery, "--folder", people].done();
    edge!["link", "--tcp", address, "--bundle", other, "--gallery", gallery, site.probes[0]]
        .refused(1, &["another model", "--send-gallery"]);
    edge!["link", "--tcp", address, "--bundle", other, "--gallery", site.gallery, site.probes[0]]
        .refused(1, &["made with model space"]);
    let long = "x".repeat(25);
    edge!["gallery", "rename", "--gallery", site.gallery, "--identity", "id0", "--to", long].done();
    site.link(&to, &["--send-gallery"], &[]).refused(1, &[&long, "25 bytes", "keeps 24", "gallery rename"]);
}

/// A line with somebody at its end who is no controller.
fn stranger(said: &'static [u8], stay: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let Ok((mut line, _)) = listener.accept() else { return };
        let _ = line.write_all(said);
        let mut heard = [0; 1024];
        while stay && line.read(&mut heard).is_ok_and(|n| n > 0) {}
    });
    address
}

#[test]
fn silence_noise_and_a_closed_line_are_told_apart() {
    let ask = |address: &str| edge!["link", "--tcp", address, "--timeout", "0.05", "--attempts", "3"];
    let address = stranger(b"", true);
    ask(&address).refused(1, &[&address, "(status)", "sent 3 times", "waited", "nothing came back", "TX leads to RX"]);
    let address = stranger(b"login: \0\0oops\0", true);
    ask(&address).refused(1, &[&address, "14 bytes came back (2 frames harmed)", "baud rate"]);
    let address = stranger(b"", false);
    ask(&address).refused(1, &[&address, "broke off"]);
}

#[test]
fn a_line_that_is_not_there_is_named() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    edge!["link", "--tcp", free].refused(1, &["cannot open", &free, "start the other end"]);
    edge!["link", "--serial", "/dev/no-such-port"].refused(1, &["/dev/no-such-port at 115200 baud", "plugged in"]);
    #[cfg(unix)]
    edge!["link", "--unix", Path::new("/no/such/socket")].refused(1, &["/no/such/socket", "start the other end"]);
}

#[test]
fn a_wrong_command_line_is_refused_before_the_line_is_opened() {
    edge!["link"].refused(2, &["--serial", "--tcp", "--unix"]);
    edge!["link", "--serial", "a", "--tcp", "b:1"].refused(2, &["cannot be used with"]);
    edge!["link", "--serial", "a:1"].refused(2, &["300 to 4000000"]);
    edge!["link", "--tcp", "here"].refused(2, &["HOST:PORT"]);
    edge!["link", "--tcp", "h:1", "--timeout", "0"].refused(2, &["0.01 to 600"]);
    edge!["link", "--tcp", "h:1", "probe.jpg"].refused(2, &["--gallery"]);
    edge!["link", "--tcp", "h:1", "--send-gallery"].refused(2, &["--gallery"]);
    edge!["link", "--tcp", "h:1", "--gallery", "g"].refused(2, &["--bundle"]);
    edge!["link", "--tcp", "h:1", "--bundle", "none", "--gallery", "none", "--send-gallery"].refused(1, &["none"]);
}
