//! The gate controller on an STM32F411CE board with a 25 MHz crystal, as the "black pill". It compiles in CI and has
//! never run on hardware.
//!
//! | pin | leads to |
//! |---|---|
//! | PA9, PA10 | RX and TX of the board's serial port (3.3 V), crossed |
//! | PB12 | relay driver; high opens |
//! | PB13 | status LED; high is lit |
//! | PB6, PB7 | SCL and SDA of an SSD1306 display, with pull-ups |
#![no_std]
#![no_main]

use cortex_m::peripheral::SCB;
use cortex_m_rt::entry;
use dnc_firmware_demo::device::{Device, DeviceConfig, Health};
use dnc_firmware_demo::display::draw;
use dnc_firmware_demo::slots::Slots;
use gate_cortex_m::{clock, stack};
use ssd1306::mode::DisplayConfig;
use ssd1306::prelude::DisplayRotation;
use ssd1306::size::DisplaySize128x64;
use ssd1306::{I2CDisplayInterface, Ssd1306};
use stm32f4xx_hal::pac;
use stm32f4xx_hal::prelude::*;
use stm32f4xx_hal::rcc::Config;
use stm32f4xx_hal::watchdog::IndependentWatchdog;

use flash::Sectors;
use line::{Arrived, Line};

mod flash;
mod line;

/// How long the loop may stand still: longer than the 4 s that a sector takes to be erased.
const WATCHDOG_MS: u32 = 6000;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // A reset closes the gate and begins anew; staying here would keep a relay held.
    SCB::sys_reset()
}

struct Image(IndependentWatchdog);

impl Health for Image {
    fn feed(&mut self) {
        self.0.feed();
    }

    fn stack(&self) -> u32 {
        stack::used()
    }
}

/// Runs until something fails that only a new start may mend.
fn run(arrived: &'static mut Arrived) -> Option<()> {
    let (core, chip) = (cortex_m::Peripherals::take()?, pac::Peripherals::take()?);
    let mut rcc = chip.RCC.freeze(Config::hse(25.MHz()).sysclk(84.MHz()));
    clock::start(core.SYST, rcc.clocks.sysclk().raw());
    let (a, b) = (chip.GPIOA.split(&mut rcc), chip.GPIOB.split(&mut rcc));
    // First of all: low, and driven.
    let relay = b.pb12.into_push_pull_output();
    let led = b.pb13.into_push_pull_output();
    let serial = chip.USART1.serial::<u8>((a.pa9, a.pa10), 115_200.bps(), &mut rcc).ok()?;
    let (tx, rx) = serial.split();
    let (mut line, mut arrived) = (Line(tx), line::listen(rx, arrived));
    let i2c = chip.I2C1.i2c((b.pb6, b.pb7), 400.kHz(), &mut rcc);
    let interface = I2CDisplayInterface::new(i2c);
    let mut display =
        Ssd1306::new(interface, DisplaySize128x64, DisplayRotation::Rotate0).into_buffered_graphics_mode();
    // The gate works without its display.
    let mut shows = display.init().is_ok();

    let slots = Slots::open(Sectors::new(chip.FLASH)?).ok()?;
    let mut watchdog = IndependentWatchdog::new(chip.IWDG);
    watchdog.start(WATCHDOG_MS.millis());
    let mut device = Device::new(relay, led, slots, Image(watchdog), DeviceConfig::default(), clock::now()).ok()?;
    loop {
        while let Some(byte) = arrived.dequeue() {
            device.receive(&[byte], clock::now(), &mut line).ok()?;
        }
        device.tick(clock::now()).ok()?;
        if let Some(view) = device.changed()
            && shows
        {
            shows = draw(&view, &mut display).is_ok() && display.flush().is_ok();
        }
    }
}

#[entry]
fn main() -> ! {
    // `entry` hands out a static of its function once, without `unsafe`.
    static mut ARRIVED: Arrived = Arrived::new();
    let _ = run(ARRIVED);
    SCB::sys_reset()
}
