//! `dnc-train run`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;

use super::INTERRUPTED;
use super::dashboard::{self, Dashboard};
use super::watch::Bars;
use super::watchers::Watchers;
use crate::backend::{BackendTask, Target, dispatch};
use crate::checkpoint::Run;
use crate::config::{Config, Flags};
use crate::history::History;
use crate::ops::TrainBackend;
use crate::tensorboard::{self, EventLog};
use crate::trainer::{Observer, Outcome, train};

/// How long a Ctrl-C waits for the batch under way.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Every setting can stand in a TOML file (--config), as a flag, or both: the flag wins. The folder --out keeps
settings, history, the newest checkpoint and the weights of the best; the same command goes on after Ctrl-C or a
crash, with the same losses as an uninterrupted run.

Examples:
  dnc-train run --data split.csv --out runs/a --size 64 --epochs 20
  dnc-train run --config vehicles.toml --out runs/b --learners 8 --seed 3
  dnc-train run --data split.csv --out runs/a --dashboard
  dnc-train run --data VehicleID_V1.0 --test-size 800 --out runs/c --backend cuda")]
pub struct Args {
    /// Folder of the run
    #[arg(long)]
    out: PathBuf,
    /// Settings as TOML (`dnc-train config` prints all)
    #[arg(long)]
    config: Option<PathBuf>,
    /// Show the run on the whole terminal, live; q stops it as Ctrl-C does
    #[arg(long)]
    dashboard: bool,
    #[command(flatten)]
    flags: Flags,
}

struct Task<'a> {
    config: &'a Config,
    run: Run,
    stop: Arc<AtomicBool>,
    dashboard: bool,
}

impl Task<'_> {
    /// Everything that shall watch the run.
    fn watchers(&self) -> anyhow::Result<Watchers> {
        let history = match self.run.newest()? {
            Some(_) => self.run.state()?.1,
            None => History::default(),
        };
        let events = match self.config.tensorboard {
            true => Some(EventLog::open(&self.run.folder().join(tensorboard::FOLDER), &history)?),
            false => None,
        };
        if self.dashboard {
            let name = self.run.folder().display().to_string();
            match Dashboard::start(name, history, self.stop.clone()) {
                Ok(dashboard) => return Ok(Watchers::new(Box::new(dashboard), events)),
                Err(reason) => eprintln!("note: no dashboard, since {reason}: plain lines instead"),
            }
        }
        Ok(Watchers::new(Box::new(Bars::default()), events))
    }
}

impl BackendTask for Task<'_> {
    type Output = Outcome;

    fn run<B: TrainBackend>(self, device: B::Device) -> anyhow::Result<Outcome> {
        let dataset = dnc_datasets::open(&self.config.data, self.config.test_size)?;
        let watchers = self.watchers()?;
        for difference in dnc_datasets::check::incomplete(&dataset, &self.config.data, self.config.test_size) {
            watchers.note(&format!("{difference}; `dnc-train data check` lists what is missing"));
        }
        let shared = dataset.shared_identities();
        if !shared.is_empty() {
            watchers.note(&format!("{} identities stand in both parts, as {:?}", shared.len(), shared[0]));
        }
        train::<B>(self.config, &dataset, &self.run, &device, &watchers, &self.stop)
    }
}

/// The path as seen from anywhere: a run's settings are read again from its own folder.
fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("path {}", path.display()))
}

/// The settings checked, their paths absolute.
pub(super) fn settled(mut config: Config) -> anyhow::Result<Config> {
    config.check()?;
    Target::of(&config).check()?;
    config.data = absolute(&config.data)?;
    config.weights = config.weights.map(|w| absolute(&w)).transpose()?;
    config.cache_dir = config.cache_dir.map(|d| absolute(&d)).transpose()?;
    config.check_paths()?;
    Ok(config)
}

/// Trains in the folder `out`, or goes on there, until it is done or Ctrl-C comes.
pub(super) fn train_in(config: &Config, out: &Path, dashboard: bool) -> anyhow::Result<Outcome> {
    let run = Run::at(out);
    let _lock = run.begin(config)?;

    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    ctrlc::set_handler(move || {
        // A second Ctrl-C does not wait for the batch.
        if flag.swap(true, Ordering::Relaxed) {
            dashboard::leave();
            std::process::exit(i32::from(INTERRUPTED));
        }
        std::thread::spawn(|| {
            // Decoding, a division or a large batch may take minutes. Whole epochs are all that is kept anyway, so
            // nothing is lost by ending there.
            std::thread::sleep(PATIENCE);
            dashboard::leave();
            eprintln!("stopped; the last checkpoint, where there is one, is kept: the same command goes on");
            std::process::exit(i32::from(INTERRUPTED));
        });
    })
    .context("cannot listen for Ctrl-C")?;
    dispatch(Target::of(config), Task { config, run, stop, dashboard })
}

pub fn execute(args: Args) -> anyhow::Result<ExitCode> {
    let mut config = match &args.config {
        Some(path) => Config::read(path)?,
        None => Config::default(),
    };
    args.flags.apply(&mut config);
    anyhow::ensure!(!config.data.as_os_str().is_empty(), "no pictures named; give --data PATH, or data in --config");
    let config = settled(config)?;
    let outcome = train_in(&config, &args.out, args.dashboard)?;
    Ok(match outcome {
        Outcome::Finished => {
            eprintln!(
                "done; next: dnc-train evaluate --run {0}, dnc-export --run {0} --out BUNDLE",
                args.out.display()
            );
            ExitCode::SUCCESS
        }
        Outcome::StoppedEarly { epochs, best } => {
            eprintln!(
                "stopped after {epochs} of {} epochs: {} validations without a better {} than after epoch {best} (more \
                 --patience or --epochs goes on); next: dnc-train evaluate --run {out} --checkpoint best, dnc-export \
                 --run {out} --checkpoint best --out BUNDLE",
                config.epochs,
                config.patience,
                config.best_by.name(),
                out = args.out.display()
            );
            ExitCode::SUCCESS
        }
        Outcome::Interrupted { epochs } => {
            eprintln!("stopped; the checkpoint after {epochs} epochs is kept: the same command goes on from there");
            ExitCode::from(INTERRUPTED)
        }
    })
}
