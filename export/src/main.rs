//! `dnc-export`: a trained run to a bundle for the device.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match dnc_export::cli::Cli::parse().execute() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", dnc_train::cli::describe(&error));
            ExitCode::FAILURE
        }
    }
}
