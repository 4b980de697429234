//! `verify`.

use std::io::Write;
use std::path::PathBuf;

use dnc_edge::Gallery;
use dnc_edge::gallery::{Recall, Search};
use dnc_edge::json::{RecallLine, VerifiedLine};
use dnc_edge::words::counted;

use super::super::exit::Exit;
use super::super::scan_args::ScanArg;

/// Views that are looked for to measure a search.
const PROBES: usize = 500;

/// Of `verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  dnc-edge gallery verify --gallery site.gallery
  dnc-edge gallery verify --gallery site.gallery --scan hnsw")]
pub struct Verify {
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Measure too how many of the ten views that an exact search finds this one finds, on 500 of the gallery's own with a
    /// little noise.
    #[arg(long, value_enum)]
    scan: Option<ScanArg>,
    /// Write a JSON line: {"identities","views","faults","recall"}.
    #[arg(long)]
    json: bool,
}

pub fn run(Verify { gallery, scan, json }: &Verify) -> anyhow::Result<Exit> {
    let search = scan.map(Search::from);
    search.map(Search::check).transpose()?;
    let gallery = Gallery::open(gallery)?;
    let found = gallery.verify()?;
    let (identities, views) = (found.counts.identities, found.counts.views);
    let exit = if found.faults.is_empty() { Exit::Done } else { Exit::Partly };
    // A gallery that contradicts itself may not be searched.
    let search = search.filter(|_| found.faults.is_empty());
    let recall = search.map(|search| gallery.recall(search, PROBES)).transpose()?;
    let mut out = std::io::stdout().lock();
    if *json {
        let line = VerifiedLine { identities, views, faults: found.faults, recall: recall.as_ref().map(line) };
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
        return Ok(exit);
    }
    for fault in &found.faults {
        writeln!(out, "fault: {fault}")?;
    }
    let faults = counted(found.faults.len(), "fault");
    writeln!(out, "{}, {}, {faults}", counted(identities, "identity"), counted(views, "view"))?;
    if let Some(recall) = recall {
        let (share, megabytes) = (recall.share(), recall.index_bytes as f64 / 1e6);
        writeln!(out, "recall@10 {share:.4} of {} probes, index {megabytes:.1} MB", recall.probes)?;
    }
    Ok(exit)
}

fn line(recall: &Recall) -> RecallLine {
    RecallLine { probes: recall.probes, recall_at_10: recall.share(), index_bytes: recall.index_bytes }
}
