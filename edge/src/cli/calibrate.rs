//! `dnc-edge calibrate`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::bail;
use dnc_core::manifest::Variant;
use dnc_core::open_set::{Draws, table};
use dnc_edge::calibration::Calibration;
use dnc_edge::live::now;
use dnc_edge::pipeline::{Pipeline, PipelineError};
use dnc_edge::{Bundle, Gallery, IdentificationRule, Space};

use super::exit::Exit;
use super::inputs;
use super::progress::bar;
use super::table::align;
use super::work_args::WorkArgs;

/// Measure the thresholds on this site's own enrolled views.
///
/// The bundle's thresholds were measured on the training set's pictures; a camera's may need others. In each draw half of the
/// enrolled identities play the gallery and the other half the strangers, and the very decision of `identify` is made on the
/// views left over. Nothing is changed in the gallery: --out writes a file that `identify --calibration` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  dnc-edge calibrate --bundle model.dnc --gallery site.gallery
  dnc-edge calibrate --bundle model.dnc --gallery site.gallery --strangers passers-by/ --out site.calibration.json
  dnc-edge identify --bundle model.dnc --gallery site.gallery --calibration site.calibration.json probe.jpg

Exit codes: 0 measured, 3 measured but for broken pictures of strangers, 1 an error (too few identities, ...).")]
pub struct Args {
    /// The model: a bundle's folder or .dnc file.
    #[arg(long, value_name = "PATH")]
    bundle: PathBuf,
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Pictures, or folders of them, of identities that are not enrolled, one identity a picture.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    strangers: Vec<PathBuf>,
    /// Views enrolled of each identity, at most, in a draw for the balanced rule.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    views: u32,
    /// Draws of who is enrolled.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    draws: u32,
    /// Seed of the draws.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Write the thresholds to a file for `identify --calibration`.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    work: WorkArgs,
    /// Write the thresholds as one JSON object.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let bundle = Bundle::open(&args.bundle)?;
    let gallery = Gallery::open(&args.gallery)?;
    gallery.check_space(&Space::of(bundle.manifest()))?;
    let embedder = args.work.open(&bundle)?;
    let variant = embedder.variant().clone();
    let mut pipeline = args.work.pipeline(embedder)?;
    let (strangers, broken) = embed(&mut pipeline, &args.strangers)?;
    let draws = Draws { views: args.views as usize, draws: args.draws as usize, seed: args.seed };
    let snapshot = gallery.snapshot()?;
    let (calibration, note) = Calibration::measure(&snapshot, (&strangers, Some(&variant)), draws, now())?;
    if let Some(note) = note {
        eprintln!("note: {note}");
    }
    if let Some(path) = &args.out {
        calibration.write(path)?;
    }
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&calibration)?)?;
    } else {
        print(&mut out, &calibration, &variant)?;
    }
    Ok(if broken > 0 { Exit::Partly } else { Exit::Done })
}

/// Embeddings of all pictures below `paths`, and how many were broken.
fn embed(pipeline: &mut Pipeline, paths: &[PathBuf]) -> anyhow::Result<(Vec<f32>, usize)> {
    let files = inputs::pictures_at(paths)?;
    let progress = bar(files.len(), "embedding strangers");
    let (mut values, mut broken) = (Vec::new(), 0);
    for round in files.chunks(pipeline.round().max(64)) {
        let paths: Vec<&Path> = round.iter().map(PathBuf::as_path).collect();
        for embedded in pipeline.embed(&paths) {
            match embedded {
                Ok(embedded) => values.extend(embedded.embedding),
                Err(PipelineError::Picture(error)) => {
                    broken += 1;
                    progress.suspend(|| eprintln!("skipped: {error}"));
                }
                Err(error) => return Err(error.into()),
            }
            progress.inc(1);
        }
    }
    progress.finish_and_clear();
    if !files.is_empty() && values.is_empty() {
        bail!("none of the {} pictures of strangers can be read", files.len());
    }
    Ok((values, broken))
}

fn print(out: &mut impl Write, calibration: &Calibration, variant: &Variant) -> std::io::Result<()> {
    let d = &calibration.decision;
    writeln!(out, "measured on {}", d.set)?;
    let mut rows = vec![["", "threshold", "margin", "measured with"].map(str::to_owned).to_vec()];
    let mut row = |name: &str, threshold: f32, margin: f32, with: String| {
        rows.push(vec![name.to_owned(), format!("{threshold:.3}"), format!("{margin:.3}"), with]);
    };
    let sizes = |identities, views| format!("{identities} identities of up to {views} views");
    row("this site", d.rule.threshold, d.rule.margin, sizes(d.gallery_identities, d.views_per_identity));
    if let Some(IdentificationRule { rule, measured: Some(with) }) = IdentificationRule::of(variant) {
        row("the bundle's", rule.threshold, rule.margin, sizes(with.identities, with.views_per_identity));
    }
    write!(out, "{}", align(&rows))?;
    writeln!(
        out,
        "known accepted {:.3} of {}, strangers not accepted {:.3} of {} (on the trials that the rule was chosen from)",
        d.rates.known_accept_rate, d.rates.known, d.rates.stranger_reject_rate, d.rates.strangers
    )?;
    write!(out, "{}", table(&d.by_gallery))
}
