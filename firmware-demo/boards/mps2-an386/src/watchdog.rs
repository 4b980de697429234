//! The CMSDK watchdog: the first time it runs out it asks for an interrupt, the second time it resets the machine.

use crate::HERTZ;
use crate::register::Register;

const LOAD: Register = Register(0x4000_8000);
const CONTROL: Register = Register(0x4000_8008);
const CLEAR: Register = Register(0x4000_800c);
const LOCK: Register = Register(0x4000_8c00);
const KEY: u32 = 0x1acc_e551;

/// A running watchdog.
#[derive(Debug)]
pub struct Watchdog(());

impl Watchdog {
    /// Starts it: unfed for `milliseconds` (at most 300,000), the machine starts anew. Its interrupt is a
    /// non-maskable one that is left to cortex-m-rt's default, which waits for the reset.
    pub fn start(milliseconds: u32) -> Self {
        LOCK.set(KEY);
        // Half for each of the two times.
        LOAD.set(HERTZ / 2000 * milliseconds);
        CONTROL.set(0b11); // counts and interrupts; resets
        LOCK.set(0);
        Self(())
    }

    /// Starts its time anew.
    pub fn feed(&mut self) {
        LOCK.set(KEY);
        CLEAR.set(1); // any write begins anew from LOAD
        LOCK.set(0);
    }
}
