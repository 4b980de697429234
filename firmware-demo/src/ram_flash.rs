//! RAM with the manners of NOR flash: for machines that emulate no flash controller, and for tests.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

use crate::device::MappedFlash;

/// `bytes` as flash: blocks of `BLOCK` bytes are erased to ones, `GRAIN` bytes at a time are read and written, and
/// a write only ever clears bits.
#[derive(Debug, Clone)]
pub struct RamFlash<B, const GRAIN: usize, const BLOCK: usize>(pub B);

/// An access outside the flash or across its grain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RamFlashError(NorFlashErrorKind);

impl NorFlashError for RamFlashError {
    fn kind(&self) -> NorFlashErrorKind {
        self.0
    }
}

impl<B, const GRAIN: usize, const BLOCK: usize> ErrorType for RamFlash<B, GRAIN, BLOCK> {
    type Error = RamFlashError;
}

impl<B: AsRef<[u8]>, const GRAIN: usize, const BLOCK: usize> ReadNorFlash for RamFlash<B, GRAIN, BLOCK> {
    const READ_SIZE: usize = GRAIN;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), RamFlashError> {
        check_read(self, offset, bytes.len()).map_err(RamFlashError)?;
        bytes.copy_from_slice(&self.0.as_ref()[offset as usize..][..bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.as_ref().len()
    }
}

impl<B: AsRef<[u8]> + AsMut<[u8]>, const GRAIN: usize, const BLOCK: usize> NorFlash for RamFlash<B, GRAIN, BLOCK> {
    const WRITE_SIZE: usize = GRAIN;
    const ERASE_SIZE: usize = BLOCK;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), RamFlashError> {
        check_erase(self, from, to).map_err(RamFlashError)?;
        self.0.as_mut()[from as usize..to as usize].fill(0xff);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), RamFlashError> {
        check_write(self, offset, bytes.len()).map_err(RamFlashError)?;
        let place = &mut self.0.as_mut()[offset as usize..][..bytes.len()];
        place.iter_mut().zip(bytes).for_each(|(old, new)| *old &= new);
        Ok(())
    }
}

impl<B: AsRef<[u8]> + AsMut<[u8]>, const GRAIN: usize, const BLOCK: usize> MappedFlash for RamFlash<B, GRAIN, BLOCK> {
    fn mapped(&self) -> &[u8] {
        self.0.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_erased_bits_are_cleared_and_no_access_leaves_the_grain() {
        let mut flash = RamFlash::<_, 4, 8>([0u8; 16]);
        assert_eq!(flash.erase(0, 12), Err(RamFlashError(NorFlashErrorKind::NotAligned)));
        flash.erase(8, 16).unwrap();
        assert_eq!(flash.0[7..9], [0, 0xff]);
        flash.write(8, &[0xf0, 1, 2, 3]).unwrap();
        flash.write(8, &[0x3c, 1, 2, 3]).unwrap();
        assert_eq!(flash.mapped()[8..12], [0x30, 1, 2, 3]);
        assert_eq!(flash.write(9, &[0; 4]), Err(RamFlashError(NorFlashErrorKind::NotAligned)));
        assert_eq!(flash.write(16, &[0; 4]), Err(RamFlashError(NorFlashErrorKind::OutOfBounds)));
        assert_eq!(flash.read(12, &mut [0; 8]), Err(RamFlashError(NorFlashErrorKind::OutOfBounds)));
    }
}
