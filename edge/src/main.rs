//! `dnc-edge`: embed, enrol and identify on the device.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::run(cli::Cli::parse()) {
        Ok(code) => code.into(),
        Err(error) if cli::exit::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", cli::exit::describe(&error));
            cli::exit::Exit::Error.into()
        }
    }
}
