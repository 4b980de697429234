//! `dnc-edge bench`.

mod apart;
mod compare;
mod jobs;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use dnc_edge::Bundle;
use dnc_edge::bench::machine::Machine;
use dnc_edge::bench::report::{FORMAT, Failed};
use dnc_edge::bench::{Report, scene};
use dnc_edge::live::Region;
use dnc_edge::words::counted;

use apart::{measured_apart, work};
use compare::compare;
use jobs::jobs;

use super::exit::Exit;
use super::inputs;
use super::progress::bar;
use super::runtime_args::RuntimeArgs;
use super::table::align;

/// Measure this device: from a picture's bytes to a decision, step by step.
///
/// Every variant of the bundle with every library that runs it, each in a process of its own. Times are of a whole batch,
/// in milliseconds (p50; p95 and p99 of the total); `start ms` is from the start of the process to its first decision, `MB`
/// the resident memory at the end. Workers (--threads) run side by side, each with its own pictures. Energy is told where
/// the board counts it and lets you read it: an INA3221 (Jetson), or RAPL (root only on most systems).
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  dnc-edge bench --bundle model.dnc
  dnc-edge bench --bundle model.dnc --variant int8 --runtime ort --threads 1,4 --batch 1,8
  dnc-edge bench --bundle model.dnc --pictures crops/ --gallery site.gallery --json here.json
  dnc-edge bench compare laptop.json jetson.json

Exit codes: 0 all was measured, 3 some could not be (or a ratio is above compare's --max-ratio), 1 an error."
)]
pub struct Args {
    #[command(subcommand)]
    compare: Option<Other>,
    /// The model: a bundle's folder or .dnc file.
    #[arg(long, value_name = "PATH", required = true)]
    bundle: Option<PathBuf>,
    /// Pictures, or folders of them [default: eight built-in JPEGs of 640 × 480].
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pictures: Vec<PathBuf>,
    /// The box that is cut out of each picture, in its pixels [default: the whole picture].
    #[arg(long = "box", value_name = "LEFT,TOP,WIDTH,HEIGHT")]
    region: Option<Region>,
    /// A gallery to search [default: a made-up one].
    #[arg(long, value_name = "FILE", conflicts_with = "gallery_size")]
    gallery: Option<PathBuf>,
    /// Identities of the made-up gallery, a view each.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=5_000_000))]
    gallery_size: u32,
    /// Search int8 codes first, as identify --scan int8 does.
    #[arg(long)]
    int8_search: bool,
    /// Workers side by side, one measurement each.
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "1", value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: Vec<u32>,
    /// Pictures of one run of the model, one measurement each.
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "1", value_parser = clap::value_parser!(u32).range(1..=1024))]
    batch: Vec<u32>,
    /// Batches measured, for each worker.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    runs: u32,
    /// Batches before the clock counts, for each worker.
    #[arg(long, value_name = "N", default_value_t = 20)]
    warm_up: u32,
    #[command(flatten)]
    runtime: RuntimeArgs,
    /// Write the figures, with the facts of the machine, to a file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Other {
    /// Set two reports side by side: medians and their ratios.
    #[command(after_help = "\
Examples:
  dnc-edge bench compare before.json after.json
  dnc-edge bench compare before.json after.json --max-ratio 1.1    # exit code 3 where the total is slower than that")]
    Compare {
        /// Report A, of dnc-edge bench --json.
        a: PathBuf,
        /// Report B.
        b: PathBuf,
        /// Largest ratio B/A of the total's median that is no failure.
        #[arg(long, value_name = "RATIO")]
        max_ratio: Option<f64>,
    },
    /// Be the measuring process: a job as JSON on standard input.
    #[command(hide = true)]
    Worker,
}

pub fn run(args: &Args) -> anyhow::Result<Exit> {
    match &args.compare {
        Some(Other::Compare { a, b, max_ratio }) => compare(a, b, *max_ratio),
        Some(Other::Worker) => work(),
        None => measure(args),
    }
}

fn measure(args: &Args) -> anyhow::Result<Exit> {
    let path = args.bundle.as_ref().context("no --bundle was given")?;
    let bundle = Bundle::open(path)?;
    let pictures = picture_files(&args.pictures)?;
    let (jobs, left_out) = jobs(args, &bundle, path, &pictures)?;
    if let Some(file) = &args.json {
        // Rather now than after minutes of measuring.
        std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(file)
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    for note in left_out {
        eprintln!("note: {note}");
    }
    let mut report = Report {
        format: FORMAT,
        machine: Machine::here(),
        space_id: bundle.manifest().space_id.clone(),
        pictures: match pictures.len() {
            0 => scene::BUILT_IN.to_owned(),
            n => format!("{n} files, from {}", pictures[0].display()),
        },
        measured: Vec::new(),
        failed: Vec::new(),
    };
    let progress = bar(jobs.len(), "measuring");
    for job in &jobs {
        match measured_apart(job) {
            Ok(measured) => report.measured.push(measured),
            Err(error) => {
                let what = job.name();
                progress.suspend(|| eprintln!("failed: {what}: {error:#}"));
                report.failed.push(Failed { what, reason: format!("{error:#}") });
            }
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    if let Some(file) = &args.json {
        let text = serde_json::to_string_pretty(&report)? + "\n";
        std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let mut out = std::io::stdout().lock();
    print(&mut out, &report)?;
    match (report.measured.is_empty(), report.failed.is_empty()) {
        (true, _) => bail!("nothing could be measured"),
        (false, true) => Ok(Exit::Done),
        (false, false) => Ok(Exit::Partly),
    }
}

fn print(out: &mut impl Write, report: &Report) -> std::io::Result<()> {
    writeln!(out, "{}", report.machine.line())?;
    if let Some(first) = report.measured.first() {
        let search = if first.int8_search { "int8, then f32" } else { "f32" };
        writeln!(
            out,
            "{}; {} of {} searched ({search}); times in ms of a batch, p50",
            report.pictures,
            counted(first.gallery_views, "view"),
            counted(first.gallery_identities, "identity")
        )?;
    }
    write!(out, "{}", align(&report.rows()))?;
    let mut sources: Vec<&str> =
        report.measured.iter().filter_map(|m| m.energy.as_ref()).map(|e| e.source.as_str()).collect();
    sources.dedup();
    for source in sources {
        writeln!(out, "energy: {source}")?;
    }
    Ok(())
}

/// The pictures' files by absolute paths: a report should say more than "a.jpg".
fn picture_files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let files = inputs::pictures_at(paths)?;
    files.iter().map(|f| std::path::absolute(f).with_context(|| format!("{}", f.display()))).collect()
}
