//! `dnc-export --run … --out …`.

use std::path::PathBuf;

use dnc_core::manifest::Variant;
use dnc_core::open_set::Draws;
use dnc_edge::runtime::{OrtOptions, precision_name};
use dnc_train::checkpoint::Which;

use super::progress::with_progress;
use crate::bundle::export;
use crate::gate::Limits;
use crate::kind::Kind;
use crate::onnx::{OPSET, OPSETS};
use crate::quantise::plan::Scheme;
use crate::quantise::{Observer, Recipe};
use crate::request::{Exported, Request};

pub const AFTER_HELP: &str = "\
The f32 model is always part of the bundle; --variants adds others. Each file is run with the device's own runtime on
validation and training pictures (never test pictures) and compared with the training network. A variant that loses
more recall@1 than --max-drop, or is further from f32 than --min-cosine, gets its costliest layers back in float, the
fewest that help; where that is not enough no bundle is written. OUT.gate.json says what was lost and where.

Examples:
  dnc-export --run runs/a --out bundles/a
  dnc-export --run runs/a --out a.dnc --variants f16,int8-ort
  dnc-export --run runs/a --out a.dnc --variants int8-ort --allow-small --max-drop 1
  dnc-export --run runs/a --out small.dnc --learners 2
  dnc-export evaluate --bundle a.dnc --data pictures --part test

Exit codes: 0 done, 1 error (no bundle written), 2 wrong usage.";

#[derive(Debug, clap::Args)]
pub struct Args {
    // Optional for a command's sake alone: clap asks for both where none is given.
    /// Folder of a trained run
    #[arg(long, required = true)]
    run: Option<PathBuf>,
    /// Which of the run's checkpoints: last, best (on the validation part), or a number of epochs
    #[arg(long, default_value_t)]
    checkpoint: Which,
    /// Folder that the bundle becomes; one file where the name ends with .dnc
    #[arg(long, required = true)]
    out: Option<PathBuf>,
    /// The run's pictures, where they moved
    #[arg(long)]
    data: Option<PathBuf>,
    /// Replace a bundle that is there
    #[arg(long)]
    force: bool,
    /// Variants beside f32
    #[arg(long, value_name = "VARIANT,...", value_delimiter = ',')]
    variants: Vec<Kind>,
    /// Keep the first M learners' slices alone: a smaller embedding, whose accuracy is shown
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u32).range(1..))]
    learners: Option<u32>,
    /// ONNX operator set
    #[arg(long, default_value_t = OPSET, value_parser = clap::value_parser!(i64).range(OPSETS))]
    opset: i64,
    /// Pictures that the model takes at once [default: any number]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1024))]
    batch: Option<u32>,
    /// Give the pooled features as a second output
    #[arg(long)]
    features: bool,
    /// Pictures to compare at least
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    verify_pictures: u32,
    /// Views of each identity that are enrolled when the threshold is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    views: u32,
    /// Draws of who is enrolled when the threshold is measured
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    draws: u32,
    #[command(flatten)]
    quantisation: Quantisation,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Quantisation and gate")]
struct Quantisation {
    /// Calibration pictures, drawn from the training part
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..))]
    calibration: u32,
    /// Seed that draws them
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    calibration_seed: u64,
    /// Rule for the range of activations
    #[arg(long, value_enum, default_value_t = Observer::Mse)]
    observer: Observer,
    /// Leave channels as they are instead of equalising them across layers
    #[arg(long)]
    no_equalisation: bool,
    /// Leave biases as they are instead of taking back what rounding shifts
    #[arg(long)]
    no_bias_correction: bool,
    /// Quantise the embedding layer too
    #[arg(long)]
    quantise_head: bool,
    /// Largest drop of recall@1 against f32, in points
    #[arg(long, value_name = "POINTS", default_value_t = 0.5, value_parser = points)]
    max_drop: f64,
    /// Smallest mean cosine to the f32 embeddings
    #[arg(long, value_name = "COSINE", default_value_t = 0.9955, allow_negative_numbers = true, value_parser = cosine)]
    min_cosine: f64,
    /// Let the gate judge by fewer than 1,000 validation queries
    #[arg(long)]
    allow_small: bool,
    /// ONNX Runtime's library [default: $ORT_DYLIB_PATH, else what `dnc-edge runtime fetch` got]
    #[arg(long, value_name = "FILE")]
    ort_library: Option<PathBuf>,
}

