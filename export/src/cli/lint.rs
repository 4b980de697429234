//! `dnc-export lint`.

use std::path::PathBuf;

use crate::inspect::read;
use crate::tensorrt::{is_quantised, lint};

/// Check a quantised ONNX file against TensorRT's written rules of explicit quantisation.
///
/// Nothing here ever ran on TensorRT. A file with findings ends with exit code 1; of one without any quantisation it is said
/// that no rule applies.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  dnc-export lint bundles/a/model.int8-tensorrt.onnx")]
pub struct Args {
    /// The ONNX file
    model: PathBuf,
    /// Write a JSON array
    #[arg(long)]
    json: bool,
}

pub fn execute(args: &Args) -> anyhow::Result<()> {
    let (model, _) = read(&args.model)?;
    let findings = lint(&model);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    } else {
        for finding in &findings {
            println!("{:?}: {}: {}", finding.rule, finding.node, finding.problem);
        }
    }
    let (found, path) = (findings.len(), args.model.display());
    anyhow::ensure!(found == 0, "{path} breaks TensorRT's rules in {found} places");
    if !is_quantised(&model) {
        // Beside the JSON array too, which is as empty as that of a good file.
        eprintln!("note: nothing is quantised in {path}: no rule applies, and TensorRT would run it in float");
    }
    if !args.json {
        println!("{path} keeps TensorRT's written rules; it never ran on TensorRT here");
    }
    Ok(())
}
