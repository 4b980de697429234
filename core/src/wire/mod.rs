//! Frames of the serial line between a host and a microcontroller.
//!
//! A frame is COBS( version `u8` · type `u8` · sequence `u16` · payload · CRC-32 `u32` ) between zero bytes; numbers are
//! little-endian, the payload is postcard's, the CRC (ISO-HDLC, as in zip) covers all before it. The zero
//! before a frame ends what a cut frame left behind, so a loss costs no more than the frame it fell on.
//!
//! The sequence counts transmissions: gaps are losses. A request number in the payload names what is asked
//! for: whoever repeats a request keeps its number, and the device answers it again without acting again.

mod frame;
mod message;
mod receiver;
#[cfg(all(test, feature = "std"))]
mod tests;

pub use frame::{CRC, Frame, FrameError, VERSION, encode, encoded_len};
pub use message::{Answer, Counters, MAX_CHUNK, MAX_DIM, Message, Outcome, Request};
pub use receiver::{LineCounters, Receiver};
