//! The gate controller on QEMU's mps2-an386: UART 0 is the line to the board, UART 1 gives every new picture of
//! the display as PBM (P4).
#![no_std]
#![no_main]

use cortex_m::peripheral::{Peripherals, SCB};
use cortex_m_rt::entry;
use dnc_firmware_demo::device::{Device, DeviceConfig, DeviceError, Health};
use dnc_firmware_demo::display::{Framebuffer, draw};
use dnc_firmware_demo::slots::Slots;
use embedded_io::Write;
use gate_cortex_m::{clock, stack};
use gate_mps2_an386::led::Led;
use gate_mps2_an386::uart::Uart;
use gate_mps2_an386::watchdog::Watchdog;
use gate_mps2_an386::{HERTZ, flash};

/// How long the loop may stand still.
const WATCHDOG_MS: u32 = 2000;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // A reset closes the gate and begins anew; staying here would keep a relay held.
    SCB::sys_reset()
}

struct Image(Watchdog);

impl Health for Image {
    fn feed(&mut self) {
        self.0.feed();
    }

    fn stack(&self) -> u32 {
        stack::used()
    }
}

fn run() -> Result<(), DeviceError> {
    let (mut line, mut pictures) = (Uart::line(), Uart::pictures());
    let Some(Ok(slots)) = flash::take().map(|(flash, _)| Slots::open(flash)) else { return Ok(()) };
    let health = Image(Watchdog::start(WATCHDOG_MS));
    let mut device = Device::new(Led(1), Led(0), slots, health, DeviceConfig::default(), clock::now())?;
    let mut picture = Framebuffer::new();
    loop {
        while let Some(byte) = line.arrived() {
            device.receive(&[byte], clock::now(), &mut line)?;
        }
        device.tick(clock::now())?;
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
    if let Some(core) = Peripherals::take() {
        clock::start(core.SYST, HERTZ);
    }
    // A device that cannot act starts anew.
    let _ = run();
    SCB::sys_reset()
}
