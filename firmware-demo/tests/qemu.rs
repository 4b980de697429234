//! The image in QEMU against the host: every decision over the serial line, compared with `dnc_core::matching`.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crc::{CRC_32_ISO_HDLC, Crc};
use dnc_core::decision::{Decision, DecisionRule};
use dnc_core::matching::{GalleryBlock, GalleryBlockBuilder};
use dnc_core::wire::{Answer, Frame, MAX_CHUNK, Message, Outcome, Receiver, Request, encode};
use dnc_core::{EmbeddingLayout, int8};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

const SPACE: [u8; 8] = *b"gatedemo";
const DIM: usize = 64;
const PROBES: u32 = 90;

struct Board {
    qemu: Child,
    line: std::net::TcpStream,
    receiver: Receiver<600>,
    number: u32,
    /// Frames sent cut, and requests sent again.
    cut: u32,
    again: u32,
}

impl Drop for Board {
    fn drop(&mut self) {
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}

impl Board {
    fn boot(pictures: &std::path::Path) -> Self {
        let need = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is unset: run run.sh"));
        // QEMU connects to us: no port to guess.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let qemu = Command::new(need("DNC_QEMU"))
            .args(["-machine", "mps2-an386", "-display", "none", "-monitor", "none", "-kernel", &need("DNC_IMAGE")])
            .args(["-serial", &format!("tcp:{}", listener.local_addr().unwrap())])
            .args(["-serial", &format!("file:{}", pictures.display())])
            // Where QEMU was unpacked and not installed.
            .env("LD_LIBRARY_PATH", std::env::var("DNC_QEMU_LIBRARY_PATH").unwrap_or_default())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        listener.set_nonblocking(true).unwrap();
        let from = Instant::now();
        let line = loop {
            match listener.accept() {
                Ok((line, _)) => break line,
                Err(e) if from.elapsed() > Duration::from_secs(60) => panic!("QEMU did not connect: {e}"),
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        line.set_nonblocking(false).unwrap();
        line.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        Self { qemu, line, receiver: Receiver::new(), number: 0, cut: 0, again: 0 }
    }

    /// Asks until it is answered, as a host does, and gives the answer to `then`. On the way, every seventh frame
    /// is first sent cut, and every eleventh twice.
    fn ask<T>(&mut self, request: Request<'_>, then: impl Fn(Answer<'_>) -> T) -> T {
        self.number += 1;
        let (mut scratch, mut room) = ([0; 600], [0; 700]);
        for attempt in 0..10 {
            let message = Message::Request(self.number, request);
            let frame = encode(&message, self.number as u16, &mut scratch, &mut room).unwrap();
            self.again += u32::from(attempt > 0);
            if attempt == 0 && self.number.is_multiple_of(7) {
                self.line.write_all(&frame[..frame.len() / 2]).unwrap();
                self.cut += 1;
            }
            self.line.write_all(frame).unwrap();
            if attempt == 0 && self.number.is_multiple_of(11) {
                self.line.write_all(frame).unwrap();
                self.again += 1;
            }
            let mut bytes = [0; 256];
            while let Ok(count @ 1..) = self.line.read(&mut bytes) {
                for byte in &bytes[..count] {
                    if let Some(Ok(Frame { message: Message::Answer(number, answer), .. })) = self.receiver.push(*byte)
                        && number == self.number
                    {
                        return then(answer);
                    }
                }
            }
        }
        panic!("request {} was not answered ten times", self.number)
    }

    fn done(&mut self, request: Request<'_>) {
        self.ask(request, |answer| assert_eq!(answer, Answer::Outcome(Outcome::Done)));
    }
}

fn code(rng: &mut ChaCha8Rng, centre: &[f32], blur: f32) -> Vec<i8> {
    let e: Vec<f32> = centre.iter().map(|v| v + blur * rng.random_range(-1.0..1.0f32)).collect();
    let mut code = vec![0; e.len()];
    int8::encode(&e, &mut code);
    code
}

#[test]
#[ignore = "needs the image and QEMU: firmware-demo/boards/mps2-an386/run.sh builds and names both"]
fn every_decision_of_the_image_is_the_hosts() {
    let mut rng = ChaCha8Rng::seed_from_u64(31);
    let layout = EmbeddingLayout::new(DIM, 4).unwrap();
    let rule = DecisionRule { threshold: 0.7, margin: 0.15 };
    let mut builder = GalleryBlockBuilder::new(layout, rule, SPACE).unwrap();
    let centres: Vec<Vec<f32>> = (0..16).map(|_| (0..DIM).map(|_| rng.random_range(-1.0..1.0f32)).collect()).collect();
    // The last two are strangers.
    for (i, centre) in centres[..14].iter().enumerate() {
        for _ in 0..3 {
            let view = code(&mut rng, centre, 0.3);
            builder.add(&format!("visitor {i}"), &view).unwrap();
        }
    }
    let block = builder.build();
    let gallery = GalleryBlock::parse(&block).unwrap();
    let folder = std::env::temp_dir().join(format!("dnc-gate-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut board = Board::boot(&folder.join("pictures.pbm"));
    let nobody = [0u8; DIM];
    let none =
        board.ask(Request::Identify { space: SPACE, code: &nobody }, |a| a == Answer::Outcome(Outcome::NoGallery));
    assert!(none, "a fresh image has no gallery");
    let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(&block);
    board.done(Request::UpdateBegin { length: block.len() as u32, crc });
    for (i, bytes) in block.chunks(MAX_CHUNK).enumerate() {
        board.done(Request::UpdateChunk { offset: (i * MAX_CHUNK) as u32, bytes });
    }
    board.done(Request::UpdateCommit);
    println!("gallery: {} views, {} bytes", gallery.views(), block.len());
    let (mut seen, mut opens) = ([0u32; 3], 0u32);
    for i in 0..PROBES {
        // Visits of five probes; every fourth probe stands between two people.
        let who = (i / 5) as usize % 16;
        let centre: Vec<f32> = match i % 5 {
            4 => centres[who].iter().zip(&centres[(who + 1) % 16]).map(|(a, b)| a + b).collect(),
            _ => centres[who].clone(),
        };
        let probe = code(&mut rng, &centre, 0.4);
        let expected = gallery.identify(&probe);
        let bytes: Vec<u8> = probe.iter().map(|c| c.cast_unsigned()).collect();
        let opened = board.ask(Request::Identify { space: SPACE, code: &bytes }, |answer| {
            let Answer::Identified { decision, best, runner_up, name, opened } = answer else {
                panic!("probe {i}: {answer:?}")
            };
            // To the last bit: both machines do the same operations in the same order.
            let bits = |place: Option<(u16, f32)>| place.map(|(identity, s)| (identity, s.to_bits()));
            assert_eq!(decision, expected.decision, "probe {i}");
            assert_eq!(bits(best), bits(expected.best.map(|r| (r.identity, r.similarity))), "probe {i}");
            assert_eq!(bits(runner_up), bits(expected.runner_up.map(|r| (r.identity, r.similarity))), "probe {i}");
            assert_eq!(Some(name), expected.best.and_then(|r| gallery.name(r.identity)), "probe {i}");
            if i < 15 || opened {
                println!("probe {i:3}: {decision:?} {name} {:.3} opened {opened}", best.map_or(0.0, |b| b.1));
            }
            opened
        });
        assert!(!opened || expected.decision == Decision::Known);
        opens += u32::from(opened);
        seen[expected.decision as usize] += 1;
    }
    println!("{PROBES} probes: known {}, unsure {}, unknown {}; opened {opens} times", seen[0], seen[1], seen[2]);
    assert!(seen[0] > 30 && seen[2] > 5 && opens > 5, "every kind of answer occurs: {seen:?}, {opens} opened");
    let (cut, again) = (board.cut, board.again);
    board.ask(Request::Status, |answer| {
        let Answer::Status(counters) = answer else { panic!("{answer:?}") };
        println!("{counters:?}");
        assert_eq!((counters.opened, counters.gallery), (opens, 1));
        assert_eq!((counters.line.harmed, counters.repeated_requests), (cut, again));
    });
    assert!(cut > 10 && again > 8, "the line was harmed and repeated: {cut}, {again}");
    drop(board);
    let pictures = std::fs::read(folder.join("pictures.pbm")).unwrap();
    let picture = b"P4\n128 64\n".len() + 1024;
    assert!(pictures.len() > 20 * picture && pictures.starts_with(b"P4\n128 64\n"), "{} bytes", pictures.len());
    if std::env::var_os("DNC_KEEP_PICTURES").is_none() {
        std::fs::remove_dir_all(&folder).unwrap();
    } else {
        println!("pictures: {}", folder.display());
    }
}
