//! One frame: its bytes and what can be wrong with them.

use crc::{CRC_32_ISO_HDLC, Crc};

use super::Message;

/// Version of the frames; a receiver refuses any other.
pub const VERSION: u8 = 1;

/// The CRC-32 (ISO-HDLC, as in zip) of frames, and of galleries that are sent or kept.
pub static CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
const HEAD: usize = 4;
const TAIL: usize = 4;

/// A received frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame<'a> {
    /// Number of the transmission, counting on past 65535 from 0.
    pub sequence: u16,
    /// What was sent.
    pub message: Message<'a>,
}

/// Bytes that are no frame, or a message that fits none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The COBS code points outside the frame.
    #[error("the bytes between two zeros are no COBS code; a byte was lost or changed")]
    Cobs,
    /// Fewer bytes than every frame has.
    #[error("a frame of {0} bytes; the shortest has {min}", min = HEAD + TAIL)]
    Short(usize),
    /// More bytes than the receiver has room for.
    #[error("a frame longer than the receiver's {0} bytes")]
    Long(usize),
    /// The CRC does not agree.
    #[error("the CRC of a frame does not agree; a byte was lost or changed")]
    Crc,
    /// Another version of the wire.
    #[error("a frame of version {0}, this program speaks version {VERSION}; update the older side")]
    Version(u8),
    /// A type or payload this version does not know.
    #[error("a whole frame of type {0} whose payload cannot be read; update the older side")]
    Payload(u8),
    /// No room to write the frame.
    #[error("no room for a frame in {0} bytes; give a larger buffer")]
    Room(usize),
}

/// Most bytes that a frame with `payload` bytes takes on the line.
pub const fn encoded_len(payload: usize) -> usize {
    cobs::max_encoding_length(HEAD + payload + TAIL) + 2
}

/// Writes the frame of `message` to `line`, zeros included, and returns its bytes. `scratch` holds the frame
/// before COBS.
///
/// # Errors
/// Where either buffer is too small.
pub fn encode<'b>(
    message: &Message<'_>,
    sequence: u16,
    scratch: &mut [u8],
    line: &'b mut [u8],
) -> Result<&'b [u8], FrameError> {
    let room = FrameError::Room(scratch.len());
    let (head, rest) = scratch.split_first_chunk_mut::<HEAD>().ok_or(room)?;
    head[0] = VERSION;
    head[1] = message.kind();
    head[2..].copy_from_slice(&sequence.to_le_bytes());
    let payload = message.write(rest).ok_or(room)?;
    let crc = CRC.checksum(&scratch[..HEAD + payload]);
    let frame = scratch.get_mut(..HEAD + payload + TAIL).ok_or(room)?;
    frame[HEAD + payload..].copy_from_slice(&crc.to_le_bytes());
    if line.len() < encoded_len(payload) {
        return Err(FrameError::Room(line.len()));
    }
    line[0] = 0;
    let coded = cobs::encode(frame, &mut line[1..]);
    line[1 + coded] = 0;
    Ok(&line[..coded + 2])
}

/// Reads the bytes between two zeros, in place.
pub(super) fn decode(coded: &mut [u8]) -> Result<Frame<'_>, FrameError> {
    let len = cobs::decode_in_place(coded).map_err(|_| FrameError::Cobs)?;
    let (body, crc) = coded[..len].split_last_chunk::<TAIL>().ok_or(FrameError::Short(len))?;
    let (head, payload) = body.split_first_chunk::<HEAD>().ok_or(FrameError::Short(len))?;
    if CRC.checksum(body) != u32::from_le_bytes(*crc) {
        return Err(FrameError::Crc);
    }
    // After the CRC: a version is only believed when the frame is whole.
    let [version, kind, low, high] = *head;
    if version != VERSION {
        return Err(FrameError::Version(version));
    }
    let message = Message::read(kind, payload).ok_or(FrameError::Payload(kind))?;
    Ok(Frame { sequence: u16::from_le_bytes([low, high]), message })
}
