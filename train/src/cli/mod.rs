//! The command line of `dnc-train`.

mod bench;
mod dashboard;
mod data;
mod evaluate;
mod render;
mod report;
mod reproduce;
mod run;
mod watch;
mod watchers;
mod weights;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::Config;

/// Exit code of a run that was stopped by Ctrl-C and can go on (128 + SIGINT, as shells have it).
const INTERRUPTED: u8 = 130;

/// Train re-identification models: divide and conquer the embedding space.
#[derive(Debug, Parser)]
#[command(
    name = "dnc-train",
    version,
    after_help = "\
Examples:
  dnc-train data check pictures/split.csv
  dnc-train weights fetch mobilenet-v2
  dnc-train run --data pictures/split.csv --out runs/a --weights weights/mobilenet-v2.pt --size 96
  dnc-train evaluate --run runs/a
  dnc-train evaluate --run runs/a --baseline features
  dnc-train report --run runs/a
  dnc-train bench --backbone resnet-50 --backend cuda --precision bf16
  dnc-train reproduce sop --data Stanford_Online_Products --weights resnet50.pth --backend cuda

Exit codes: 0 done, 1 error, 2 wrong usage, 3 problems found (data check), 130 stopped by Ctrl-C (the same command goes on)."
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
    /// Train and score a published run, our figures beside the published ones
    Reproduce(reproduce::Args),
    /// Time a training step and its parts
    Bench(bench::Args),
    /// Look at data sets
    #[command(subcommand)]
    Data(data::Command),
    /// Tell of a run in one HTML file: curves, divisions, learners, a map of embeddings, the worst queries
    Report(report::Args),
    /// Get pretrained weights
    #[command(subcommand)]
    Weights(weights::Command),
    /// Draw vehicles in PKU VehicleID layout, or garments in In-Shop layout
    Render(render::Args),
    /// Print every setting with its default, as TOML
    Config,
}

/// The command line, each setting's help ending with its default: the flags themselves have none, so that one not
/// given leaves what the file says.
fn command() -> clap::Command {
    // Through text: an f32 turned into a TOML number at once would show as 1.2000000476837158.
    let defaults: toml::Table = toml::from_str(&Config::default().to_toml()).expect("read as it was written");
    let with_default = |arg: clap::Arg| {
        let name = arg.get_long().unwrap_or_default().replace('-', "_");
        match defaults.get(&name).filter(|value| value.as_str() != Some("")) {
            Some(value) => {
                let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                arg.help(format!("{help} [default: {}]", value.to_string().trim_matches('"')))
            }
            None => arg,
        }
    };
    Cli::command().mut_subcommand("run", |run| run.mut_args(with_default))
}

/// The command line as it was given; ends the program where it is wrong, or asks for help.
pub fn parse() -> Cli {
    Cli::from_arg_matches(&command().get_matches()).unwrap_or_else(|error| error.exit())
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
            Command::Reproduce(args) => reproduce::execute(args),
            Command::Bench(args) => bench::execute(args).map(|()| ExitCode::SUCCESS),
            Command::Data(command) => data::execute(command),
            Command::Report(args) => report::execute(args).map(|()| ExitCode::SUCCESS),
            Command::Weights(command) => weights::execute(command).map(|()| ExitCode::SUCCESS),
            Command::Render(args) => render::execute(args).map(|()| ExitCode::SUCCESS),
            Command::Config => {
                print!("{}", Config::default().to_toml());
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_the_defaults() {
        let mut command = command();
        let run = command.find_subcommand_mut("run").unwrap();
        let help = run.render_long_help().to_string();
        let batch = Config::default().batch;
        assert!(help.contains(&format!("Pictures of a batch [default: {batch}]")), "{help}");
        assert!(help.contains("Where to compute [default: cpu]"), "{help}");
        assert!(help.contains("on either side of the boundary [default: 0.2]"), "{help}");
        // What has no default says itself what happens without it.
        assert!(!help.contains("[default: ]"), "{help}");
    }
}
