//! A microcontroller that matches and acts: so far only what its matching will call, to hold `core` to `no_std`.
#![no_std]
#![forbid(unsafe_code)]

pub use dnc_core::decision::{Decision, DecisionRule};
pub use dnc_core::int8;