/// A number of points of recall@1.
fn points(text: &str) -> Result<f64, String> {
    within(text, 0.0, 100.0)
}

/// A cosine.
fn cosine(text: &str) -> Result<f64, String> {
    within(text, -1.0, 1.0)
}

fn within(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| format!("{text:?} is no number"))?;
    if (least..=most).contains(&value) { Ok(value) } else { Err(format!("{value} is not in {least} to {most}")) }
}

impl Args {
    fn request(self) -> Request {
        let q = self.quantisation;
        // f32 is there anyway, and nothing is made twice.
        let mut variants: Vec<Kind> = Vec::new();
        for kind in self.variants {
            if kind != Kind::F32 && !variants.contains(&kind) {
                variants.push(kind);
            }
        }
        Request {
            run: self.run.unwrap_or_default(),
            checkpoint: self.checkpoint,
            out: self.out.unwrap_or_default(),
            data: self.data,
            force: self.force,
            variants,
            learners: self.learners.map(|m| m as usize),
            opset: self.opset,
            batch: self.batch.map(|n| n as usize),
            features: self.features,
            recipe: Recipe {
                scheme: Scheme::Ort,
                observer: q.observer,
                equalise: !q.no_equalisation,
                correct_bias: !q.no_bias_correction,
                head: q.quantise_head,
            },
            calibration: (q.calibration as usize, q.calibration_seed),
            limits: Limits { max_drop: q.max_drop, min_cosine: q.min_cosine },
            allow_small: q.allow_small,
            ort: OrtOptions { library: q.ort_library, ..OrtOptions::default() },
            verify_pictures: self.verify_pictures as usize,
            draws: Draws { views: self.views as usize, draws: self.draws as usize, seed: 1 },
        }
    }
}

pub fn execute(args: Args) -> anyhow::Result<()> {
    let request = args.request();
    let exported = with_progress(|progress| export(&request, progress))?;
    println!("{}", request.out.display());
    print(&exported);
    for note in exported.notes {
        eprintln!("note: {note}");
    }
    Ok(())
}

fn print(exported: &Exported) {
    let m = &exported.manifest;
    for v in &m.variants {
        println!("  model      {}, {:.2} MB, {}", v.file, v.bytes as f64 / 1e6, m.training.backbone);
        if v.file == m.variants[0].file {
            println!(
                "  embedding  {} values, {} learners, space {}",
                m.output.dim,
                m.output.learners,
                &m.space_id[..12]
            );
        }
        describe(v);
    }
    for report in &exported.gate {
        print!("{}", report.text());
    }
}

fn describe(v: &Variant) {
    println!(
        "  verified   {}, {} pictures, lowest cosine to training {:.7}",
        v.verification.runtime, v.verification.pictures, v.verification.min_cosine
    );
    if let Some(c) = &v.calibration {
        let float = if c.float_layers.is_empty() { "none".to_owned() } else { c.float_layers.join(", ") };
        println!(
            "  quantised  {} on {} pictures ({}, {}); layers left in float: {float}",
            precision_name(v.precision),
            c.pictures,
            c.set,
            c.observer
        );
    }
    if let Some(a) = &v.accuracy {
        println!("  accuracy   R@1 {:.3}, mAP {:.3} ({}, {} queries)", a.recall[&1], a.map, a.set, a.queries);
    }
    if let Some(d) = &v.decision {
        println!(
            "  decision   threshold {:.3}, margin {:.3}: known accepted {:.3}, strangers rejected {:.3} ({} enrolled, up \
             to {} views each)",
            d.rule.threshold,
            d.rule.margin,
            d.rates.known_accept_rate,
            d.rates.stranger_reject_rate,
            d.gallery_identities,
            d.views_per_identity
        );
        print!("{}", dnc_core::open_set::table(&d.by_gallery));
    }
}
