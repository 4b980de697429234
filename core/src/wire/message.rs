//! What can be said over the line. Append variants, never reorder them: the payload names them by position.

use postcard::experimental::serialized_size;
use serde::{Deserialize, Serialize};

use super::LineCounters;
use crate::decision::Decision;

/// Bytes of a gallery in one [`Request::UpdateChunk`], at most.
pub const MAX_CHUNK: usize = 256;

/// Values of a probe in [`Request::Identify`], at most: a device hears no longer frame.
pub const MAX_DIM: usize = 512;

/// A message of either direction.
#[derive(Debug, Clone, PartialEq)]
pub enum Message<'a> {
    /// Host to device, frame type 0x01: request number and what is asked for.
    Request(u32, Request<'a>),
    /// Device to host, frame type 0x81: number of the request answered, and the answer.
    Answer(u32, Answer<'a>),
}

/// What the host asks for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Request<'a> {
    /// Counters, please; also a sign of life.
    Status,
    /// Who is this?
    Identify {
        /// Tag of the probe's embedding space.
        space: [u8; 8],
        /// The probe's int8 code, d values in two's complement.
        #[serde(borrow)]
        code: &'a [u8],
    },
    /// A new gallery of `length` bytes with this CRC-32 will follow.
    UpdateBegin {
        /// Bytes of the block.
        length: u32,
        /// CRC-32 (ISO-HDLC) of the block.
        crc: u32,
    },
    /// Bytes of the new gallery; chunks follow one another without a gap.
    UpdateChunk {
        /// Where in the block they belong.
        offset: u32,
        /// At most [`MAX_CHUNK`] bytes.
        #[serde(borrow)]
        bytes: &'a [u8],
    },
    /// The new gallery is whole: use it from now on.
    UpdateCommit,
}

/// What the device answers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Answer<'a> {
    /// To [`Request::Status`].
    Status(Counters),
    /// To [`Request::Identify`].
    Identified {
        /// Known, unsure or unknown.
        decision: Decision,
        /// Number of the nearest identity and its similarity, where the gallery has one.
        best: Option<(u16, f32)>,
        /// The same of the second nearest.
        runner_up: Option<(u16, f32)>,
        /// Name of the nearest identity; empty where there is none.
        #[serde(borrow)]
        name: &'a str,
        /// Whether the relay was pulsed for this request.
        opened: bool,
    },
    /// To the other requests.
    Outcome(Outcome),
}

/// Whether a request was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Outcome {
    /// Done.
    Done,
    /// The probe has another width than the gallery.
    Width,
    /// The probe was made by another model than the gallery.
    Space,
    /// The device has no gallery.
    NoGallery,
    /// The gallery is larger than a flash slot.
    TooLarge,
    /// A chunk or commit without a begin, or not at the byte where the last one ended: begin again.
    OutOfOrder,
    /// The whole gallery has another CRC than was announced, or is no gallery block.
    Refused,
    /// The flash could not be written.
    Flash,
}

/// What the device counts since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Of the line.
    pub line: LineCounters,
    /// Requests repeated by the host: answered again, not acted on again.
    pub repeated_requests: u32,
    /// Pulses of the relay.
    pub opened: u32,
    /// Sequence number of the gallery in use; 0 for none.
    pub gallery: u32,
    /// Most bytes of stack used; 0 where that is not measured.
    pub stack: u32,
}

const REQUEST: u8 = 0x01;
const ANSWER: u8 = 0x81;

impl<'a> Message<'a> {
    /// The frame's type byte.
    pub(super) fn kind(&self) -> u8 {
        match self {
            Message::Request(..) => REQUEST,
            Message::Answer(..) => ANSWER,
        }
    }

    /// Writes the payload; `None` where there is no room.
    pub(super) fn write(&self, payload: &mut [u8]) -> Option<usize> {
        let written = match self {
            Message::Request(number, request) => postcard::to_slice(&(number, request), payload),
            Message::Answer(number, answer) => postcard::to_slice(&(number, answer), payload),
        };
        written.ok().map(|bytes| bytes.len())
    }

    /// Reads a payload; `None` for an unknown type, an unreadable payload, or one longer than the message needs: bytes are
    /// left over, or a number has zeros before it, which postcard reads and nobody writes. A message has one form.
    pub(super) fn read(kind: u8, payload: &'a [u8]) -> Option<Self> {
        let message = match kind {
            REQUEST => postcard::from_bytes(payload).map(|(number, request)| Message::Request(number, request)),
            ANSWER => postcard::from_bytes(payload).map(|(number, answer)| Message::Answer(number, answer)),
            _ => return None,
        };
        message.ok().filter(|message| message.length() == Some(payload.len()))
    }

    /// Bytes that it is written as.
    fn length(&self) -> Option<usize> {
        match self {
            Message::Request(number, request) => serialized_size(&(number, request)).ok(),
            Message::Answer(number, answer) => serialized_size(&(number, answer)).ok(),
        }
    }
}
