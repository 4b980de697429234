//! The command line of `dnc-export`.

mod evaluate;
mod inspect;
mod lint;
mod progress;
mod run;

use clap::{Parser, Subcommand};

/// Turn a trained run into a bundle for the device: ONNX, verified, gated, with its decision thresholds.
#[derive(Debug, Parser)]
#[command(
    name = "dnc-export",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = run::AFTER_HELP
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: run::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    Evaluate(evaluate::Args),
    Inspect(inspect::Args),
    Lint(lint::Args),
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// What went wrong, with its context.
    pub fn execute(self) -> anyhow::Result<()> {
        match self.command {
            Some(Command::Evaluate(args)) => evaluate::execute(&args),
            Some(Command::Inspect(args)) => inspect::execute(&args),
            Some(Command::Lint(args)) => lint::execute(&args),
            None => run::execute(self.run),
        }
    }
}
