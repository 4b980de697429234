//! The gate controller on QEMU's mps2-an386: UART 0 is the line to the board, UART 1 gives every new picture of
//! the display as PBM (P4).
#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m::peripheral::Peripherals;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::{entry, exception};
use dnc_firmware_demo::device::{Device, DeviceConfig, DeviceError};
use dnc_firmware_demo::display::{Framebuffer, draw};
use dnc_firmware_demo::slots::Slots;
use embedded_io::Write;

use board::{FLASH, Led, RamFlash, Uart};

mod board;

static MILLISECONDS: AtomicU32 = AtomicU32::new(0);

#[exception]
fn SysTick() {
    // Not `fetch_add`, which not every core has: nothing else writes it.
    MILLISECONDS.store(MILLISECONDS.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // A reset closes the gate and begins anew; staying here would keep a relay held.
    cortex_m::peripheral::SCB::sys_reset()
}

fn now() -> u32 {
    MILLISECONDS.load(Ordering::Relaxed)
}

fn run(flash: &'static mut [u8; FLASH]) -> Result<(), DeviceError> {
    let (mut line, mut pictures) = (Uart::line(), Uart::pictures());
    let Ok(slots) = Slots::open(RamFlash(flash)) else { return Ok(()) };
    let mut device = Device::new(Led(1), Led(0), slots, (), DeviceConfig::default(), now())?;
    let mut picture = Framebuffer::new();
    loop {
        while let Some(byte) = line.arrived() {
            device.receive(&[byte], now(), &mut line)?;
        }
        device.tick(now())?;
        if let Some(view) = device.changed() {
            // Both targets are memory: neither can fail.
            let Ok(()) = draw(&view, &mut picture);
            let Ok(()) = pictures.write_all(b"P4\n128 64\n");
            let Ok(()) = pictures.write_all(picture.bytes());
        }
    }
}

#[entry]
fn main() -> ! {
    // `entry` hands out a static of its function once, without `unsafe`. Zeros, not 0xff: those would lie in the
    // image. A slot is erased before it is written.
    static mut GALLERIES: [u8; FLASH] = [0; FLASH];
    if let Some(mut core) = Peripherals::take() {
        core.SYST.set_clock_source(SystClkSource::Core);
        core.SYST.set_reload(25_000 - 1);
        core.SYST.clear_current();
        core.SYST.enable_counter();
        core.SYST.enable_interrupt();
    }
    // A device that cannot act starts anew.
    let _ = run(GALLERIES);
    cortex_m::peripheral::SCB::sys_reset()
}
