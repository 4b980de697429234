//! Milliseconds since the start, by the processor's own timer.

use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;

static MILLISECONDS: AtomicU32 = AtomicU32::new(0);

#[exception]
fn SysTick() {
    // Not `fetch_add`, which not every core has: nothing else writes it.
    MILLISECONDS.store(MILLISECONDS.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// Starts the clock of a processor that runs at `hertz`, at least 2,000.
pub fn start(mut timer: SYST, hertz: u32) {
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(hertz / 1000 - 1);
    timer.clear_current();
    timer.enable_counter();
    timer.enable_interrupt();
}

/// Milliseconds since the start; wraps after 49 days.
pub fn now() -> u32 {
    MILLISECONDS.load(Ordering::Relaxed)
}
