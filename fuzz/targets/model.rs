//! A model file.
#![no_main]

use dnc_fuzz::{keep_seeds, model};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: keep_seeds(&model::seeds()), |input: &[u8]| {
    model::check(input);
});
