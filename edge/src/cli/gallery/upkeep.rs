//! `compact` and `stats`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use dnc_edge::Gallery;
use dnc_edge::json::{CompactedLine, StatsLine};
use dnc_edge::words::counted;

use super::super::exit::Exit;
use super::super::table::align;
use super::say;

/// Of `compact`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  dnc-edge gallery compact --gallery site.gallery")]
pub struct Compact {
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Write a JSON line: {"compacted","bytes_before","bytes_after"}.
    #[arg(long)]
    json: bool,
}

pub fn compact(Compact { gallery: path, json }: &Compact) -> anyhow::Result<Exit> {
    let mut gallery = Gallery::open_writing(path)?;
    let bytes_before = length(path)?;
    gallery.compact()?;
    // What it no longer needs is cut off when it is closed.
    drop(gallery);
    let bytes_after = length(path)?;
    let line = CompactedLine { compacted: path.display().to_string(), bytes_before, bytes_after };
    say(*json, &line, &format!("{}: {bytes_before} bytes before, {bytes_after} after", path.display()))?;
    Ok(Exit::Done)
}

/// Of `stats`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  dnc-edge gallery stats --gallery site.gallery")]
pub struct StatsArgs {
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Write a JSON line with the same facts.
    #[arg(long)]
    json: bool,
}

pub fn stats(StatsArgs { gallery: path, json }: &StatsArgs) -> anyhow::Result<Exit> {
    let gallery = Gallery::open(path)?;
    let line = StatsLine {
        gallery: path.display().to_string(),
        format: gallery.format().to_owned(),
        space_id: gallery.space().space_id.clone(),
        bytes: length(path)?,
        stats: gallery.stats()?,
    };
    let s = &line.stats;
    let layout = gallery.space().layout;
    let times = match (&s.oldest, &s.newest) {
        (Some(oldest), Some(newest)) => format!(", enrolled {oldest} to {newest}"),
        _ => String::new(),
    };
    let rows = [
        ("file", format!("{}, {} bytes, format {}", line.gallery, line.bytes, line.format)),
        ("space", format!("{}, {} values in {} slices", line.space_id, layout.dim(), layout.learners())),
        ("identities", format!("{}, {} of them without a view", s.identities, s.without_views)),
        ("views", format!("{}, at most {} of one identity{times}", s.views, s.most_views)),
        ("f32", counted(s.with_f32, "view")),
        ("thumbnails", format!("{}, {} bytes", s.thumbnails, s.thumbnail_bytes)),
        ("barred", counted(s.bars, "view")),
        (
            "rows",
            format!("{} bytes; `dnc-edge gallery compact` gives back what the file has beyond need", s.stored_bytes),
        ),
    ];
    let rows: Vec<Vec<String>> = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
    say(*json, &line, align(&rows).trim_end())?;
    Ok(Exit::Done)
}

/// The length of a file.
fn length(path: &Path) -> anyhow::Result<u64> {
    Ok(std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len())
}
