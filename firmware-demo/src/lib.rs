//! A microcontroller that matches and acts: [`device::Device`] hears embeddings over a serial line, matches them
//! against the gallery in its flash, drives a relay and a status LED, and says what a display shows. Matching and
//! frames are `dnc_core::matching` and `dnc_core::wire`; the images are packages under `boards/`.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod device;
pub mod display;
pub mod gate;
pub mod ram_flash;
pub mod slots;

pub use dnc_core::decision::{Decision, DecisionRule};
pub use dnc_core::{EmbeddingLayout, int8, matching, wire};
