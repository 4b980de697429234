//! `dnc-train bench`.

use clap::ValueEnum;

use crate::backend::{BackendTask, Target, dispatch};
use crate::config::{Config, Flags};
use crate::ops::TrainBackend;
use crate::step_time::{StepTimes, Steps, measure};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Times training steps on random pixels: no data set, no decoding. Settings are those of `dnc-train run`; the first step
is told apart, since a GPU compiles its kernels in it.

Examples:
  dnc-train bench --backbone mobilenet-v2 --size 64
  dnc-train bench --backbone resnet-50 --batch 80 --size 224 --backend cuda --precision bf16
  dnc-train bench --backbone resnet-18 --freeze-norm --json")]
pub struct Args {
    /// Timed steps
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    steps: u32,
    /// Steps before the clock starts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    warm_up: u32,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: Flags,
}

struct Task<'a> {
    config: &'a Config,
    steps: Steps,
}

impl BackendTask for Task<'_> {
    type Output = StepTimes;

    fn run<B: TrainBackend>(self, device: B::Device) -> anyhow::Result<StepTimes> {
        measure::<B>(self.config, self.steps, &device)
    }
}

/// Times the steps and prints what was found.
pub fn execute(args: Args) -> anyhow::Result<()> {
    let mut config = Config::default();
    args.flags.apply(&mut config);
    config.check()?;
    Target::of(&config).check()?;
    let steps = Steps { warm_up: args.warm_up as usize, timed: args.steps as usize };
    let times = dispatch(Target::of(&config), Task { config: &config, steps })?;
    if args.json {
        println!("{}", serde_json::to_string(&times)?);
        return Ok(());
    }
    let ms = |s: f64| format!("{:9.2} ms", s * 1e3);
    let backbone = config.backbone.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default();
    let (width, size, batch, precision) = (config.width, config.size, config.batch, config.precision.name());
    println!("{backbone} at width {width}, {size} px, batch {batch}, {precision}");
    for (part, s) in [
        ("forward", times.forward_s),
        ("loss", times.loss_s),
        ("backward", times.backward_s),
        ("optimiser", times.optimiser_s),
        ("whole step", times.step_s),
        ("first step", times.first_s),
    ] {
        println!("  {part:<11}{}", ms(s));
    }
    println!("  {:.1} pictures/s (medians of {} steps; loss {:.4})", times.pictures_per_s, args.steps, times.loss);
    Ok(())
}
