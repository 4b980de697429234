//! A `.dnc` file.
#![no_main]

use dnc_fuzz::{bundle, keep_seeds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: keep_seeds(&bundle::seeds()), |input: &[u8]| {
    bundle::check(input);
});
