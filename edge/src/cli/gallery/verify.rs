//! `verify`.

use std::io::Write;
use std::path::PathBuf;

use dnc_edge::Gallery;
use dnc_edge::json::VerifiedLine;

use super::super::exit::Exit;

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

pub fn run(Verify { gallery, json }: &Verify) -> anyhow::Result<Exit> {
    let found = Gallery::open(gallery)?.verify()?;
    let (identities, views) = (found.counts.identities, found.counts.views);
    let exit = if found.faults.is_empty() { Exit::Done } else { Exit::Partly };
    let mut out = std::io::stdout().lock();
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
