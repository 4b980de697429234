//! An exported gallery.
#![no_main]

use dnc_fuzz::{import, keep_seeds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: keep_seeds(&import::seeds()), |input: &[u8]| {
    import::check(input);
});
