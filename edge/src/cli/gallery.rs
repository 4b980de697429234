//! `dnc-edge gallery`.

use std::io::Write;
use std::path::PathBuf;

use dnc_edge::Gallery;
use dnc_edge::json::{MergedLine, RenamedLine, VerifiedLine};

use super::exit::Exit;

/// Put a gallery's names right, and check it.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Examples:
  dnc-edge gallery rename --gallery site.gallery --identity van-17 --to \"van 17, blue\"
  dnc-edge gallery merge --gallery site.gallery --from unknown-4 --into van-17
  dnc-edge gallery verify --gallery site.gallery")]
pub enum Command {
    /// Give an identity another name; its views stay
    Rename(Rename),
    /// Give all views of one identity to another, and remove the first
    Merge(Merge),
    /// Read every row and compare the tables with each other; exit code 3 where they contradict
    Verify(Verify),
}

/// Of `rename`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  dnc-edge gallery rename --gallery site.gallery --identity van-17 --to van-18")]
pub struct Rename {
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Name that it has.
    #[arg(long, value_name = "NAME")]
    identity: String,
    /// Name that it shall have; no other identity may have it.
    #[arg(long, value_name = "NAME")]
    to: String,
    /// Write a JSON line: {"renamed","to"}.
    #[arg(long)]
    json: bool,
}

/// Of `merge`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  dnc-edge gallery merge --gallery site.gallery --from unknown-4 --into van-17")]
pub struct Merge {
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Name of the identity that ends.
    #[arg(long, value_name = "NAME")]
    from: String,
    /// Name of the identity that has its views then.
    #[arg(long, value_name = "NAME")]
    into: String,
    /// Write a JSON line: {"merged","into","views"}.
    #[arg(long)]
    json: bool,
}

/// Of `verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  dnc-edge gallery verify --gallery site.gallery")]
pub struct Verify {
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Write a JSON line: {"identities","views","faults"}.
    #[arg(long)]
    json: bool,
}

pub fn run(command: &Command) -> anyhow::Result<Exit> {
    let mut out = std::io::stdout().lock();
    match command {
        Command::Rename(Rename { gallery, identity, to, json }) => {
            Gallery::open_writing(gallery)?.rename(identity, to)?;
            if *json {
                let line = RenamedLine { renamed: identity.clone(), to: to.clone() };
                writeln!(out, "{}", serde_json::to_string(&line)?)?;
            } else {
                writeln!(out, "{identity} is called {to} now")?;
            }
            Ok(Exit::Done)
        }
        Command::Merge(Merge { gallery, from, into, json }) => {
            let views = Gallery::open_writing(gallery)?.merge(from, into)?;
            if *json {
                let line = MergedLine { merged: from.clone(), into: into.clone(), views };
                writeln!(out, "{}", serde_json::to_string(&line)?)?;
            } else {
                writeln!(out, "{into} has the {views} views of {from}, which is removed")?;
            }
            Ok(Exit::Done)
        }
        Command::Verify(Verify { gallery, json }) => {
            let found = Gallery::open(gallery)?.verify()?;
            let (identities, views) = (found.counts.identities, found.counts.views);
            let exit = if found.faults.is_empty() { Exit::Done } else { Exit::Partly };
            if *json {
                let line = VerifiedLine { identities, views, faults: found.faults };
                writeln!(out, "{}", serde_json::to_string(&line)?)?;
            } else {
                for fault in &found.faults {
                    writeln!(out, "fault: {fault}")?;
                }
                writeln!(out, "{identities} identities, {views} views, {} faults", found.faults.len())?;
            }
            Ok(exit)
        }
    }
}
