//! Two flash slots that hold galleries by turns, so that a cut at any byte keeps the old one.
//!
//! A slot is a header of 32 bytes and the block. An update erases the slot that is not in use, writes the
//! block there, reads it back, and writes the header last: until its final byte stands, the slot is not whole.
//! Header, little-endian: `DNCS`, sequence, length, CRC-32 of the block, CRC-32 of these 16 bytes; rest 0xff.

use core::ops::Range;

use dnc_core::wire::CRC;
use embedded_storage::nor_flash::NorFlash;

const MAGIC: [u8; 4] = *b"DNCS";
const HEADER: usize = 32;

/// Why a gallery was not kept. The one in use stays in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SlotError<E> {
    /// The flash refused.
    #[error("the flash could not be read or written; send the gallery again")]
    Flash(E),
    /// The block does not fit.
    #[error("a gallery of {length} bytes; a slot holds {room}")]
    TooLarge {
        /// Bytes of the block.
        length: u32,
        /// Bytes of a slot.
        room: u32,
    },
    /// Not begun, or not where the last chunk ended.
    #[error("bytes for {found}, the gallery has been written up to {expected}; begin the update again")]
    OutOfOrder {
        /// Offset asked for.
        found: u32,
        /// Offset expected.
        expected: u32,
    },
    /// Not what was announced.
    #[error("the CRC of the gallery in flash is {found:#010x}, announced was {expected:#010x}; send it again")]
    Crc {
        /// CRC of what stands in the flash.
        found: u32,
        /// CRC announced.
        expected: u32,
    },
    /// What was announced, but the caller does not want it.
    #[error("the {length} bytes in flash are no gallery this device can use; build the block again")]
    Refused {
        /// Bytes of the block.
        length: u32,
    },
}

/// A whole gallery in the flash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Active {
    /// Number of the update that wrote it, from 1.
    pub sequence: u32,
    /// Where its block lies in the flash, in bytes from the start.
    pub block: Range<u32>,
    slot: u32,
}

#[derive(Debug, Clone, Copy)]
struct Update {
    slot: u32,
    sequence: u32,
    length: u32,
    crc: u32,
    received: u32,
    /// Bytes that do not fill a write yet.
    tail: [u8; HEADER],
}

/// The two slots, each half of `flash`.
#[derive(Debug)]
pub struct Slots<F> {
    flash: F,
    active: Option<Active>,
    update: Option<Update>,
}

impl<F: NorFlash> Slots<F> {
    // A header is whole writes and reads, and so is every chunk of that size.
    const FITS: () = assert!(HEADER.is_multiple_of(F::WRITE_SIZE) && HEADER.is_multiple_of(F::READ_SIZE));

    /// Finds the newest whole gallery. Flash that holds none is no error.
    ///
    /// # Errors
    /// Where the flash cannot be read.
    pub fn open(mut flash: F) -> Result<Self, SlotError<F::Error>> {
        let () = Self::FITS;
        let mut active: Option<Active> = None;
        for slot in 0..2 {
            if let Some(found) = whole(&mut flash, slot)?
                // The number of updates is far below where it would wrap.
                && active.as_ref().is_none_or(|a| found.sequence > a.sequence)
            {
                active = Some(found);
            }
        }
        Ok(Self { flash, active, update: None })
    }

    /// The gallery in use.
    pub fn active(&self) -> Option<&Active> {
        self.active.as_ref()
    }

    /// The flash, to map or read the block.
    pub fn flash(&self) -> &F {
        &self.flash
    }

    /// Bytes that the largest gallery can have.
    pub fn room(&self) -> u32 {
        slot_size(&self.flash).saturating_sub(HEADER as u32)
    }

    /// Begins an update with a block of `length` bytes and this CRC-32 (ISO-HDLC); one begun before is given up.
    ///
    /// # Errors
    /// Where the block does not fit or the flash cannot be erased.
    pub fn begin(&mut self, length: u32, crc: u32) -> Result<(), SlotError<F::Error>> {
        self.update = None;
        if length > self.room() {
            return Err(SlotError::TooLarge { length, room: self.room() });
        }
        let slot = self.active.as_ref().map_or(0, |a| 1 - a.slot);
        let sequence = self.active.as_ref().map_or(1, |a| a.sequence.saturating_add(1));
        let size = slot_size(&self.flash);
        self.flash.erase(slot * size, (slot + 1) * size).map_err(SlotError::Flash)?;
        self.update = Some(Update { slot, sequence, length, crc, received: 0, tail: [0xff; HEADER] });
        Ok(())
    }

