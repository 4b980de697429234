//! Bytes of the serial line.
//!
//! Input: one byte, then the line's bytes as they are (even), or a frame before its CRC and COBS (odd).

use dnc_core::decision::Decision;
use dnc_core::wire::{Answer, CRC, Counters, Message, Outcome, Receiver, Request, encode, encoded_len};

/// Bytes of a frame that the receiver has room for.
const ROOM: usize = encoded_len(1024);

/// Every whole frame is written again as the very bytes that were received, and everything between two zeros is counted.
///
/// # Panics
/// Where that does not hold.
pub fn check(input: &[u8]) -> bool {
    let Some((how, bytes)) = input.split_first() else { return false };
    let line = if how & 1 == 1 { sealed(bytes) } else { bytes.to_vec() };
    let mut receiver = Receiver::<ROOM>::new();
    let mut piece = Vec::new();
    let (mut whole, mut harmed) = (0, 0);
    for byte in line {
        let frame = receiver.push(byte);
        if byte != 0 {
            assert!(frame.is_none(), "a frame ends with a zero");
            piece.push(byte);
            continue;
        }
        match frame {
            Some(Ok(frame)) => {
                whole += 1;
                let (mut scratch, mut line) = ([0; ROOM], [0; ROOM]);
                let again = encode(&frame.message, frame.sequence, &mut scratch, &mut line);
                let again = again.expect("what came in a frame fits into one");
                assert_eq!(opened(&again[1..again.len() - 1]), opened(&piece), "{:?}", frame.message);
            }
            Some(Err(error)) => {
                harmed += 1;
                super::check_words(&error.to_string(), "", &piece);
            }
            None => assert!(piece.is_empty(), "{} bytes are not answered for", piece.len()),
        }
        piece.clear();
    }
    let counters = receiver.counters();
    assert_eq!((counters.received, counters.harmed), (whole, harmed));
    assert!(counters.repeated <= whole, "{counters:?}");
    whole > 0
}

/// The frame before COBS.
fn opened(coded: &[u8]) -> Vec<u8> {
    let mut bytes = coded.to_vec();
    let length = cobs::decode_in_place(&mut bytes).expect("the receiver has decoded it");
    bytes.truncate(length);
    bytes
}

/// The line of a frame whose CRC is right whatever it says.
fn sealed(body: &[u8]) -> Vec<u8> {
    let body = [body, &CRC.checksum(body).to_le_bytes()].concat();
    let mut line = vec![0; encoded_len(body.len())];
    let coded = cobs::encode(&body, &mut line[1..]);
    line.truncate(coded + 2);
    line[coded + 1] = 0;
    line
}

/// Every message, as it stands on the line and before CRC and COBS, and several in a row.
///
/// # Panics
/// Where one cannot be encoded.
pub fn seeds() -> Vec<Vec<u8>> {
    let counters = Counters { repeated_requests: 1, opened: 300, gallery: 70_000, stack: 9000, ..Counters::default() };
    let identified = Answer::Identified {
        decision: Decision::Known,
        best: Some((3, 0.9)),
        runner_up: None,
        name: "van-17",
        opened: true,
    };
    let messages = [
        Message::Request(1, Request::Status),
        Message::Request(2, Request::Identify { space: *b"12345678", code: &[7; 40] }),
        Message::Request(3, Request::UpdateBegin { length: 4096, crc: 0xDEAD_BEEF }),
        Message::Request(4, Request::UpdateChunk { offset: 256, bytes: &[0; 256] }),
        Message::Request(5, Request::UpdateCommit),
        Message::Answer(1, Answer::Status(counters)),
        Message::Answer(2, identified),
        Message::Answer(u32::MAX, Answer::Outcome(Outcome::Refused)),
    ];
    let mut all = vec![vec![0]];
    let mut seeds = Vec::new();
    for (sequence, message) in messages.iter().enumerate() {
        let (mut scratch, mut line) = ([0; ROOM], [0; ROOM]);
        let line = encode(message, sequence as u16, &mut scratch, &mut line).expect("a message fits into a frame");
        let body = opened(&line[1..line.len() - 1]);
        seeds.push([&[1], &body[..body.len() - 4]].concat());
        all.push(line.to_vec());
    }
    seeds.push(all.concat());
    seeds
}
