//! A run from committed codes, compared line by line with the transcript that is kept of it.
//!
//! `DNC_REWRITE=1 firmware-demo/boards/run.sh` writes `transcript.txt` anew. `codes.txt` are the codes of rendered
//! vehicles; with DNC_REWRITE=1 tests/tests/gate writes others.

use std::fmt::Write as _;
use std::path::PathBuf;

use dnc_core::EmbeddingLayout;
use dnc_core::decision::DecisionRule;
use dnc_core::matching::GalleryBlockBuilder;
use dnc_core::wire::{Answer, Request};

use crate::board::Board;
use crate::machine::Machines;

struct Codes {
    block: Vec<u8>,
    probes: Vec<(String, Vec<u8>)>,
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/qemu").join(name)
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes().chunks(2).map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

/// Lines: `layout D K`, `rule THRESHOLD MARGIN`, `view NAME CODE`, `probe NAME CODE`, in this order; codes in hex.
fn read() -> Codes {
    let text = std::fs::read_to_string(path("codes.txt")).unwrap();
    let words: Vec<Vec<&str>> = text.lines().filter(|l| !l.starts_with('#')).map(|l| l.split(' ').collect()).collect();
    let (["layout", dim, learners], ["rule", threshold, margin]) = (&words[0][..], &words[1][..]) else {
        panic!("codes.txt begins with {:?}", &words[..2])
    };
    let layout = EmbeddingLayout::new(dim.parse().unwrap(), learners.parse().unwrap()).unwrap();
    let rule = DecisionRule { threshold: threshold.parse().unwrap(), margin: margin.parse().unwrap() };
    let mut builder = GalleryBlockBuilder::new(layout, rule, SPACE).unwrap();
    let mut probes = Vec::new();
    for line in &words[2..] {
        match line[..] {
            ["view", name, code] => {
                let code: Vec<i8> = bytes(code).into_iter().map(u8::cast_signed).collect();
                builder.add(name, &code).unwrap();
            }
            ["probe", name, code] => probes.push((name.to_owned(), bytes(code))),
            _ => panic!("codes.txt: {line:?}"),
        }
    }
    Codes { block: builder.build(), probes }
}

const SPACE: [u8; 8] = *b"transcri";

#[test]
fn a_run_from_committed_codes_is_the_kept_transcript() {
    let Some(machines) = Machines::find() else { return };
    let codes = read();
    let mut board = Board::boot(&machines, None);
    board.send(&codes.block);
    let mut transcript = String::new();
    for (probe, code) in &codes.probes {
        let line = board.ask(Request::Identify { space: SPACE, code }, |answer| {
            let Answer::Identified { decision, best, runner_up, name, opened } = answer else { panic!("{answer:?}") };
            // Beside the number for people the bits of the float: nothing is rounded away.
            let place = |p: Option<(u16, f32)>| p.map_or("-".into(), |(_, s)| format!("{s:.4} {:08x}", s.to_bits()));
            let gate = if opened { ", gate opened" } else { "" };
            format!("{probe}: {decision:?} {name} {}, then {}{gate}", place(best), place(runner_up))
        });
        writeln!(transcript, "{line}").unwrap();
    }
    transcript += &board.ask(Request::Status, |answer| {
        let Answer::Status(counters) = answer else { panic!("{answer:?}") };
        format!("gallery {}, gate opened {} times\n", counters.gallery, counters.opened)
    });
    let kept = path("transcript.txt");
    if std::env::var_os("DNC_REWRITE").is_some() {
        std::fs::write(&kept, &transcript).unwrap();
    }
    let expected = std::fs::read_to_string(&kept).unwrap();
    for (i, (now, then)) in transcript.lines().zip(expected.lines()).enumerate() {
        assert_eq!(now, then, "line {} of {}", i + 1, kept.display());
    }
    assert_eq!(transcript.lines().count(), expected.lines().count());
    for word in ["Known", "Unsure", "Unknown", ", gate opened"] {
        assert!(transcript.contains(word), "{word} does not occur");
    }
    println!("{} answers are those of {}", codes.probes.len(), kept.display());
}
