//! `export`.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use dnc_edge::Gallery;
use dnc_edge::gallery::Contents;
use dnc_edge::json::ExportedLine;
use dnc_edge::words::counted;

use super::super::exit::Exit;
use super::say;

/// Of `export`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  dnc-edge gallery export --gallery site.gallery --to site.export
  dnc-edge gallery export --gallery site.gallery --csv site-export
  dnc-edge enroll --bundle new.dnc --gallery new.gallery --csv site-export/views.csv")]
pub struct Export {
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Write everything into this one file, with checksums, for `dnc-edge gallery import`.
    #[arg(long, value_name = "FILE", required_unless_present = "csv")]
    to: Option<PathBuf>,
    /// Write views.csv, barred.csv and the kept thumbnails (pictures/ID.jpg) into this new folder: for people and other
    /// programs, without the embeddings. Where no thumbnail was kept, the column path has the picture's own path.
    #[arg(long, value_name = "DIR", conflicts_with = "to")]
    csv: Option<PathBuf>,
    /// Write a JSON line: {"exported","identities","views","bars","pictures"}.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Export) -> anyhow::Result<Exit> {
    let gallery = Gallery::open(&args.gallery)?;
    let (to, contents, pictures) = match (&args.to, &args.csv) {
        (Some(file), _) => (file, one_file(&gallery, file)?, None),
        (None, Some(folder)) => {
            let (contents, pictures) = csv_files(&gallery, folder)?;
            (folder, contents, Some(pictures))
        }
        (None, None) => bail!("give --to FILE or --csv DIR"),
    };
    let Contents { identities, views, bars, .. } = contents;
    let counts = [counted(identities, "identity"), counted(views, "view"), counted(bars, "bar")];
    let mut text = format!("{}: {}", to.display(), counts.join(", "));
    if let Some(pictures) = pictures {
        text += &format!(", {}", counted(pictures, "picture"));
    }
    let line = ExportedLine { exported: to.display().to_string(), identities, views, bars, pictures };
    say(args.json, &line, &text)?;
    Ok(Exit::Done)
}

/// Writes beside the file first: under its own name there is never a part of it.
fn one_file(gallery: &Gallery, file: &Path) -> anyhow::Result<Contents> {
    if file.exists() {
        bail!("{} is there already; remove it or give another --to", file.display());
    }
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let written = (|| {
        let cannot = || format!("cannot write {}", file.display());
        let mut out = BufWriter::new(File::create(&partial).with_context(cannot)?);
        let contents = gallery.export(&mut out)?.with_context(cannot)?;
        let out = out.into_inner().map_err(std::io::IntoInnerError::into_error).with_context(cannot)?;
        out.sync_all().with_context(cannot)?;
        fs::rename(&partial, file).with_context(cannot)?;
        Ok(contents)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&partial);
    }
    written
}

fn csv_files(gallery: &Gallery, folder: &Path) -> anyhow::Result<(Contents, u64)> {
    let cannot = || format!("cannot write {}", folder.display());
    fs::create_dir(folder).with_context(|| format!("{}; a new folder is needed", cannot()))?;
    let pictures = folder.join("pictures");
    fs::create_dir(&pictures).with_context(cannot)?;
    let identities = gallery.identities()?;
    let names: HashMap<u64, &str> = identities.iter().map(|i| (i.id, i.name.as_str())).collect();
    let name = |identity: u64| names.get(&identity).copied().unwrap_or_default();

    let (views, bars) = (gallery.views()?, gallery.bars()?);
    let mut kept = 0;
    let mut out = csv::Writer::from_path(folder.join("views.csv")).with_context(cannot)?;
    let columns = ["path", "identity", "view", "source", "sha256", "time", "precision", "thumbnail"];
    out.write_record(columns).with_context(cannot)?;
    for view in &views {
        let thumbnail = gallery.thumbnail(view.id)?;
        let path = match &thumbnail {
            Some(bytes) => {
                let ending = if bytes.starts_with(b"\x89PNG") { "png" } else { "jpg" };
                let path = format!("pictures/{}.{ending}", view.id);
                File::create(folder.join(&path)).and_then(|mut f| f.write_all(bytes)).with_context(cannot)?;
                kept += 1;
                path
            }
            None => view.source.clone(),
        };
        let (id, is_kept) = (view.id.to_string(), if thumbnail.is_some() { "kept" } else { "" });
        let (source, sha256) = (&*view.source, &*view.picture_sha256);
        let row = [&*path, name(view.identity), &*id, source, sha256, &*view.time, &*view.precision, is_kept];
        out.write_record(row).with_context(cannot)?;
    }
    out.flush().with_context(cannot)?;

    let mut out = csv::Writer::from_path(folder.join("barred.csv")).with_context(cannot)?;
    out.write_record(["identity", "source", "sha256", "time", "precision"]).with_context(cannot)?;
    for bar in &bars {
        let row = [name(bar.identity), &*bar.source, &*bar.picture_sha256, &*bar.time, &*bar.precision];
        out.write_record(row).with_context(cannot)?;
    }
    out.flush().with_context(cannot)?;
    let (identities, views, bars) = (identities.len() as u64, views.len() as u64, bars.len() as u64);
    Ok((Contents { space: gallery.space().clone(), identities, views, bars }, kept))
}
