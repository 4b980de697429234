//! A microcontroller that matches and acts: so far the galleries in its flash and its gate. Matching and frames are
//! `dnc_core::matching` and `dnc_core::wire`.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod gate;
pub mod slots;

pub use dnc_core::decision::{Decision, DecisionRule};
pub use dnc_core::{int8, matching, wire};
