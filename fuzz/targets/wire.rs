//! Bytes of the serial line.
#![no_main]

use dnc_fuzz::{keep_seeds, wire};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: keep_seeds(&wire::seeds()), |input: &[u8]| {
    wire::check(input);
});
