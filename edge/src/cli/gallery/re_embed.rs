//! `re-embed`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use dnc_edge::gallery::Embedded;
use dnc_edge::json::{LeftOutLine, ReEmbeddedLine};
use dnc_edge::words::counted;
use dnc_edge::{Bundle, Gallery, Space};

use super::super::exit::Exit;
use super::super::work_args::WorkArgs;
use super::super::{interrupt, progress};
use super::say;

/// Thumbnails embedded between two transactions.
const BATCH: usize = 32;

/// Of `re-embed`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  dnc-edge gallery re-embed --bundle new.dnc --gallery site.gallery --out new.gallery"
)]
pub struct ReEmbed {
    /// The new model: a bundle's folder or .dnc file.
    #[arg(long, value_name = "PATH")]
    bundle: PathBuf,
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// The new gallery's file; there must be none.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    work: WorkArgs,
    /// Write a JSON line: {"re_embedded","identities","views","bars","left_out"}.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &ReEmbed) -> anyhow::Result<Exit> {
    if args.out.exists() {
        bail!("{} is there already; remove it or give another --out", args.out.display());
    }
    let old = Gallery::open(&args.gallery)?;
    let bundle = Bundle::open(&args.bundle)?;
    let embedder = args.work.open(&bundle)?;
    let precision = embedder.variant().precision;
    let mut pipeline = args.work.pipeline(embedder)?;
    interrupt::watch()?;
    let mut partial = args.out.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    if partial.exists() {
        // Of a run that did not come to its end.
        fs::remove_file(&partial).with_context(|| format!("cannot remove {}", partial.display()))?;
    }
    let mut new = Gallery::create_or_open(&partial, &Space::of(bundle.manifest()))?;
    let bar = progress::bar(usize::try_from(old.counts()?.views)?, "re-embedding");
    let round = pipeline.round().max(BATCH);
    let embed = |pictures: &[&[u8]]| -> Embedded<anyhow::Error> {
        if interrupt::requested() {
            bail!("interrupted");
        }
        let embedded = pipeline.embed_bytes(pictures);
        bar.inc(pictures.len() as u64);
        Ok(embedded.into_iter().map(|one| one.map_err(|error| format!("its thumbnail {error}"))).collect())
    };
    let done = old.re_embed_into(&mut new, precision, round, embed);
    bar.finish_and_clear();
    drop(new);
    let done = match done {
        Ok(done) => done,
        Err(error) => {
            let _ = fs::remove_file(&partial);
            if interrupt::requested() {
                eprintln!("interrupted: nothing was written");
                return Ok(Exit::Interrupted);
            }
            return Err(error);
        }
    };
    fs::rename(&partial, &args.out).with_context(|| format!("cannot write {}", args.out.display()))?;

    for left in &done.left_out {
        let (what, then) = if left.bar { ("bar", "kept, without effect on searches") } else { ("view", "left out") };
        eprintln!("{then}: the {what} of {} {}: {}", left.identity, left.source, left.reason);
    }
    let exit = if done.left_out.is_empty() { Exit::Done } else { Exit::Partly };
    let (out, left) = (args.out.display().to_string(), done.left_out.len());
    let text = format!(
        "{out}: {}, {}, {}; {left} without an embedding; {} is as it was",
        counted(done.identities, "identity"),
        counted(done.views, "view"),
        counted(done.bars, "bar"),
        args.gallery.display()
    );
    let left_out = done.left_out.into_iter().map(|l| LeftOutLine {
        identity: l.identity,
        source: l.source,
        bar: l.bar,
        reason: l.reason,
    });
    let line = ReEmbeddedLine {
        re_embedded: out,
        identities: done.identities,
        views: done.views,
        bars: done.bars,
        left_out: left_out.collect(),
    };
    say(args.json, &line, &text)?;
    Ok(exit)
}
