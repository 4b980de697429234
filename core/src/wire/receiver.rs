//! Frames from a stream of bytes, and the count of what went wrong with them.

use serde::{Deserialize, Serialize};

use super::frame::{Frame, FrameError, decode};

/// What a receiver counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineCounters {
    /// Whole frames.
    pub received: u32,
    /// Frames harmed or cut: what stood between two zeros was no frame.
    pub harmed: u32,
    /// Frames that never arrived whole, by the gaps between sequence numbers. A harmed frame is counted here
    /// too, when the next whole one shows the gap.
    pub lost: u32,
    /// Whole frames with a sequence number that had already been passed.
    pub repeated: u32,
}

/// Cuts a stream of bytes into frames of at most `N` coded bytes.
#[derive(Debug, Clone)]
pub struct Receiver<const N: usize> {
    bytes: [u8; N],
    len: usize,
    overlong: bool,
    last: Option<u16>,
    counters: LineCounters,
}

impl<const N: usize> Receiver<N> {
    /// A receiver that has heard nothing.
    pub const fn new() -> Self {
        let counters = LineCounters { received: 0, harmed: 0, lost: 0, repeated: 0 };
        Self { bytes: [0; N], len: 0, overlong: false, last: None, counters }
    }

    /// What went wrong so far.
    pub fn counters(&self) -> LineCounters {
        self.counters
    }

    /// Takes one byte; answers when it ends a frame. A repeated frame is counted and given all the same: its
    /// request number says whether it was acted on.
    ///
    /// # Errors
    /// Where the bytes since the last zero are no frame.
    pub fn push(&mut self, byte: u8) -> Option<Result<Frame<'_>, FrameError>> {
        if byte != 0 {
            match self.bytes.get_mut(self.len) {
                Some(place) => {
                    *place = byte;
                    self.len += 1;
                }
                None => self.overlong = true,
            }
            return None;
        }
        let (len, overlong) = (core::mem::take(&mut self.len), core::mem::take(&mut self.overlong));
        if len == 0 {
            return None;
        }
        let counters = &mut self.counters;
        let frame = if overlong { Err(FrameError::Long(N)) } else { decode(&mut self.bytes[..len]) };
        match &frame {
            Ok(frame) => {
                counters.received = counters.received.wrapping_add(1);
                // Half of the numbers lie ahead of the last one, half behind.
                match self.last.map_or(1, |last| frame.sequence.wrapping_sub(last)) {
                    ahead @ 1..0x8000 => {
                        counters.lost = counters.lost.wrapping_add(u32::from(ahead) - 1);
                        self.last = Some(frame.sequence);
                    }
                    0 => counters.repeated = counters.repeated.wrapping_add(1),
                    _ => {
                        // Behind: a host that started anew counts on from here.
                        counters.repeated = counters.repeated.wrapping_add(1);
                        self.last = Some(frame.sequence);
                    }
                }
            }
            Err(_) => counters.harmed = counters.harmed.wrapping_add(1),
        }
        Some(frame)
    }
}

impl<const N: usize> Default for Receiver<N> {
    fn default() -> Self {
        Self::new()
    }
}
