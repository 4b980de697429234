//! The parts of mps2-an386 that the image uses: two serial ports, the FPGA's LEDs, and RAM that stands for flash.

use core::convert::Infallible;
use core::ptr;

use dnc_firmware_demo::device::MappedFlash;
use embedded_hal::digital::{ErrorType as PinErrorType, OutputPin};
use embedded_io::{ErrorType as LineErrorType, Write};
use embedded_storage::nor_flash::{
    ErrorType as FlashErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read,
    check_write,
};

/// Bytes of the two gallery slots together.
pub const FLASH: usize = 64 * 1024;

const DATA: usize = 0x0;
const STATE: usize = 0x4;
const CONTROL: usize = 0x8;
const BAUD_DIVIDER: usize = 0x10;
const TX_FULL: u32 = 1;
const RX_FULL: u32 = 2;

/// A CMSDK APB UART.
#[derive(Debug)]
pub struct Uart {
    base: usize,
}

impl Uart {
    /// UART 0: the line to the board.
    pub fn line() -> Self {
        Self::open(0x4000_4000)
    }

    /// UART 1: pictures of the display.
    pub fn pictures() -> Self {
        Self::open(0x4000_5000)
    }

    fn open(base: usize) -> Self {
        let uart = Self { base };
        // 25 MHz / 217 = 115,207 baud.
        uart.set(BAUD_DIVIDER, 217);
        uart.set(CONTROL, 0b11);
        uart
    }

    fn get(&self, register: usize) -> u32 {
        // SAFETY: `base` is one of the two UARTs above, whose registers are aligned words; reading one has no
        // effect on memory.
        unsafe { ptr::read_volatile((self.base + register) as *const u32) }
    }

    fn set(&self, register: usize, value: u32) {
        // SAFETY: as in `get`; a UART without interrupts and DMA touches no memory of ours.
        unsafe { ptr::write_volatile((self.base + register) as *mut u32, value) }
    }

    /// The byte that has arrived, if one has. Never waits.
    pub fn arrived(&mut self) -> Option<u8> {
        (self.get(STATE) & RX_FULL != 0).then(|| self.get(DATA) as u8)
    }
}

impl LineErrorType for Uart {
    type Error = Infallible;
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            while self.get(STATE) & TX_FULL != 0 {}
            self.set(DATA, u32::from(*byte));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// One of the two user LEDs: 0 is the status LED, 1 stands for the relay.
#[derive(Debug)]
pub struct Led(pub u32);

impl Led {
    fn change(&self, on: bool) {
        const LEDS: *mut u32 = 0x4002_8000 as *mut u32;
        let bit = 1 << self.0;
        // SAFETY: LED0 of the FPGA's I/O block, an aligned word; only the main loop touches it, so nothing comes
        // between the reading and the writing.
        unsafe {
            let state = ptr::read_volatile(LEDS);
            ptr::write_volatile(LEDS, if on { state | bit } else { state & !bit });
        }
    }
}

impl PinErrorType for Led {
    type Error = Infallible;
}

impl OutputPin for Led {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.change(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.change(true);
        Ok(())
    }
}

/// RAM with the manners of NOR flash: whole blocks are erased, bits are only ever cleared. QEMU's machine has no
/// flash controller, so a gallery lasts as long as the run.
#[derive(Debug)]
pub struct RamFlash(pub &'static mut [u8; FLASH]);

/// An access outside the flash or across its grain.
#[derive(Debug, Clone, Copy)]
pub struct RamFlashError(NorFlashErrorKind);

impl NorFlashError for RamFlashError {
    fn kind(&self) -> NorFlashErrorKind {
        self.0
    }
}

impl FlashErrorType for RamFlash {
    type Error = RamFlashError;
}

impl ReadNorFlash for RamFlash {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), RamFlashError> {
        check_read(self, offset, bytes.len()).map_err(RamFlashError)?;
        bytes.copy_from_slice(&self.0[offset as usize..][..bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        FLASH
    }
}

impl NorFlash for RamFlash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), RamFlashError> {
        check_erase(self, from, to).map_err(RamFlashError)?;
        self.0[from as usize..to as usize].fill(0xff);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), RamFlashError> {
        check_write(self, offset, bytes.len()).map_err(RamFlashError)?;
        self.0[offset as usize..][..bytes.len()].iter_mut().zip(bytes).for_each(|(old, new)| *old &= new);
        Ok(())
    }
}

impl MappedFlash for RamFlash {
    fn mapped(&self) -> &[u8] {
        &self.0[..]
    }
}
