//! The command line of `dnc-train`.

mod evaluate;
mod render;
mod run;
mod watch;
mod weights;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Exit code of a run that was stopped by Ctrl-C and can go on (128 + SIGINT, as shells have it).
const INTERRUPTED: u8 = 130;

/// Train re-identification models: divide and conquer the embedding space.
#[derive(Debug, Parser)]
#[command(
    name = "dnc-train",
    version,
    after_help = "\
Examples:
  dnc-train weights fetch mobilenet-v2
  dnc-train run --data pictures/split.csv --out runs/a --weights weights/mobilenet-v2.pt --size 96
  dnc-train evaluate --run runs/a
  dnc-train evaluate --run runs/a --baseline features

Exit codes: 0 done, 1 error, 2 wrong usage, 130 stopped by Ctrl-C (the same command goes on)."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train, or go on with a run
    Run(run::Args),
    /// Score a run, or a baseline, on unseen identities
    Evaluate(evaluate::Args),
    /// Get pretrained weights
    #[command(subcommand)]
    Weights(weights::Command),
    /// Draw vehicles seen by several cameras, in PKU VehicleID layout
    Render(render::Args),
    /// Print every setting with its default, as TOML
    Config,
}

/// An error as one text. The library's messages contain their cause, so one that was said already is left out.
pub fn describe(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(|e| e.to_string()) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(cause.trim_end()) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// What went wrong, with its context.
    pub fn execute(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Run(args) => run::execute(args),
            Command::Evaluate(args) => evaluate::execute(args).map(|()| ExitCode::SUCCESS),
            Command::Weights(command) => weights::execute(command).map(|()| ExitCode::SUCCESS),
            Command::Render(args) => render::execute(args).map(|()| ExitCode::SUCCESS),
            Command::Config => {
                print!("{}", crate::config::Config::default().to_toml());
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}
