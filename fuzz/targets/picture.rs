//! A picture and a box on it.
#![no_main]

use dnc_fuzz::{keep_seeds, picture};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: keep_seeds(&picture::seeds()), |input: &[u8]| {
    picture::check(input);
});
