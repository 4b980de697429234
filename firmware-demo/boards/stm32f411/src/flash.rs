//! The last two sectors of the flash, one for each gallery slot.

use dnc_firmware_demo::device::MappedFlash;
use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};
use stm32f4xx_hal::flash::{Error, FlashExt};
use stm32f4xx_hal::pac::FLASH;

/// Where sector 6 begins, from the start of the flash; memory.x keeps the program below it.
const START: usize = 256 * 1024;
/// Bytes of a sector.
const SECTOR: usize = 128 * 1024;
const END: usize = START + 2 * SECTOR;

/// Sectors 6 and 7.
pub struct Sectors {
    flash: FLASH,
}

/// An access outside the two sectors or across their grain, or a fault of the controller.
#[derive(Debug, Clone, Copy)]
pub enum SectorError {
    /// Refused before it was tried.
    Refused(NorFlashErrorKind),
    /// What the controller says.
    Controller(#[expect(dead_code, reason = "read by a debugger")] Error),
}

impl NorFlashError for SectorError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Refused(kind) => *kind,
            Self::Controller(_) => NorFlashErrorKind::Other,
        }
    }
}

impl Sectors {
    /// The sectors of a chip that has them; `None` on one with less flash.
    pub fn new(flash: FLASH) -> Option<Self> {
        (flash.len() >= END).then_some(Self { flash })
    }

    /// The data cache does not see what was erased or written: RM0383, 3.4.
    fn forget_cached(&self) {
        let control = self.flash.acr();
        control.modify(|_, w| w.dcen().clear_bit());
        control.modify(|_, w| w.dcrst().set_bit());
        control.modify(|_, w| w.dcrst().clear_bit());
        control.modify(|_, w| w.dcen().set_bit());
    }
}

impl ErrorType for Sectors {
    type Error = SectorError;
}

impl ReadNorFlash for Sectors {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), SectorError> {
        check_read(self, offset, bytes.len()).map_err(SectorError::Refused)?;
        bytes.copy_from_slice(&self.mapped()[offset as usize..][..bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        2 * SECTOR
    }
}

impl NorFlash for Sectors {
    const WRITE_SIZE: usize = 1;
    const ERASE_SIZE: usize = SECTOR;

    /// Stops the processor for up to 4 s a sector: it runs from the same flash.
    fn erase(&mut self, from: u32, to: u32) -> Result<(), SectorError> {
        check_erase(self, from, to).map_err(SectorError::Refused)?;
        let (from, to) = (START as u32 + from, START as u32 + to);
        let erased = NorFlash::erase(&mut self.flash.unlocked(), from, to);
        self.forget_cached();
        erased.map_err(SectorError::Controller)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), SectorError> {
        check_write(self, offset, bytes.len()).map_err(SectorError::Refused)?;
        let written = NorFlash::write(&mut self.flash.unlocked(), START as u32 + offset, bytes);
        self.forget_cached();
        written.map_err(SectorError::Controller)
    }
}

impl MappedFlash for Sectors {
    fn mapped(&self) -> &[u8] {
        // As long as `new` saw.
        &FlashExt::read(&self.flash)[START..END]
    }
}
