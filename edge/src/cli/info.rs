//! `dnc-edge info`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use dnc_core::manifest::Variant;
use dnc_edge::json::{GalleryLine, InfoLine, ProviderLine};
use dnc_edge::runtime::Placed;
use dnc_edge::words::counted;
use dnc_edge::{Bundle, Gallery, Space};

use super::exit::Exit;
use super::runtime_args::RuntimeArgs;
use super::table::align;

/// Show what a bundle holds, and a gallery beside it.
///
/// The model is loaded, so this also checks its file against the manifest.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  dnc-edge info --bundle model.dnc
  dnc-edge info --bundle model.dnc --gallery site.gallery --json")]
pub struct Args {
    /// The model: a bundle's folder or .dnc file.
    #[arg(long, value_name = "PATH")]
    bundle: PathBuf,
    /// A gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: Option<PathBuf>,
    #[command(flatten)]
    runtime: RuntimeArgs,
    /// Write one JSON object.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let bundle = Bundle::open(&args.bundle)?;
    let embedder = args.runtime.open(&bundle)?;
    let runtime = embedder.runtime();
    let space = Space::of(bundle.manifest());
    let info = InfoLine {
        bundle: args.bundle.display().to_string(),
        runtime: runtime.name(),
        runtime_version: runtime.version(),
        runtime_library: runtime.library().map(|path| path.display().to_string()),
        variant: &embedder.variant().file,
        providers: embedder.placement().iter().map(provider).collect(),
        manifest: bundle.manifest(),
        gallery: args.gallery.as_ref().map(|path| gallery(path.clone(), &space)).transpose()?,
    };
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&info)?)?;
    } else {
        write!(out, "{}", align(&rows(&info)))?;
    }
    Ok(Exit::Done)
}

fn provider(placed: &Placed) -> ProviderLine {
    let problem = placed.problem.clone();
    ProviderLine { provider: placed.provider.name(), runs: problem.is_none(), problem }
}

fn gallery(path: PathBuf, space: &Space) -> anyhow::Result<GalleryLine> {
    let gallery = Gallery::open(&path)?;
    let counts = gallery.counts()?;
    let bytes = std::fs::metadata(&path).with_context(|| format!("cannot read {}", path.display()))?.len();
    Ok(GalleryLine {
        path: path.display().to_string(),
        bytes,
        format: gallery.format(),
        space_id: gallery.space().space_id.clone(),
        same_space: gallery.space() == space,
        identities: counts.identities,
        views: counts.views,
    })
}

fn rows(info: &InfoLine<'_>) -> Vec<Vec<String>> {
    let m = info.manifest;
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
    row("bundle", format!("{} (format {}.{})", info.bundle, m.format.major, m.format.minor));
    row("space", m.space_id.clone());
    let t = &m.training;
    row("model", format!("{}, {} epochs on {} with {} learners, {}", t.backbone, t.epochs, t.set, t.learners, t.tool));
    let [_, h, w] = m.input.shape;
    let shorter = m.input.preprocess.resize_shorter;
    row("input", format!("{w} × {h} px, cut from the centre after resizing the shorter side to {shorter} px"));
    row("embedding", format!("{} values in {} slices", m.output.dim, m.output.learners));
    row("runs", format!("{} with {} {}", info.variant, info.runtime, info.runtime_version));
    if let Some(library) = &info.runtime_library {
        row("library", library.clone());
    }
    for p in &info.providers {
        row("provider", format!("{}: {}", p.provider, p.problem.as_deref().unwrap_or("runs")));
    }
    for variant in &m.variants {
        row("variant", describe(variant));
        for line in super::rates::lines(variant) {
            row("", line);
        }
    }
    if let Some(g) = &info.gallery {
        let fits = if g.same_space { "of this model" } else { "of ANOTHER model: not usable with this bundle" };
        row("gallery", format!("{}, {fits}", g.path));
        let (identities, views) = (counted(g.identities, "identity"), counted(g.views, "view"));
        row("", format!("{identities}, {views}, {} bytes, format {}", g.bytes, g.format));
        if !g.same_space {
            row("", format!("space {}", g.space_id));
        }
    }
    rows
}

fn describe(variant: &Variant) -> String {
    let targets: Vec<String> = variant.targets.iter().map(|t| format!("{t:?}").to_lowercase()).collect();
    let precision = format!("{:?}", variant.precision).to_lowercase();
    let mut text = format!("{}: {precision} for {}, {} bytes", variant.file, targets.join(", "), variant.bytes);
    if let Some(a) = &variant.accuracy {
        let recall = a.recall.first_key_value().map_or(String::new(), |(k, r)| format!("recall@{k} {r:.3}, "));
        text += &format!("; {recall}mAP {:.3} on {} ({})", a.map, a.set, a.protocol);
    }
    match &variant.decision {
        Some(d) => {
            text += &format!(
                "; threshold {:.3}, margin {:.3}, measured with {} of {}",
                d.rule.threshold,
                d.rule.margin,
                counted(d.gallery_identities, "identity"),
                counted(d.views_per_identity, "view")
            );
        }
        None => text += "; no measured thresholds",
    }
    text
}
