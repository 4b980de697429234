//! The two user LEDs of the FPGA.

use core::convert::Infallible;

use embedded_hal::digital::{ErrorType, OutputPin};

use crate::register::Register;

const LEDS: Register = Register(0x4002_8000);

/// An LED: 0 is the status LED, 1 stands for the relay.
#[derive(Debug)]
pub struct Led(pub u32);

impl Led {
    /// Whether it is lit.
    pub fn is_lit(&self) -> bool {
        LEDS.get() & 1 << self.0 != 0
    }
}

impl ErrorType for Led {
    type Error = Infallible;
}

// Read, changed and written: only the main loop does so, nothing comes between.
impl OutputPin for Led {
    fn set_low(&mut self) -> Result<(), Infallible> {
        LEDS.set(LEDS.get() & !(1 << self.0));
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        LEDS.set(LEDS.get() | 1 << self.0);
        Ok(())
    }
}
