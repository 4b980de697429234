//! `import`.

use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::PathBuf;

use anyhow::Context;
use dnc_edge::Gallery;
use dnc_edge::gallery::check_export;
use dnc_edge::json::ImportedLine;
use dnc_edge::words::counted;

use super::super::exit::Exit;
use super::say;

/// Of `import`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  dnc-edge gallery import --gallery other.gallery --from site.export")]
pub struct Import {
    /// The gallery's file; made where there is none.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// A file that `dnc-edge gallery export --to` wrote.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Write a JSON line: {"imported","new_identities","views","duplicates","bars","left_out"}.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Import) -> anyhow::Result<Exit> {
    let cannot = || format!("cannot read {}; check the path", args.from.display());
    let mut file = BufReader::new(File::open(&args.from).with_context(cannot)?);
    // No gallery is made, or even opened, for a file that is not whole.
    let space = check_export(&mut file, &args.from)?.space;
    file.rewind().with_context(cannot)?;
    let mut gallery = if args.gallery.exists() {
        Gallery::open_writing(&args.gallery)?
    } else {
        Gallery::create_or_open(&args.gallery, &space)?
    };
    let done = gallery.import(file, &args.from)?;
    let exit = if done.left_out.is_empty() { Exit::Done } else { Exit::Partly };
    let text = format!(
        "imported {} ({} already enrolled), {} and {}; {} left out",
        counted(done.views, "view"),
        done.duplicates,
        counted(done.bars, "bar"),
        counted(done.new_identities, "new identity"),
        done.left_out.len()
    );
    for left_out in &done.left_out {
        eprintln!("left out: {left_out}");
    }
    let line = ImportedLine {
        imported: args.from.display().to_string(),
        new_identities: done.new_identities,
        views: done.views,
        duplicates: done.duplicates,
        bars: done.bars,
        left_out: done.left_out,
    };
    say(args.json, &line, &text)?;
    Ok(exit)
}
