//! The text of a bundle's manifest.
#![no_main]

use dnc_fuzz::{keep_seeds, manifest};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: keep_seeds(&manifest::seeds()), |input: &[u8]| {
    manifest::check(input);
});
