//! What the fuzz targets look for: a module for each kind of bytes that come from outside.
//!
//! `check` gives bytes to the code that reads them and panics where a promise of that code is broken; it answers whether
//! they were let in. `seeds` are inputs to begin with, all made here by our own writers. The programs in `targets` give
//! both to libFuzzer. The tests below need no fuzzer.

pub mod bundle;
pub mod import;
pub mod manifest;
pub mod model;
pub mod picture;
pub mod wire;

mod network;
mod records;

use std::path::Path;

/// Writes `seeds` into the folder that `DNC_FUZZ_SEEDS` names; without it, does nothing.
///
/// A target does so before libFuzzer reads its corpus. A program of its own for the seeds would have to be built without
/// the coverage that only libFuzzer's programs can be linked with: everything twice.
///
/// # Panics
/// Where a seed cannot be written.
pub fn keep_seeds(seeds: &[Vec<u8>]) {
    let Some(folder) = std::env::var_os("DNC_FUZZ_SEEDS") else { return };
    for (number, seed) in seeds.iter().enumerate() {
        let path = Path::new(&folder).join(format!("seed-{number:02}"));
        std::fs::write(&path, seed).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
    }
}

/// Checks that an error names what it is about and does not repeat its input at length.
///
/// # Panics
/// Where it does not.
fn check_words(said: &str, names: &str, input: &[u8]) {
    assert!(said.contains(names), "{names:?} is not in {said:?}");
    assert!(said.len() < input.len() + 2000, "{} bytes are said of {}", said.len(), input.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    type Target = (&'static str, fn(&[u8]) -> bool, fn() -> Vec<Vec<u8>>);

    const TARGETS: [Target; 6] = [
        ("bundle", bundle::check, bundle::seeds),
        ("import", import::check, import::seeds),
        ("manifest", manifest::check, manifest::seeds),
        ("model", model::check, model::seeds),
        ("picture", picture::check, picture::seeds),
        ("wire", wire::check, wire::seeds),
    ];

    /// Otherwise a target would fuzz refusals alone.
    #[test]
    fn every_seed_is_let_in() {
        for (name, check, seeds) in TARGETS {
            for (number, seed) in seeds().iter().enumerate() {
                assert!(check(seed), "{name}, seed {number}");
            }
        }
    }

    #[test]
    fn every_seed_cut_short_anywhere_keeps_the_promises() {
        for (name, check, seeds) in TARGETS {
            let mut refused = 0;
            for seed in seeds() {
                for length in (0..seed.len()).step_by(seed.len().div_ceil(200)) {
                    refused += usize::from(!check(&seed[..length]));
                }
            }
            assert!(refused > 100, "{name}: {refused} refused");
        }
    }
}
