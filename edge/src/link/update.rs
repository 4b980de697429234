//! Sending a gallery.

use dnc_core::wire::{CRC, MAX_CHUNK, Outcome, Request};

use super::{Link, LinkError};

/// How often an update is begun where the controller forgets it, as one that starts anew does.
const TRIES: u32 = 3;

/// A gallery that the controller has and uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Bytes of its block.
    pub bytes: usize,
    /// How often the update was begun.
    pub tries: u32,
}

impl Link {
    /// Sends a gallery block; the controller uses its old gallery until the new one stands whole in its flash.
    /// `progress` is told how many bytes are across.
    ///
    /// # Errors
    /// Where the controller does not answer, cannot keep the block, or loses it half-way again and again.
    pub fn send_gallery(&mut self, block: &[u8], mut progress: impl FnMut(usize)) -> Result<Sent, LinkError> {
        for tries in 1..=TRIES {
            if self.try_to_send(block, &mut progress)? {
                return Ok(Sent { bytes: block.len(), tries });
            }
        }
        Err(LinkError::Forgotten { address: self.address().to_string(), tries: TRIES })
    }

    /// Whether the block went through; `false` where the controller forgot what came before.
    fn try_to_send(&mut self, block: &[u8], progress: &mut impl FnMut(usize)) -> Result<bool, LinkError> {
        let length = u32::try_from(block.len())
            .map_err(|_| self.refused(&Request::UpdateBegin { length: u32::MAX, crc: 0 }, Outcome::TooLarge))?;
        if !self.step(&Request::UpdateBegin { length, crc: CRC.checksum(block) })? {
            return Ok(false);
        }
        let mut offset = 0;
        for bytes in block.chunks(MAX_CHUNK) {
            if !self.step(&Request::UpdateChunk { offset, bytes })? {
                return Ok(false);
            }
            offset += bytes.len() as u32;
            progress(offset as usize);
        }
        self.step(&Request::UpdateCommit)
    }

    fn step(&mut self, request: &Request<'_>) -> Result<bool, LinkError> {
        match self.order(request)? {
            Outcome::Done => Ok(true),
            Outcome::OutOfOrder => Ok(false),
            outcome => Err(self.refused(request, outcome)),
        }
    }
}
