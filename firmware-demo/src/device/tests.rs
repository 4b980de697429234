use std::cell::RefCell;
use std::rc::Rc;
use std::vec;
use std::vec::Vec;

use Decision::{Known, Unknown, Unsure};
use dnc_core::EmbeddingLayout;
use dnc_core::decision::DecisionRule;
use dnc_core::matching::GalleryBlockBuilder;
use embedded_hal_mock::eh1::digital::{Mock, State, Transaction};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};

use super::*;
use crate::ram_flash::RamFlash;

type Memory = RamFlash<Vec<u8>, 1, 64>;

/// A pin whose changes can be read while the device holds it.
#[derive(Debug, Clone, Default)]
struct Trace(Rc<RefCell<Vec<bool>>>);

impl embedded_hal::digital::ErrorType for Trace {
    type Error = core::convert::Infallible;
}

impl OutputPin for Trace {
    fn set_low(&mut self) -> Result<(), Self::Error> {
        self.0.borrow_mut().push(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Self::Error> {
        self.0.borrow_mut().push(true);
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Fed(Rc<RefCell<u32>>);

impl Health for Fed {
    fn feed(&mut self) {
        *self.0.borrow_mut() += 1;
    }

    fn stack(&self) -> u32 {
        700
    }
}

const SPACE: [u8; 8] = *b"space-id";
const ADA: [i8; 8] = [90, 10, 0, -20, 60, 0, 5, 1];
const BO: [i8; 8] = [-50, 80, 30, 0, -60, 20, 0, 9];
const STRANGER: [i8; 8] = [0, -70, 30, 60, 0, -90, 20, 4];

fn block() -> Vec<u8> {
    let layout = EmbeddingLayout::new(8, 2).unwrap();
    let rule = DecisionRule { threshold: 0.7, margin: 0.1 };
    let mut builder = GalleryBlockBuilder::new(layout, rule, SPACE).unwrap();
    builder.add("Ada", &ADA).unwrap();
    builder.add("Bo", &BO).unwrap();
    builder.build()
}

/// A slot that already holds the gallery.
fn slots() -> Slots<Memory> {
    let block = block();
    let mut slots = Slots::open(RamFlash(vec![0xff; 1024])).unwrap();
    slots.begin(block.len() as u32, CRC.checksum(&block)).unwrap();
    slots.chunk(0, &block).unwrap();
    slots.commit(|_, _| true).unwrap();
    slots
}

fn framed(message: &Message<'_>, sequence: u16) -> Vec<u8> {
    let (mut scratch, mut line) = ([0; 512], [0; 600]);
    encode(message, sequence, &mut scratch, &mut line).unwrap().to_vec()
}

fn bytes(code: &[i8]) -> Vec<u8> {
    code.iter().map(|c| c.cast_unsigned()).collect()
}

/// What a host hears in `line`: number, and what was answered, in words that outlive the frame.
#[derive(Debug, Clone, PartialEq)]
enum Heard {
    Status(Counters),
    Identified(Decision, std::string::String, bool),
    Outcome(Outcome),
}

fn heard(receiver: &mut Receiver<600>, line: &[u8]) -> Vec<(u32, Heard)> {
    let mut all = Vec::new();
    for byte in line {
        if let Some(Ok(Frame { message: Message::Answer(number, answer), .. })) = receiver.push(*byte) {
            let answer = match answer {
                Answer::Status(counters) => Heard::Status(counters),
                Answer::Identified { decision, name, opened, .. } => Heard::Identified(decision, name.into(), opened),
                Answer::Outcome(outcome) => Heard::Outcome(outcome),
                other => panic!("an answer this test does not know: {other:?}"),
            };
            all.push((number, answer));
        }
    }
    all
}

/// Asks once, on a clean line.
fn ask<R: OutputPin, L: OutputPin, H: Health>(
    device: &mut Device<R, L, Memory, H>,
    number: u32,
    request: Request<'_>,
    now: u32,
) -> Heard {
    let mut line = Vec::new();
    device.receive(&framed(&Message::Request(number, request), number as u16), now, &mut line).unwrap();
    let mut all = heard(&mut Receiver::new(), &line);
    assert_eq!(all.len(), 1, "one answer to request {number}");
    let (answered, answer) = all.remove(0);
    assert_eq!(answered, number);
    answer
}

fn probe(code: &[u8]) -> Request<'_> {
    Request::Identify { space: SPACE, code }
}

#[test]
fn three_probes_pulse_the_relay_and_the_led_is_steady_meanwhile() {
    let relay = Mock::new(&[State::Low, State::High, State::Low].map(Transaction::set));
    // Dark at the start; lit once the board has spoken, through the pulse, which ends in an odd second.
    let led = Mock::new(&[State::Low, State::High, State::Low].map(Transaction::set));
    let fed = Fed::default();
    let count = fed.0.clone();
    let mut device = Device::new(relay, led, slots(), fed, DeviceConfig::default(), 0).unwrap();
    let ada = bytes(&ADA);
    let mut open = Vec::new();
    for now in 700..1600 {
        if now % 100 == 0 && now <= 900 {
            let answer = ask(&mut device, now, probe(&ada), now);
            assert_eq!(answer, Heard::Identified(Known, "Ada".into(), now == 900));
        }
        device.tick(now).unwrap();
        if device.actor.gate.is_open() {
            open.push(now);
        }
    }
    assert_eq!((open[0], open.len()), (900, 500), "held for half a second");
    assert_eq!(*count.borrow(), 900);
    assert_eq!((device.counters().opened, device.counters().stack), (1, 700));
    let (mut relay, mut led, _) = device.release();
    relay.done();
    led.done();
}

#[test]
fn the_led_tells_no_gallery_no_board_and_well() {
    let lit = |slots: Slots<Memory>, ask_at: Option<u32>| -> Vec<u32> {
        let led = Trace::default();
        let mut device = Device::new(Trace::default(), led.clone(), slots, (), DeviceConfig::default(), 0).unwrap();
        (0..4000)
            .filter(|now| {
                if ask_at == Some(*now) {
                    ask(&mut device, 1, Request::Status, *now);
                }
                device.tick(*now).unwrap();
                led.0.borrow().last() == Some(&true)
            })
            .collect()
    };
    let empty = || Slots::open(RamFlash(vec![0xff; 1024])).unwrap();
    assert!(lit(empty(), None).iter().all(|now| (now / 100).is_multiple_of(2)));
    assert_eq!(lit(empty(), None).len(), 2000);
    assert_eq!(lit(slots(), None), (0..100).chain(2000..2100).collect::<Vec<_>>());
    assert_eq!(lit(slots(), Some(0)), (0..1000).chain(2000..3000).collect::<Vec<_>>(), "then the board is down");
}

#[test]
fn a_repeated_request_is_answered_again_and_never_counts_for_the_gate() {
    let relay = Trace::default();
    let mut device = Device::new(relay.clone(), Trace::default(), slots(), (), DeviceConfig::default(), 0).unwrap();
    let (ada, bo) = (bytes(&ADA), bytes(&BO));
    let first = ask(&mut device, 1, probe(&ada), 0);
    for _ in 0..10 {
        assert_eq!(ask(&mut device, 1, probe(&ada), 10), first);
    }
    assert_eq!(*relay.0.borrow(), [false]);
    assert_eq!(device.counters().repeated_requests, 10);
    // A host that started anew may use the number for something else.
    assert_eq!(ask(&mut device, 1, probe(&bo), 20), Heard::Identified(Known, "Bo".into(), false));
    ask(&mut device, 2, probe(&bo), 30);
    let opens = ask(&mut device, 3, probe(&bo), 40);
    assert_eq!(opens, Heard::Identified(Known, "Bo".into(), true));
    assert_eq!(ask(&mut device, 3, probe(&bo), 50), opens, "the same answer, not another pulse");
    assert_eq!(*relay.0.borrow(), [false, true]);
    let Heard::Status(counters) = ask(&mut device, 4, Request::Status, 60) else { panic!("no status") };
    assert_eq!((counters.opened, counters.repeated_requests, counters.gallery), (1, 11, 1));
}

/// A line may deliver late what the host has already repeated and left behind.
#[test]
fn a_request_that_comes_late_a_second_time_does_not_count_either() {
    let relay = Trace::default();
    let mut device = Device::new(relay.clone(), Trace::default(), slots(), (), DeviceConfig::default(), 0).unwrap();
    let ada = bytes(&ADA);
    for number in [1, 2, 1, 2, 1] {
        assert_eq!(ask(&mut device, number, probe(&ada), 0), Heard::Identified(Known, "Ada".into(), false));
    }
    assert_eq!((device.counters().repeated_requests, relay.0.borrow().len()), (3, 1));
    assert_eq!(ask(&mut device, 3, probe(&ada), 0), Heard::Identified(Known, "Ada".into(), true));
}

fn send(device: &mut Device<Trace, Trace, Memory, ()>, number: &mut u32, block: &[u8]) -> Heard {
    let mut next = |device: &mut _, request| {
        *number += 1;
        ask(device, *number, request, 0)
    };
    let begin = Request::UpdateBegin { length: block.len() as u32, crc: CRC.checksum(block) };
    assert_eq!(next(device, begin), Heard::Outcome(Outcome::Done));
    for (i, bytes) in block.chunks(20).enumerate() {
        let chunk = Request::UpdateChunk { offset: i as u32 * 20, bytes };
        assert_eq!(next(device, chunk), Heard::Outcome(Outcome::Done));
    }
    next(device, Request::UpdateCommit)
}

#[test]
fn a_gallery_is_updated_over_the_line_and_one_that_cannot_be_read_is_refused() {
    let flash = Slots::open(RamFlash(vec![0xff; 1024])).unwrap();
    let mut device = Device::new(Trace::default(), Trace::default(), flash, (), DeviceConfig::default(), 0).unwrap();
    let ada = bytes(&ADA);
    let mut number = 100;
    assert_eq!(ask(&mut device, 1, probe(&ada), 0), Heard::Outcome(Outcome::NoGallery));
    assert_eq!(send(&mut device, &mut number, &block()), Heard::Outcome(Outcome::Done));
    // Its CRC is the announced one, but a stored length no longer belongs to its code.
    let mut harmed = block();
    harmed[33] ^= 1;
    assert_eq!(send(&mut device, &mut number, &harmed), Heard::Outcome(Outcome::Refused));
    assert_eq!(device.counters().gallery, 1);
    assert_eq!(ask(&mut device, 2, probe(&ada), 0), Heard::Identified(Known, "Ada".into(), false));
    assert_eq!(ask(&mut device, 3, probe(&ada[1..]), 0), Heard::Outcome(Outcome::Width));
    let other = Request::Identify { space: [0; 8], code: &ada };
    assert_eq!(ask(&mut device, 4, other, 0), Heard::Outcome(Outcome::Space));
    let large = Request::UpdateBegin { length: 5000, crc: 0 };
    assert_eq!(ask(&mut device, 5, large, 0), Heard::Outcome(Outcome::TooLarge));
    assert_eq!(ask(&mut device, 6, Request::UpdateCommit, 0), Heard::Outcome(Outcome::OutOfOrder));
    assert_eq!(send(&mut device, &mut number, &block()), Heard::Outcome(Outcome::Done));
    assert_eq!(device.counters().gallery, 2);
}

/// A slot may hold what an older program accepted, or what another wrote: its CRC is right, but it is no gallery.
#[test]
fn a_slot_whose_gallery_cannot_be_read_counts_as_none() {
    let mut slots = Slots::open(RamFlash(vec![0xff; 1024])).unwrap();
    let mut harmed = block();
    harmed[33] ^= 1;
    slots.begin(harmed.len() as u32, CRC.checksum(&harmed)).unwrap();
    slots.chunk(0, &harmed).unwrap();
    slots.commit(|_, _| true).unwrap();
    let mut device = Device::new(Trace::default(), Trace::default(), slots, (), DeviceConfig::default(), 0).unwrap();
    assert_eq!(device.counters().gallery, 0);
    let ada = bytes(&ADA);
    assert_eq!(ask(&mut device, 1, probe(&ada), 0), Heard::Outcome(Outcome::NoGallery));
    assert_eq!(send(&mut device, &mut 100, &block()), Heard::Outcome(Outcome::Done));
    assert_eq!(ask(&mut device, 2, probe(&ada), 0), Heard::Identified(Known, "Ada".into(), false));
    assert_eq!(device.counters().gallery, 2);
}

/// Erasing flash may stop the processor for seconds, in which nothing could end a pulse.
#[test]
fn the_gate_is_closed_before_flash_is_erased() {
    let relay = Trace::default();
    let config = DeviceConfig { gate: GateConfig { agreeing: 1, ..GateConfig::default() }, ..DeviceConfig::default() };
    let mut device = Device::new(relay.clone(), Trace::default(), slots(), (), config, 0).unwrap();
    let ada = bytes(&ADA);
    assert_eq!(ask(&mut device, 1, probe(&ada), 0), Heard::Identified(Known, "Ada".into(), true));
    let large = Request::UpdateBegin { length: 5000, crc: 0 };
    assert_eq!(ask(&mut device, 2, large, 10), Heard::Outcome(Outcome::TooLarge));
    assert_eq!(*relay.0.borrow(), [false, true, false]);
    device.tick(500).unwrap();
    assert_eq!(relay.0.borrow().len(), 3);
}

#[test]
fn the_view_changes_when_something_can_be_seen_and_forgets_when_the_board_is_down() {
    let mut device = Device::new(Trace::default(), Trace::default(), slots(), (), DeviceConfig::default(), 0).unwrap();
    let idle = View { seen: None, open: false, linked: false, gallery: 1 };
    assert_eq!(device.changed(), Some(idle));
    assert_eq!(device.changed(), None);
    ask(&mut device, 1, probe(&bytes(&STRANGER)), 100);
    let view = device.changed().unwrap();
    assert!(view.linked && matches!(view.seen, Some((Unknown, _))));
    device.tick(3099).unwrap();
    assert_eq!(device.changed(), None);
    device.tick(3100).unwrap();
    assert_eq!(device.changed(), Some(idle));
    // And goes on when the board is back, with the old gallery.
    let mixed: Vec<u8> = bytes(&[40, 90, 30, -20, 0, 20, 5, 10]);
    assert!(matches!(ask(&mut device, 2, probe(&mixed), 90_000), Heard::Identified(Unsure | Unknown, ..)));
    assert!(device.changed().unwrap().linked);
}

/// One byte in a hundred is changed or lost.
fn noisy(rng: &mut ChaCha8Rng, bytes: &[u8], harm: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in bytes {
        match if harm { rng.random::<f32>() } else { 1.0 } {
            ..0.005 => {}
            0.005..0.01 => out.push(byte ^ (1 << rng.random_range(0..8))),
            _ => out.push(*byte),
        }
    }
    out
}

/// The host repeats what is not answered, over a line that is noisy both ways: the relay must do exactly what it
/// does on a clean line, and every lost frame is counted.
#[test]
fn noise_on_the_line_changes_no_action_and_all_losses_are_counted() {
    const REQUESTS: u32 = 10_000;
    let mut rng = ChaCha8Rng::seed_from_u64(21);
    let (relay, clean_relay) = (Trace::default(), Trace::default());
    let config = DeviceConfig::default();
    let mut device = Device::new(relay.clone(), Trace::default(), slots(), (), config, 0).unwrap();
    let mut clean = Device::new(clean_relay.clone(), Trace::default(), slots(), (), config, 0).unwrap();
    let mut host = Receiver::<600>::new();
    let mut sent = 0u32;
    // Bytes on the line, both ways; of these, what a line without noise would have carried.
    let (mut bytes_in_all, mut bytes_needed) = (0, 0);
    let mut decisions = [0u32; 3];
    for number in 0..REQUESTS {
        // Visits of 37 probes by turns, with pauses in which an identity goes away.
        let person = [&ADA, &STRANGER, &BO][(number / 37 % 3) as usize];
        let blurred: Vec<i8> = person.iter().map(|c| c.saturating_add(rng.random_range(-40..41))).collect();
        let code = bytes(&blurred);
        let now = number * 200;
        let expected = ask(&mut clean, number, probe(&code), now);
        clean.tick(now).unwrap();
        let answer = loop {
            // The first and the last frame pass whole, so that every gap shows.
            let harm = number != 0 && number != REQUESTS - 1;
            let out = noisy(&mut rng, &framed(&Message::Request(number, probe(&code)), sent as u16), harm);
            sent += 1;
            let mut line = Vec::new();
            device.receive(&out, now, &mut line).unwrap();
            bytes_in_all += out.len() + line.len();
            if let Some((_, answer)) =
                heard(&mut host, &noisy(&mut rng, &line, harm)).into_iter().find(|(n, _)| *n == number)
            {
                bytes_needed += out.len() + line.len();
                break answer;
            }
        };
        device.tick(now).unwrap();
        assert_eq!(answer, expected, "request {number}");
        let Heard::Identified(decision, ..) = answer else { panic!("another answer to a probe") };
        decisions[decision as usize] += 1;
    }
    let counters = device.counters();
    assert_eq!(*relay.0.borrow(), *clean_relay.0.borrow());
    assert!(counters.opened > 100 && counters.opened == clean.counters().opened, "{counters:?}");
    assert_eq!((counters.line.received + counters.line.lost, counters.line.repeated), (sent, 0));
    // Every frame that came through was answered once, in one numbering.
    let answers = u32::from(device.sequence);
    assert_eq!(counters.line.received, answers);
    assert_eq!(counters.repeated_requests, answers - REQUESTS);
    assert!(counters.line.lost > 1000 && counters.line.harmed > 1000 && counters.repeated_requests > 1000);
    assert!(decisions[Known as usize] > 1000 && decisions[Unknown as usize] > 1000, "{decisions:?}");
    // Ten bits a byte.
    let a_second = |bytes: usize| 11_520.0 * f64::from(REQUESTS) / bytes as f64;
    std::println!(
        "{REQUESTS} requests in {sent} frames ({} lost on the way there); a line of 115,200 baud carries {:.0} a second, without \
         noise {:.0}",
        counters.line.lost,
        a_second(bytes_in_all),
        a_second(bytes_needed)
    );
}

#[test]
fn random_bytes_move_nothing() {
    let mut rng = ChaCha8Rng::seed_from_u64(22);
    let relay = Trace::default();
    let mut device = Device::new(relay.clone(), Trace::default(), slots(), (), DeviceConfig::default(), 0).unwrap();
    let mut line = Vec::new();
    let mut bytes = [0u8; 4096];
    for now in 0..100 {
        rng.fill_bytes(&mut bytes);
        device.receive(&bytes, now, &mut line).unwrap();
        device.tick(now).unwrap();
    }
    assert!(line.is_empty());
    assert_eq!(*relay.0.borrow(), [false]);
    assert!(device.counters().line.harmed > 1000);
}
