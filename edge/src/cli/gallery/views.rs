//! `views`.

use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;

use dnc_edge::json::ViewLine;
use dnc_edge::{Gallery, GalleryError};

use super::super::exit::Exit;
use super::super::table::align;

/// Of `views`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  dnc-edge gallery views --gallery site.gallery --identity van-17
  dnc-edge gallery views --gallery site.gallery --barred --json")]
pub struct Views {
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Only those of this identity.
    #[arg(long, value_name = "NAME")]
    identity: Option<String>,
    /// List the barred views in the place of the enrolled ones.
    #[arg(long)]
    barred: bool,
    /// Write JSON lines: {"view","identity","barred","source","sha256","time","precision","thumbnail"}.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Views) -> anyhow::Result<Exit> {
    let gallery = Gallery::open(&args.gallery)?;
    let names: HashMap<u64, String> = gallery.identities()?.into_iter().map(|i| (i.id, i.name)).collect();
    if let Some(name) = &args.identity
        && !names.values().any(|known| known == name)
    {
        return Err(GalleryError::NoIdentity { path: args.gallery.clone(), name: name.clone() }.into());
    }
    let name = |identity: u64| names.get(&identity).cloned().unwrap_or_default();
    let mut lines: Vec<ViewLine> = match args.barred {
        false => gallery
            .views()?
            .into_iter()
            .map(|v| ViewLine {
                view: Some(v.id),
                identity: name(v.identity),
                barred: false,
                source: v.source,
                sha256: v.picture_sha256,
                time: v.time,
                precision: v.precision,
                thumbnail: v.has_thumbnail,
            })
            .collect(),
        true => gallery
            .bars()?
            .into_iter()
            .map(|b| ViewLine {
                view: None,
                identity: name(b.identity),
                barred: true,
                source: b.source,
                sha256: b.picture_sha256,
                time: b.time,
                precision: b.precision,
                thumbnail: b.has_thumbnail,
            })
            .collect(),
    };
    if let Some(wanted) = &args.identity {
        lines.retain(|line| line.identity == *wanted);
    }
    let mut out = std::io::stdout().lock();
    if args.json {
        for line in &lines {
            writeln!(out, "{}", serde_json::to_string(line)?)?;
        }
        return Ok(Exit::Done);
    }
    let (first, since) = if args.barred { ("barred from", "since") } else { ("identity", "enrolled") };
    let mut rows = vec![["view", first, since, "sha256", "thumbnail", "source"].map(str::to_owned).to_vec()];
    for line in lines {
        let view = line.view.map_or("-".to_owned(), |id| id.to_string());
        let thumbnail = if line.thumbnail { "kept" } else { "-" }.to_owned();
        rows.push(vec![view, line.identity, line.time, line.sha256, thumbnail, line.source]);
    }
    write!(out, "{}", align(&rows))?;
    Ok(Exit::Done)
}
