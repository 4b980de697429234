//! The parts of mps2-an386 that the images use.
#![no_std]

pub mod flash;
pub mod led;
mod register;
pub mod timer;
pub mod uart;
pub mod watchdog;

/// The clock of processor, timers, UARTs and watchdog.
pub const HERTZ: u32 = 25_000_000;
