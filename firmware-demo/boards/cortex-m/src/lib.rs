//! What every Cortex-M board of the gate controller has.
#![no_std]

pub mod clock;
pub mod stack;
