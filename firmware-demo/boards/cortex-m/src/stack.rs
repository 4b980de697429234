//! How much of the stack was ever used.

use core::ptr;

unsafe extern "C" {
    /// Lowest address of the stack's room, of the linker script.
    static _stack_end: u32;
    /// Just above its highest address.
    static _stack_start: u32;
}

/// Most bytes of stack used since the start: from the lowest word that no longer has the paint of cortex-m-rt's
/// `paint-stack`. A frame that skipped its lowest words is counted too small by these.
pub fn used() -> u32 {
    let (low, high) = (&raw const _stack_end as usize, &raw const _stack_start as usize);
    let painted = |at: &usize| {
        // SAFETY: an aligned word between two symbols of the linker script, which bound RAM that only the stack uses;
        // it is only read, and by a volatile read, since what lies below the stack pointer is nobody's object.
        unsafe { ptr::read_volatile(*at as *const u32) == cortex_m_rt::STACK_PAINT_VALUE }
    };
    let lowest = (low..high).step_by(4).find(|at| !painted(at)).unwrap_or(high);
    (high - lowest) as u32
}
