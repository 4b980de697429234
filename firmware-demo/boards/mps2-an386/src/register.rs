//! Registers of the machine.

use core::ptr;

/// An aligned word of a peripheral. Only modules of this package name one, each by an address of the machine's map
/// (ARM DAI 0386, "Application Note AN386") whose peripheral has no DMA: reading or writing it touches no memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Register(pub(crate) usize);

impl Register {
    pub(crate) fn get(self) -> u32 {
        // SAFETY: see above.
        unsafe { ptr::read_volatile(self.0 as *const u32) }
    }

    pub(crate) fn set(self, value: u32) {
        // SAFETY: see above.
        unsafe { ptr::write_volatile(self.0 as *mut u32, value) }
    }
}
