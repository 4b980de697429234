//! `dnc-export evaluate`.

use std::path::PathBuf;

use anyhow::Context;
use dnc_datasets::Split;
use dnc_edge::Bundle;
use dnc_edge::runtime::{Engine, OrtOptions};

use super::progress::with_progress;
use crate::evaluation::{Row, evaluate};
use crate::quantise::Pictures;
use crate::runner::{Runner, reader};

/// Score the variants of a bundle, and other ONNX files beside them, on a data set.
///
/// Each picture of the part is a query against all others (leave one out). The first row is the bundle's f32 variant;
/// every other row says what it loses against f32 with the same library, with the paired bootstrap's 95 % interval, and of
/// how many queries the nearest picture is the first row's.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  dnc-export evaluate --bundle a.dnc --data pictures
  dnc-export evaluate --bundle a.dnc --data pictures --runtime ort,tract     # do both libraries answer alike?
  dnc-export evaluate --bundle a.dnc --data pictures --runtime ort --onnx theirs.onnx --json")]
pub struct Args {
    /// The bundle: a folder or .dnc file
    #[arg(long)]
    bundle: PathBuf,
    /// A data set (see dnc-train data check)
    #[arg(long)]
    data: PathBuf,
    /// Which part of it
    #[arg(long, value_enum, default_value_t = Part::Test)]
    part: Part,
    /// Identities of the test list, of a set with several (VehicleID: 800, 1600, 2400)
    #[arg(long)]
    test_size: Option<usize>,
    /// Run each variant with these libraries, as far as it is made for them, else with the one it is made for
    #[arg(long, value_enum, value_name = "LIBRARY,...", value_delimiter = ',', default_value = "ort")]
    runtime: Vec<Engine>,
    /// Another ONNX file with the bundle's input and output, run with the first library; may be repeated
    #[arg(long, value_name = "FILE")]
    onnx: Vec<PathBuf>,
    /// ONNX Runtime's library [default: $ORT_DYLIB_PATH, else what `dnc-edge runtime fetch` got]
    #[arg(long, value_name = "FILE")]
    ort_library: Option<PathBuf>,
    /// Write a JSON array
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Its test part
    Test,
    /// Its training part
    Train,
}

pub fn execute(args: &Args) -> anyhow::Result<()> {
    let bundle = Bundle::open(&args.bundle)?;
    let dataset = dnc_datasets::open(&args.data, args.test_size)?;
    let samples = dataset.part(if args.part == Part::Test { Split::Test } else { Split::Train });
    let preprocess = &bundle.manifest().input.preprocess;
    let read = reader(&samples, preprocess);
    let labels: Vec<u32> = samples.iter().map(|s| s.identity).collect();
    let ort = OrtOptions { library: args.ort_library.clone(), ..OrtOptions::default() };
    let runner = Runner { size: preprocess.size, dim: bundle.manifest().output.dim, ort };
    let mut files = Vec::new();
    for path in &args.onnx {
        files.push((
            path.display().to_string(),
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?,
        ));
    }
    let pictures = Pictures { len: samples.len(), read: &read };
    let rows =
        with_progress(|progress| evaluate(&bundle, &files, &args.runtime, &runner, &pictures, &labels, progress))?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        println!("{} {:?} part, {} queries, leave one out", dataset.name, args.part, labels.len());
        print!("{}", Row::table(&rows));
    }
    Ok(())
}