    /// Writes the next bytes of the block.
    ///
    /// # Errors
    /// Where they are not the next, are too many, or the flash cannot be written; then the update is given up.
    pub fn chunk(&mut self, offset: u32, bytes: &[u8]) -> Result<(), SlotError<F::Error>> {
        let mut update = self.update.take().ok_or(SlotError::OutOfOrder { found: offset, expected: 0 })?;
        let fits = bytes.len() as u64 <= u64::from(update.length - update.received);
        if offset != update.received || !fits {
            return Err(SlotError::OutOfOrder { found: offset, expected: update.received });
        }
        let start = update.slot * slot_size(&self.flash) + HEADER as u32;
        for byte in bytes {
            update.tail[update.received as usize % HEADER] = *byte;
            update.received += 1;
            if (update.received as usize).is_multiple_of(HEADER) {
                let at = start + update.received - HEADER as u32;
                self.flash.write(at, &update.tail).map_err(SlotError::Flash)?;
                update.tail = [0xff; HEADER];
            }
        }
        self.update = Some(update);
        Ok(())
    }

    /// Reads back what was written and, where `accept` agrees, makes it the gallery in use. `accept` is given the
    /// flash and where the block lies in it, before anything points to the block.
    ///
    /// # Errors
    /// Where the block is not whole, the flash holds something else than was announced, or it is not accepted.
    pub fn commit(&mut self, accept: impl FnOnce(&F, Range<u32>) -> bool) -> Result<&Active, SlotError<F::Error>> {
        let update = self.update.take().ok_or(SlotError::OutOfOrder { found: 0, expected: 0 })?;
        if update.received != update.length {
            return Err(SlotError::OutOfOrder { found: update.length, expected: update.received });
        }
        let base = update.slot * slot_size(&self.flash);
        let start = base + HEADER as u32;
        let used = update.received % HEADER as u32;
        if used > 0 {
            let used = (used as usize).next_multiple_of(F::WRITE_SIZE);
            let at = start + update.received / HEADER as u32 * HEADER as u32;
            self.flash.write(at, &update.tail[..used]).map_err(SlotError::Flash)?;
        }
        let found = checksum(&mut self.flash, start, update.length)?;
        if found != update.crc {
            return Err(SlotError::Crc { found, expected: update.crc });
        }
        if !accept(&self.flash, start..start + update.length) {
            return Err(SlotError::Refused { length: update.length });
        }
        let mut header = [0xff; HEADER];
        header[..4].copy_from_slice(&MAGIC);
        header[4..8].copy_from_slice(&update.sequence.to_le_bytes());
        header[8..12].copy_from_slice(&update.length.to_le_bytes());
        header[12..16].copy_from_slice(&update.crc.to_le_bytes());
        let crc = CRC.checksum(&header[..16]);
        header[16..20].copy_from_slice(&crc.to_le_bytes());
        self.flash.write(base, &header).map_err(SlotError::Flash)?;
        let block = start..start + update.length;
        Ok(self.active.insert(Active { sequence: update.sequence, block, slot: update.slot }))
    }
}

fn slot_size<F: NorFlash>(flash: &F) -> u32 {
    let half = flash.capacity() / 2;
    (half - half % F::ERASE_SIZE) as u32
}

fn whole<F: NorFlash>(flash: &mut F, slot: u32) -> Result<Option<Active>, SlotError<F::Error>> {
    let size = slot_size(flash);
    if (size as usize) < HEADER {
        return Ok(None);
    }
    let mut header = [0u8; HEADER];
    flash.read(slot * size, &mut header).map_err(SlotError::Flash)?;
    let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let (sequence, length) = (word(4), word(8));
    if header[..4] != MAGIC || CRC.checksum(&header[..16]) != word(16) || length > size - HEADER as u32 {
        return Ok(None);
    }
    let start = slot * size + HEADER as u32;
    if checksum(flash, start, length)? != word(12) {
        return Ok(None);
    }
    Ok(Some(Active { sequence, block: start..start + length, slot }))
}

fn checksum<F: NorFlash>(flash: &mut F, start: u32, length: u32) -> Result<u32, SlotError<F::Error>> {
    let mut digest = CRC.digest();
    let mut bytes = [0u8; HEADER];
    for at in (0..length).step_by(HEADER) {
        // Whole reads: a slot's size is whole headers wherever an erase block is.
        let wanted = (length - at).min(HEADER as u32) as usize;
        let read = wanted.next_multiple_of(F::READ_SIZE);
        flash.read(start + at, &mut bytes[..read]).map_err(SlotError::Flash)?;
        digest.update(&bytes[..wanted]);
    }
    Ok(digest.finalize())
}

#[cfg(test)]
mod tests;
