//! `dnc-train render`.

use std::path::PathBuf;

use dnc_datasets::render::{RenderConfig, render_garments, render_vehicles};

use super::watch::bar;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  dnc-train render --out vehicles --train-identities 200 --test-identities 60 --seed 1
  dnc-train render --what garments --out garments --size 128 --views 8

A folder that holds other pictures is refused; the same command goes on with its own.")]
pub struct Args {
    /// What to draw
    #[arg(long, value_enum, default_value_t = What::Vehicles)]
    what: What,
    /// Folder to write to
    #[arg(long)]
    out: PathBuf,
    /// Identities to train on
    #[arg(long, default_value_t = RenderConfig::default().train_identities)]
    train_identities: usize,
    /// Identities to test on
    #[arg(long, default_value_t = RenderConfig::default().test_identities)]
    test_identities: usize,
    /// Cameras, or rooms, of the training pictures
    #[arg(long, default_value_t = RenderConfig::default().train_cameras)]
    train_cameras: usize,
    /// Cameras, or rooms, of the test pictures, none of them seen in training
    #[arg(long, default_value_t = RenderConfig::default().test_cameras)]
    test_cameras: usize,
    /// Pictures of each identity
    #[arg(long, default_value_t = RenderConfig::default().views_per_identity)]
    views: usize,
    /// Side of a picture, px
    #[arg(long, default_value_t = RenderConfig::default().size_px)]
    size: u32,
    /// Seed of everything drawn
    #[arg(long, default_value_t = RenderConfig::default().seed)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum What {
    /// Vehicles seen by several cameras, in PKU VehicleID layout
    Vehicles,
    /// Garments in several rooms, worn, hanging or lying, in In-Shop layout
    Garments,
}

pub fn execute(args: Args) -> anyhow::Result<()> {
    let config = RenderConfig {
        train_identities: args.train_identities,
        test_identities: args.test_identities,
        train_cameras: args.train_cameras,
        test_cameras: args.test_cameras,
        views_per_identity: args.views,
        size_px: args.size,
        seed: args.seed,
    };
    let bar = bar((args.train_identities + args.test_identities) * args.views, "draw".into());
    let progress = |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    };
    let summary = match args.what {
        What::Vehicles => render_vehicles(&config, &args.out, &progress),
        What::Garments => render_garments(&config, &args.out, &progress),
    };
    bar.finish_and_clear();
    let summary = summary?;
    println!("{} pictures, {:.1} MB, in {}", summary.pictures, summary.bytes as f64 / 1e6, args.out.display());
    Ok(())
}
