//! `dnc-export lint`.

use std::path::PathBuf;

use crate::inspect::read;
use crate::tensorrt::lint;

/// Check a quantised ONNX file against TensorRT's written rules of explicit quantisation.
///
/// Nothing here ever ran on TensorRT. A file with findings ends with exit code 1.
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
    if !args.json {
        println!("{path} keeps TensorRT's written rules; it never ran on TensorRT here");
    }
    Ok(())
}
