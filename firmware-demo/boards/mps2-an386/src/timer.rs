//! A CMSDK timer that runs free, to count by.

use crate::register::Register;

const CONTROL: Register = Register(0x4000_0000);
const VALUE: Register = Register(0x4000_0004);
const RELOAD: Register = Register(0x4000_0008);

/// Timer 0, counting down from the largest number; it comes round after 171 s.
#[derive(Debug)]
pub struct Timer;

impl Timer {
    /// Starts it.
    pub fn start() -> Self {
        RELOAD.set(u32::MAX);
        VALUE.set(u32::MAX);
        CONTROL.set(1);
        Self
    }

    /// Clock cycles that `work` takes, the two readings included.
    pub fn cycles(&self, work: impl FnOnce()) -> u32 {
        let before = VALUE.get();
        work();
        before.wrapping_sub(VALUE.get())
    }
}
