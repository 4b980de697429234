use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::decision::Decision;

fn framed(message: &Message<'_>, sequence: u16) -> Vec<u8> {
    let (mut scratch, mut line) = ([0; 512], [0; 600]);
    encode(message, sequence, &mut scratch, &mut line).unwrap().to_vec()
}

fn probe(number: u32, code: &[u8]) -> Vec<u8> {
    framed(&Message::Request(number, Request::Identify { space: [9; 8], code }), number as u16)
}

#[test]
fn every_message_comes_back() {
    let identified = Answer::Identified {
        decision: Decision::Unsure,
        best: Some((3, 0.5)),
        runner_up: None,
        name: "Zoë",
        opened: false,
    };
    let messages = [
        Message::Request(1, Request::Status),
        Message::Request(u32::MAX, Request::Identify { space: [0; 8], code: &[0; 128] }),
        Message::Request(2, Request::UpdateBegin { length: 70_000, crc: 5 }),
        Message::Request(3, Request::UpdateChunk { offset: 256, bytes: &[0xff; MAX_CHUNK] }),
        Message::Request(4, Request::UpdateCommit),
        Message::Answer(5, Answer::Status(Counters { opened: 2, ..Counters::default() })),
        Message::Answer(6, identified),
        Message::Answer(7, Answer::Outcome(Outcome::Flash)),
    ];
    let mut receiver = Receiver::<600>::new();
    for (i, message) in messages.iter().enumerate() {
        let bytes = framed(message, i as u16);
        assert!(bytes[1..bytes.len() - 1].iter().all(|b| *b != 0), "zeros only between frames");
        let mut heard = 0;
        for byte in bytes {
            if let Some(frame) = receiver.push(byte) {
                assert_eq!(frame.unwrap(), Frame { sequence: i as u16, message: message.clone() });
                heard += 1;
            }
        }
        assert_eq!(heard, 1);
    }
    assert_eq!(receiver.counters(), LineCounters { received: 8, ..LineCounters::default() });
}

/// The bytes are those of a CRC and a COBS code written here bit by bit.
#[test]
fn a_frame_is_what_the_documentation_says() {
    let body = [VERSION, 0x01, 0x34, 0x12, 7, 0];
    let mut crc = u32::MAX;
    for byte in body {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    let plain = [&body[..], &(!crc).to_le_bytes()].concat();
    let mut expected = vec![0];
    for run in plain.split(|b| *b == 0) {
        expected.push(run.len() as u8 + 1);
        expected.extend_from_slice(run);
    }
    expected.push(0);
    assert_eq!(framed(&Message::Request(7, Request::Status), 0x1234), expected);
}

/// postcard reads 1 also as 0x81 0x00. Found by the fuzz target `wire`.
#[test]
fn a_message_has_one_form() {
    let said = |payload: &[u8]| {
        let body = [&[VERSION, 0x01, 0, 0], payload].concat();
        let frame = [&body[..], &CRC.checksum(&body).to_le_bytes()].concat();
        let mut line = vec![0; encoded_len(payload.len())];
        let coded = cobs::encode(&frame, &mut line);
        let mut receiver = Receiver::<64>::new();
        let heard = line[..coded].iter().chain([&0]).filter_map(|byte| {
            receiver.push(*byte).map(|frame| frame.map(|frame| frame.message == Message::Request(1, Request::Status)))
        });
        heard.collect::<Vec<_>>()
    };
    assert_eq!(said(&[1, 0]), [Ok(true)]);
    for other in [&[0x81, 0, 0][..], &[1, 0x80, 0], &[0x81, 0x80, 0, 0], &[1, 0, 0], &[1]] {
        assert_eq!(said(other), [Err(FrameError::Payload(1))], "{other:?}");
    }
}

#[test]
fn no_changed_bit_and_no_lost_byte_passes_for_a_frame() {
    let whole = probe(3, &[1, 0, 200, 0, 0, 7]);
    let heard = |bytes: &[u8]| {
        let mut receiver = Receiver::<64>::new();
        bytes.iter().filter(|b| matches!(receiver.push(**b), Some(Ok(_)))).count()
    };
    assert_eq!(heard(&whole), 1);
    for at in 1..whole.len() - 1 {
        assert_eq!(heard(&[&whole[..at], &whole[at + 1..]].concat()), 0, "byte {at} lost");
        for bit in 0..8 {
            let mut harmed = whole.clone();
            harmed[at] ^= 1 << bit;
            assert_eq!(heard(&harmed), 0, "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn on_a_noisy_line_no_frame_is_made_up_and_every_loss_is_counted() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut receiver = Receiver::<64>::new();
    let code = |n: u32| n.wrapping_mul(2_654_435_761).to_le_bytes().repeat(4);
    let mut passed = 0u32;
    const FRAMES: u32 = 10_000;
    for n in 0..FRAMES {
        for byte in probe(n, &code(n)) {
            // The first and the last frame pass whole, so that every gap shows.
            let fate = if n == 0 || n == FRAMES - 1 { 1.0 } else { rng.random::<f32>() };
            let byte = match fate {
                ..0.005 => continue,
                0.005..0.01 => rng.random(),
                _ => byte,
            };
            let Some(Ok(frame)) = receiver.push(byte) else { continue };
            let Message::Request(number, Request::Identify { code: heard, .. }) = frame.message else {
                panic!("another message than was sent")
            };
            assert_eq!((heard, frame.sequence), (&code(number)[..], number as u16));
            passed += 1;
        }
    }
    let counters = receiver.counters();
    assert!(passed > FRAMES / 2 && passed < FRAMES * 9 / 10, "{passed} passed");
    assert_eq!((counters.received, counters.lost, counters.repeated), (passed, FRAMES - passed, 0));
}

#[test]
fn a_frame_sent_twice_is_counted_and_sequence_numbers_wrap() {
    let mut receiver = Receiver::<64>::new();
    for sequence in [65_534, 65_535, 65_535, 0, 3] {
        for byte in framed(&Message::Request(1, Request::Status), sequence) {
            receiver.push(byte);
        }
    }
    assert_eq!(receiver.counters(), LineCounters { received: 5, harmed: 0, lost: 2, repeated: 1 });
}

#[test]
fn random_bytes_and_overlong_frames_are_refused() {
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    let mut receiver = Receiver::<32>::new();
    for _ in 0..200_000 {
        let byte = if rng.random_bool(0.05) { 0 } else { rng.random() };
        if let Some(frame) = receiver.push(byte) {
            assert!(frame.is_err());
        }
    }
    receiver.push(0);
    for _ in 0..33 {
        receiver.push(1);
    }
    assert!(matches!(receiver.push(0), Some(Err(FrameError::Long(32)))));
}

#[test]
fn no_room_is_an_error() {
    let message = Message::Request(1, Request::Identify { space: [0; 8], code: &[1; 20] });
    for room in 0..60 {
        let (mut scratch, mut line) = ([0; 60], [0; 60]);
        let whole = encode(&message, 0, &mut scratch, &mut line).unwrap().len();
        let (mut scratch, mut line) = (vec![0; room], [0; 60]);
        assert_eq!(encode(&message, 0, &mut scratch, &mut line).is_ok(), room >= whole - 3, "scratch of {room}");
        let (mut scratch, mut line) = ([0; 60], vec![0; room]);
        assert_eq!(encode(&message, 0, &mut scratch, &mut line).is_ok(), room >= whole, "line of {room}");
    }
}
