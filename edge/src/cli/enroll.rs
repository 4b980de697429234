//! `dnc-edge enroll`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use dnc_edge::gallery::NewView;
use dnc_edge::pipeline::{Pipeline, PipelineError};
use dnc_edge::words::counted;
use dnc_edge::{Bundle, Gallery, Space};

use super::enroll_report::Report;
use super::exit::Exit;
use super::inputs::{self, Filter, Identities, Input};
use super::thumbnail_args::ThumbnailArgs;
use super::work_args::WorkArgs;
use super::{interrupt, progress};

/// Pictures of one transaction: what Ctrl-C waits for, and what a power cut may cost.
const BATCH: usize = 32;

/// Enrol pictures of identities.
///
/// All pictures are decoded first: a broken one stops the run before anything is enrolled. A picture that is
/// enrolled already is skipped, so the same command again goes on where it was interrupted.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  dnc-edge enroll --bundle model.dnc --gallery site.gallery --identity van-17 van1.jpg van2.jpg
  dnc-edge enroll --bundle model.dnc --gallery site.gallery --csv views.csv --where split=gallery
  dnc-edge enroll --bundle model.dnc --gallery site.gallery --folder people --skip-broken
  dnc-edge enroll --bundle model.dnc --gallery site.gallery --folder people --keep-thumbnails=320")]
pub struct Args {
    /// The model: a bundle's folder or .dnc file.
    #[arg(long, value_name = "PATH")]
    bundle: PathBuf,
    /// The gallery's file; made where there is none.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Who is on the PICTUREs.
    #[arg(long, value_name = "NAME", requires = "pictures")]
    identity: Option<String>,
    /// Pictures of that identity.
    #[arg(value_name = "PICTURE", requires = "identity", required_unless_present_any = ["csv", "folder"])]
    pictures: Vec<PathBuf>,
    /// A CSV file with the columns path (relative to the file) and identity.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pictures", "folder"])]
    csv: Option<PathBuf>,
    /// Take only the rows of the CSV file whose COLUMN is VALUE; may be repeated.
    #[arg(long = "where", value_name = "COLUMN=VALUE", requires = "csv")]
    filters: Vec<Filter>,
    /// A folder with one folder of pictures for each identity.
    #[arg(long, value_name = "DIR", conflicts_with = "pictures")]
    folder: Option<PathBuf>,
    /// Skip and count broken pictures instead of stopping.
    #[arg(long)]
    skip_broken: bool,
    /// Keep only the int8 code of each view (d + 4 bytes, not 5·d + 4): similarities change in the third digit.
    #[arg(long)]
    int8_only: bool,
    #[command(flatten)]
    thumbnails: ThumbnailArgs,
    #[command(flatten)]
    work: WorkArgs,
    /// Write a JSON line for each picture, once it is on the disk, and a summary.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let inputs = match (&args.csv, &args.folder) {
        (Some(file), _) => inputs::from_csv(file, &args.filters, Identities::Needed)?,
        (None, Some(folder)) => inputs::from_folder(folder)?,
        (None, None) => {
            let picture = |path: &PathBuf| Input { path: path.clone(), identity: args.identity.clone() };
            args.pictures.iter().map(picture).collect()
        }
    };
    let bundle = Bundle::open(&args.bundle)?;
    let embedder = args.work.open(&bundle)?;
    let open = || Gallery::create_or_open(&args.gallery, &Space::of(bundle.manifest()));
    // A gallery that does not fit is said before the pictures are read; a new one is made after that.
    let existing = if args.gallery.exists() { Some(open()?) } else { None };
    interrupt::watch()?;
    let mut report = Report::new(args.json);

    let inputs = report.leave_out_broken(inputs, args.work.threads(), args.skip_broken)?;
    let mut gallery = existing.map_or_else(open, Ok)?;
    let side = args.thumbnails.side(&bundle.manifest().input.preprocess);
    let mut run = Run {
        precision: embedder.variant().precision,
        pipeline: args.work.pipeline(embedder)?.with_thumbnails(side),
        gallery: &mut gallery,
        keep_f32: !args.int8_only,
    };
    let bar = progress::bar(inputs.len(), "enrolling");
    for batch in inputs.chunks(run.pipeline.round().max(BATCH)) {
        if interrupt::requested() {
            break;
        }
        run.enroll(batch, &mut report, args.skip_broken).with_context(|| {
            let enrolled = counted(report.enrolled(), "view");
            format!("enrolled before this: {enrolled}; the same command again goes on")
        })?;
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    report.end(&gallery, interrupt::requested())
}

/// What a batch needs.
struct Run<'a> {
    pipeline: Pipeline,
    gallery: &'a mut Gallery,
    precision: dnc_core::manifest::Precision,
    keep_f32: bool,
}

impl Run<'_> {
    /// Embeds and enrols a batch in one transaction, and only then reports it.
    fn enroll(&mut self, batch: &[Input], report: &mut Report, skip_broken: bool) -> anyhow::Result<()> {
        let paths: Vec<&Path> = batch.iter().map(|i| i.path.as_path()).collect();
        let (mut views, mut broken) = (Vec::new(), Vec::new());
        for (input, embedded) in batch.iter().zip(self.pipeline.embed(&paths)) {
            match embedded {
                Ok(embedded) => views.push(NewView {
                    identity: input.identity.clone().unwrap_or_default(),
                    embedding: embedded.embedding,
                    source: input.path.display().to_string(),
                    picture_sha256: embedded.sha256,
                    precision: self.precision,
                    keep_f32: self.keep_f32,
                    thumbnail: embedded.thumbnail,
                }),
                // It was whole a moment ago: the file changed or went away while we ran.
                Err(PipelineError::Picture(error)) if skip_broken => broken.push((input, error.to_string())),
                Err(error) => return Err(error.into()),
            }
        }
        let outcomes = self.gallery.enroll(&views)?;
        for (view, outcome) in views.into_iter().zip(outcomes) {
            report.outcome(view, outcome)?;
        }
        for (input, error) in broken {
            report.skipped(&input.path, error)?;
        }
        Ok(())
    }
}
