//! `dnc-edge runtime`.

use std::path::PathBuf;

use anyhow::Context;
use dnc_edge::runtime::library;

use super::exit::Exit;

/// Get ONNX Runtime, or say where it is looked for.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Get the CPU library for this machine by package name through your own package client, and check it
    #[command(after_help = "\
The library is loaded while the program runs; this program works without it, with tract. With an NVIDIA GPU take a
library that was built for it, and name it: on a Jetson JetPack's own, elsewhere that of the package onnxruntime-gpu.

Example:
  dnc-edge runtime fetch")]
    Fetch {
        /// Folder to put it in [default: $DNC_RUNTIME_DIR, else dnc-reid in the user's data folder]
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
    },
    /// Say which library would be loaded
    Where,
}

pub fn run(command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Fetch { to } => {
            let (path, known) = library::fetch(to.as_deref())?;
            println!("{}", path.display());
            eprintln!("SHA-256 {} checked; licence: {}", known.sha256, known.licence);
            if to.is_some() {
                eprintln!("name it with --ort-library or {}", library::LIBRARY_VARIABLE);
            }
        }
        Command::Where => {
            let path = library::find(None).with_context(|| {
                format!("no library: run dnc-edge runtime fetch, or set {}", library::LIBRARY_VARIABLE)
            })?;
            println!("{}", path.display());
        }
    }
    Ok(Exit::Done)
}
