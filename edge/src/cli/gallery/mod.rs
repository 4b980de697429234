//! `dnc-edge gallery`: one file a group of commands.

mod bars;
mod expire;
mod export;
mod import;
mod names;
mod re_embed;
mod upkeep;
mod verify;
mod views;

use std::io::Write;

use serde::Serialize;

use super::exit::Exit;

/// Put a gallery right, check it, carry it elsewhere.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Examples:
  dnc-edge gallery rename --gallery site.gallery --identity van-17 --to \"van 17, blue\"
  dnc-edge gallery merge --gallery site.gallery --from unknown-4 --into van-17
  dnc-edge gallery views --gallery site.gallery --identity van-17
  dnc-edge gallery split --gallery site.gallery --identity van-17 --to van-18 --view 12 --view 14
  dnc-edge gallery bar --gallery site.gallery --identity van-17 --bundle model.dnc wrong.jpg
  dnc-edge gallery expire --gallery site.gallery --older-than 30d --dry-run
  dnc-edge gallery export --gallery site.gallery --to site.export
  dnc-edge gallery re-embed --gallery site.gallery --bundle new.dnc --out new.gallery
  dnc-edge gallery verify --gallery site.gallery")]
pub enum Command {
    /// Give an identity another name; its views stay
    Rename(names::Rename),
    /// Give all views of one identity to another, and remove the first
    Merge(names::Merge),
    /// Give some views of an identity to a new one
    Split(names::Split),
    /// List the views with their ids, or those that are barred
    Views(views::Views),
    /// Say that a view or a picture is not of an identity: "not this one"
    ///
    /// The same picture is not enrolled under that identity again, and the identity is not answered where a barred
    /// picture is at least as near to the probe as the nearest of the identity's own views. A view that is enrolled under
    /// it is taken out of it.
    Bar(bars::Bar),
    /// Lift such a bar
    ///
    /// The picture may be enrolled under the identity again; it is not enrolled by that.
    Unbar(bars::Unbar),
    /// Remove what was not seen, or was enrolled, for a time
    Expire(expire::Expire),
    /// Write everything into one file, or as CSV files and pictures
    Export(export::Export),
    /// Add what an exported file holds
    ///
    /// Identities are joined by their name, views by the SHA-256 of their picture. The file is checked as a whole before
    /// the gallery is touched, and written in one transaction. What contradicts the gallery is left out and named: exit
    /// code 3.
    Import(import::Import),
    /// Make a gallery for another model from the kept thumbnails
    ///
    /// The old gallery stays as it is; the new one is there once it is whole. A view without a thumbnail (`dnc-edge enroll
    /// --keep-thumbnails` keeps them) is listed and not in the new gallery: exit code 3.
    ReEmbed(re_embed::ReEmbed),
    /// Make the file as short as it can be
    ///
    /// No content changes. Refused while another process reads or writes; what was committed is kept.
    Compact(upkeep::Compact),
    /// Say what the file holds
    Stats(upkeep::StatsArgs),
    /// Read every row and compare the tables with each other; exit code 3 where they contradict
    Verify(verify::Verify),
}

pub fn run(command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Rename(args) => names::rename(args),
        Command::Merge(args) => names::merge(args),
        Command::Split(args) => names::split(args),
        Command::Views(args) => views::run(args),
        Command::Bar(args) => bars::bar(args),
        Command::Unbar(args) => bars::unbar(args),
        Command::Expire(args) => expire::run(args),
        Command::Export(args) => export::run(args),
        Command::Import(args) => import::run(args),
        Command::ReEmbed(args) => re_embed::run(args),
        Command::Compact(args) => upkeep::compact(args),
        Command::Stats(args) => upkeep::stats(args),
        Command::Verify(args) => verify::run(args),
    }
}

/// Writes `line` as JSON, or `text` as it is.
fn say(json: bool, line: &impl Serialize, text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string(line)?)?;
    } else {
        writeln!(out, "{text}")?;
    }
    Ok(())
}
