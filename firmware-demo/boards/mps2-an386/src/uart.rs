//! CMSDK APB UARTs.

use core::convert::Infallible;

use embedded_io::{ErrorType, Write};

use crate::HERTZ;
use crate::register::Register;

const BAUD: u32 = 115_200;
const TX_FULL: u32 = 1;
const RX_FULL: u32 = 2;

/// A UART without interrupts.
#[derive(Debug)]
pub struct Uart {
    data: Register,
    state: Register,
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
        Register(base + 0x10).set(HERTZ / BAUD);
        Register(base + 0x8).set(0b11); // both directions
        Self { data: Register(base), state: Register(base + 0x4) }
    }

    /// The byte that has arrived, if one has. Never waits.
    pub fn arrived(&mut self) -> Option<u8> {
        (self.state.get() & RX_FULL != 0).then(|| self.data.get() as u8)
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            while self.state.get() & TX_FULL != 0 {}
            self.data.set(u32::from(*byte));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
