//! `dnc-export inspect`.

use std::path::PathBuf;

use crate::inspect::{InputShape, inspect, read, table};

/// Show what an ONNX file holds: layers, shapes, parameters, multiply–accumulates, precision.
///
/// Works on any model; operators that are not known are listed without multiply–accumulates, sizes that are not known as
/// ?. An open batch axis is taken as 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  dnc-export inspect bundles/a/model.int8-ort.onnx
  dnc-export inspect theirs.onnx --input-shape 1,3,224,224 --json")]
pub struct Args {
    /// The ONNX file
    model: PathBuf,
    /// Shape of an input whose sizes the file leaves open, as 1,3,224,224 or NAME=1,3,224,224; may be repeated
    #[arg(long, value_name = "SHAPE")]
    input_shape: Vec<InputShape>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

pub fn execute(args: &Args) -> anyhow::Result<()> {
    let (model, bytes) = read(&args.model)?;
    let report = inspect(&model, bytes, &args.input_shape)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", table(&report));
    }
    Ok(())
}
