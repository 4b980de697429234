//! RAM that stands for flash: QEMU's machine emulates no flash controller.

use core::slice;
use core::sync::atomic::{AtomicBool, Ordering};

use dnc_firmware_demo::ram_flash::RamFlash;

/// Bytes of the two gallery slots together.
pub const BYTES: usize = 64 * 1024;
/// Bytes of the RAM behind them, for the check image.
pub const SPARE: usize = 512 * 1024;

/// Flash in the manner of small controllers: words are written, 4 KiB are erased.
pub type Flash = RamFlash<&'static mut [u8], 4, 4096>;

/// Behind the RAM that memory.x gives to the program, so that a reset keeps it, as flash would be kept.
const START: usize = 0x2010_0000;

/// The flash, and the RAM behind it; `None` from the second call on.
pub fn take() -> Option<(Flash, &'static mut [u8])> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    // Not `swap`, which not every core has: no interrupt handler calls this.
    if TAKEN.load(Ordering::Relaxed) {
        return None;
    }
    TAKEN.store(true, Ordering::Relaxed);
    // SAFETY: RAM of the machine (4 MiB from 0x2000_0000) that the linker knows nothing of: no other object lies there,
    // any bytes are valid, and `TAKEN` lets nobody have it twice.
    let bytes = unsafe { slice::from_raw_parts_mut(START as *mut u8, BYTES + SPARE) };
    let (flash, spare) = bytes.split_at_mut(BYTES);
    Some((RamFlash(flash), spare))
}
