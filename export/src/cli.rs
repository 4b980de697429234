//! The command line of `dnc-export`.

use std::path::PathBuf;

use clap::Parser;
use dnc_train::checkpoint::Which;
use indicatif::{ProgressBar, ProgressStyle};

use crate::bundle::{Request, export};
use crate::thresholds::Draws;

/// Turn a trained run into a bundle for the device: ONNX, verified, with its decision thresholds.
#[derive(Debug, Parser)]
#[command(
    name = "dnc-export",
    version,
    after_help = "\
The ONNX file is run with the device's own runtime on validation and training pictures (never test pictures) and
compared with the training network: below a cosine of 0.9999 on any picture no bundle is written.

Examples:
  dnc-export --run runs/a --out bundles/a
  dnc-export --run runs/a --out a.dnc
  dnc-export --run runs/a --out bundles/a --force --data /mnt/pictures/split.csv

Exit codes: 0 done, 1 error (no bundle written), 2 wrong usage."
)]
pub struct Cli {
    /// Folder of a trained run
    #[arg(long)]
    run: PathBuf,
    /// Which of the run's checkpoints: last, best (on the validation part), or a number of epochs
    #[arg(long, default_value_t)]
    checkpoint: Which,
    /// Folder that the bundle becomes; one file where the name ends with .dnc
    #[arg(long)]
    out: PathBuf,
    /// The run's pictures, where they moved
    #[arg(long)]
    data: Option<PathBuf>,
    /// Replace a bundle that is there
    #[arg(long)]
    force: bool,
    /// Pictures to compare at least
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    verify_pictures: u32,
    /// Views of each identity that are enrolled when the threshold is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    views: u32,
    /// Draws of who is enrolled when the threshold is measured
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    draws: u32,
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// What went wrong, with its context.
    pub fn execute(self) -> anyhow::Result<()> {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("verify {bar:30} {pos}/{len} {elapsed}<{eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let request = Request {
            run: self.run,
            checkpoint: self.checkpoint,
            out: self.out,
            data: self.data,
            force: self.force,
            verify_pictures: self.verify_pictures as usize,
            draws: Draws { views: self.views as usize, draws: self.draws as usize, seed: 1 },
        };
        let result = export(&request, &|done, total| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        });
        bar.finish_and_clear();
        let exported = result?;
        let m = &exported.manifest;
        let v = &m.variants[0];
        println!("{}", request.out.display());
        println!("  model      {}, {:.2} MB, {}", v.file, v.bytes as f64 / 1e6, m.training.backbone);
        println!("  embedding  {} values, {} learners, space {}", m.output.dim, m.output.learners, &m.space_id[..12]);
        println!(
            "  verified   {}, {} pictures, lowest cosine to training {:.7}",
            v.verification.runtime, v.verification.pictures, v.verification.min_cosine
        );
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
            print!("{}", crate::thresholds::table(&d.by_gallery));
        }
        for note in exported.notes {
            eprintln!("note: {note}");
        }
        Ok(())
    }
}
