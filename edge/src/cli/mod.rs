//! The command line: one file a command.

mod batch_args;
mod bench;
mod calibrate;
mod enroll;
mod enroll_report;
pub mod exit;
mod gallery;
mod identify;
mod info;
mod inputs;
mod intake_args;
mod interrupt;
mod link;
mod link_report;
mod list;
#[cfg(feature = "mqtt")]
mod mqtt_args;
mod notes;
mod progress;
mod rates;
mod remove;
mod rule_args;
mod runtime;
mod runtime_args;
mod scan_args;
#[cfg(feature = "serve")]
mod serve;
mod table;
mod thumbnail_args;
mod warm_up_args;
mod watch;
mod work_args;

use clap::{Parser, Subcommand};

use exit::Exit;

/// Embed, enrol and identify on the device.
///
/// A bundle (a folder or a .dnc file) holds the model; a gallery (one file) holds the enrolled views.
#[derive(Debug, Parser)]
#[command(name = "dnc-edge", version, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  dnc-edge info --bundle model.dnc
  dnc-edge enroll --bundle model.dnc --gallery site.gallery --identity van-17 van1.jpg van2.jpg
  dnc-edge enroll --bundle model.dnc --gallery site.gallery --csv views.csv --where split=gallery
  dnc-edge identify --bundle model.dnc --gallery site.gallery --json probe.jpg
  dnc-edge list --gallery site.gallery
  dnc-edge remove --gallery site.gallery --identity van-17
  dnc-edge calibrate --bundle model.dnc --gallery site.gallery
  dnc-edge bench --bundle model.dnc
  dnc-edge gallery merge --gallery site.gallery --from unknown-4 --into van-17
  dnc-edge watch --bundle model.dnc --gallery site.gallery --folder incoming
  dnc-edge serve --bundle model.dnc --gallery site.gallery
  dnc-edge link --serial /dev/ttyUSB0 --bundle model.dnc --gallery site.gallery --send-gallery probe.jpg

Exit codes:
  0    done
  1    an error; nothing was done, or only what the message says
  2    the command line is wrong
  3    done, but for some pictures: broken ones (identify, watch), ones enrolled under another identity or barred (enroll),
       ones that contradict the gallery (gallery import) or have no thumbnail (gallery re-embed);
       the gallery's tables contradict each other (gallery verify); a controller decided otherwise (link)
  130  interrupted (enroll, watch); what was enrolled is kept. serve ends with 0 when it is asked to stop";

#[derive(Debug, Subcommand)]
enum Command {
    Enroll(enroll::Args),
    Identify(identify::Args),
    Watch(watch::Args),
    #[cfg(feature = "serve")]
    Serve(serve::Args),
    List(list::Args),
    Remove(remove::Args),
    #[command(subcommand)]
    Gallery(gallery::Command),
    Info(info::Args),
    Calibrate(calibrate::Args),
    Bench(bench::Args),
    Link(link::Args),
    #[command(subcommand)]
    Runtime(runtime::Command),
}

/// Runs the command.
///
/// # Errors
/// Where it cannot be done; the message is for the person at the terminal.
pub fn run(cli: Cli) -> anyhow::Result<Exit> {
    match cli.command {
        Command::Enroll(args) => enroll::run(&args),
        Command::Identify(args) => identify::run(&args),
        Command::Watch(args) => watch::run(&args),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(&args),
        Command::List(args) => list::run(&args),
        Command::Remove(args) => remove::run(&args),
        Command::Gallery(command) => gallery::run(&command),
        Command::Info(args) => info::run(&args),
        Command::Calibrate(args) => calibrate::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Link(args) => link::run(&args),
        Command::Runtime(command) => runtime::run(&command),
    }
}
