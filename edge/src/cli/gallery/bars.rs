//! `bar` and `unbar`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use dnc_core::manifest::hex;
use dnc_edge::gallery::{BarOutcome, NewView};
use dnc_edge::json::{BarLine, UnbarredLine};
use dnc_edge::pipeline::{self, Pipeline};
use dnc_edge::{Bundle, Gallery, Space};

use super::super::exit::Exit;
use super::super::runtime_args::RuntimeArgs;
use super::super::thumbnail_args::ThumbnailArgs;
use super::say;

/// Of `bar`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  dnc-edge gallery bar --gallery site.gallery --identity van-17 --bundle model.dnc wrong.jpg
  dnc-edge gallery bar --gallery site.gallery --identity van-17 --view 12")]
pub struct Bar {
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Name of the identity that it is not.
    #[arg(long, value_name = "NAME")]
    identity: String,
    /// Id of a view of that identity, as `dnc-edge gallery views` shows it; may be repeated.
    #[arg(long = "view", value_name = "ID", conflicts_with_all = ["pictures", "bundle"])]
    views: Vec<u64>,
    /// Pictures, enrolled or not.
    #[arg(value_name = "PICTURE", requires = "bundle", required_unless_present = "views")]
    pictures: Vec<PathBuf>,
    /// The model that embeds the PICTUREs: a bundle's folder or .dnc file.
    #[arg(long, value_name = "PATH", requires = "pictures")]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    thumbnails: ThumbnailArgs,
    #[command(flatten)]
    runtime: RuntimeArgs,
    /// Write a JSON line for each: {"barred_from","picture","view","already"}.
    #[arg(long)]
    json: bool,
}

pub fn bar(args: &Bar) -> anyhow::Result<Exit> {
    let name = &args.identity;
    let Some(bundle) = &args.bundle else {
        Gallery::open_writing(&args.gallery)?.bar_views(name, &args.views)?;
        for view in &args.views {
            let line = BarLine { barred_from: name.clone(), picture: None, view: Some(*view), already: false };
            say(args.json, &line, &format!("view {view} is taken out of {name} and barred from it"))?;
        }
        return Ok(Exit::Done);
    };
    let bundle = Bundle::open(bundle)?;
    // A gallery that cannot be written, or is another model's, is said before the pictures are read.
    let mut gallery = Gallery::open_writing(&args.gallery)?;
    gallery.check_space(&Space::of(bundle.manifest()))?;
    let embedder = args.runtime.open(&bundle)?;
    let precision = embedder.variant().precision;
    let side = args.thumbnails.side(&bundle.manifest().input.preprocess);
    let mut pipeline = Pipeline::new(embedder, 1)?.with_thumbnails(side);
    let paths: Vec<&Path> = args.pictures.iter().map(PathBuf::as_path).collect();
    let mut views = Vec::with_capacity(paths.len());
    for (path, embedded) in paths.iter().zip(pipeline.embed(&paths)) {
        let embedded = embedded?;
        views.push(NewView {
            identity: name.clone(),
            embedding: embedded.embedding,
            source: path.display().to_string(),
            picture_sha256: embedded.sha256,
            precision,
            keep_f32: true,
            thumbnail: embedded.thumbnail,
        });
    }
    for (view, outcome) in views.iter().zip(gallery.bar(&views)?) {
        let picture = &view.source;
        let (taken, text) = match outcome {
            BarOutcome::Barred => (None, format!("{picture} is barred from {name}")),
            BarOutcome::TakenOut(id) => {
                (Some(id), format!("{picture} (view {id}) is taken out of {name} and barred from it"))
            }
            BarOutcome::Already => (None, format!("{picture} was barred from {name} before")),
        };
        let already = outcome == BarOutcome::Already;
        let line = BarLine { barred_from: name.clone(), picture: Some(picture.clone()), view: taken, already };
        say(args.json, &line, &text)?;
    }
    Ok(Exit::Done)
}

/// Of `unbar`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  dnc-edge gallery views --gallery site.gallery --barred
  dnc-edge gallery unbar --gallery site.gallery --identity van-17 wrong.jpg
  dnc-edge gallery unbar --gallery site.gallery --identity van-17 --sha256 HEX")]
pub struct Unbar {
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Name of the identity.
    #[arg(long, value_name = "NAME")]
    identity: String,
    /// Pictures that were barred.
    #[arg(value_name = "PICTURE", required_unless_present = "sha256")]
    pictures: Vec<PathBuf>,
    /// SHA-256 of such a picture's bytes in hex, where the file is gone; may be repeated.
    #[arg(long, value_name = "HEX")]
    sha256: Vec<String>,
    /// Write a JSON line: {"unbarred_from","pictures"}.
    #[arg(long)]
    json: bool,
}

pub fn unbar(args: &Unbar) -> anyhow::Result<Exit> {
    let mut pictures = Vec::new();
    for text in &args.sha256 {
        pictures.push(from_hex(text)?);
    }
    for path in &args.pictures {
        pictures.push(pipeline::hash(path).with_context(|| format!("cannot read picture {}", path.display()))?);
    }
    pictures.sort_unstable();
    pictures.dedup();
    Gallery::open_writing(&args.gallery)?.unbar(&args.identity, &pictures)?;
    let (name, n) = (&args.identity, pictures.len());
    let line = UnbarredLine { unbarred_from: name.clone(), pictures: n };
    say(args.json, &line, &format!("{n} pictures are no longer barred from {name}; they are not enrolled by that"))?;
    Ok(Exit::Done)
}

fn from_hex(text: &str) -> anyhow::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    let digits = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if !digits {
        bail!("--sha256 {text:?}: 64 hexadecimal digits are needed; `dnc-edge gallery views --barred` shows them");
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().as_chunks::<2>().0) {
        let digit = |b: u8| char::from(b).to_digit(16).unwrap_or(0) as u8;
        *byte = digit(pair[0]) << 4 | digit(pair[1]);
    }
    debug_assert_eq!(hex(&bytes), text.to_lowercase());
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_back() {
        let bytes: [u8; 32] = std::array::from_fn(|i| (i * 9) as u8);
        assert_eq!(from_hex(&hex(&bytes)).unwrap(), bytes);
        assert_eq!(from_hex(&hex(&bytes).to_uppercase()).unwrap(), bytes);
        for wrong in ["", "ab", &"g".repeat(64), &"é".repeat(32), &"0".repeat(65)] {
            assert!(from_hex(wrong).unwrap_err().to_string().contains("64 hexadecimal"), "{wrong}");
        }
    }
}
