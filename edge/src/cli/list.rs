//! `dnc-edge list`.

use std::io::Write;
use std::path::PathBuf;

use dnc_edge::Gallery;

use super::exit::Exit;
use super::table::align;

/// List the enrolled identities.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  dnc-edge list --gallery site.gallery\n  dnc-edge list --gallery site.gallery --json"
)]
pub struct Args {
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Write JSON lines: {"id","name","created","views"}.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let identities = Gallery::open(&args.gallery)?.identities()?;
    let mut out = std::io::stdout().lock();
    if args.json {
        for identity in &identities {
            writeln!(out, "{}", serde_json::to_string(identity)?)?;
        }
        return Ok(Exit::Done);
    }
    let mut rows = vec![["identity", "views", "created"].map(str::to_owned).to_vec()];
    rows.extend(identities.iter().map(|i| vec![i.name.clone(), i.views.to_string(), i.created.clone()]));
    write!(out, "{}", align(&rows))?;
    Ok(Exit::Done)
}
