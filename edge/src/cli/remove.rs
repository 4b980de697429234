//! `dnc-edge remove`.

use std::io::Write;
use std::path::PathBuf;

use dnc_edge::Gallery;
use dnc_edge::json::RemovedLine;
use dnc_edge::words::counted;

use super::exit::Exit;

/// Remove an identity and all its views.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  dnc-edge remove --gallery site.gallery --identity van-17")]
pub struct Args {
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Name of the identity.
    #[arg(long, value_name = "NAME")]
    identity: String,
    /// Write a JSON line: {"removed","views"}.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let views = Gallery::open_writing(&args.gallery)?.remove(&args.identity)?;
    let mut out = std::io::stdout().lock();
    if args.json {
        let line = RemovedLine { removed: args.identity.clone(), views };
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
    } else {
        writeln!(out, "removed {} with {}", args.identity, counted(views, "view"))?;
    }
    Ok(Exit::Done)
}
