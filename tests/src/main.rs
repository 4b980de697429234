//! `cargo quickstart`: the three real programs, one after the other, on rendered vehicles.

use std::process::ExitCode;

use clap::Parser;
use dnc_tests::quickstart::{self, Options};

fn main() -> ExitCode {
    match quickstart::run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quickstart: {error:#}");
            ExitCode::FAILURE
        }
    }
}
