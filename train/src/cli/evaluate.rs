//! `dnc-train evaluate`.

mod csv;
mod measures;
mod table;

use std::path::PathBuf;

use anyhow::Context;

use super::watch::bar;
use crate::backend::{BackendTask, Target, dispatch};
use crate::checkpoint::{Run, Which};
use crate::config::{Config, Flags};
use crate::embed::Vector;
use crate::evaluate::{
    Baseline, Evaluation, EvaluationOptions, Part, Scope, embed_histogram, embed_network, initial_network,
    trained_masks, trained_network,
};
use crate::ops::TrainBackend;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Settings come from the run; flags change them (another --data, --skip-broken). Without --run a baseline of the
settings given is scored. All scores are shares in [0, 1] with --json, per cent in the table and with --csv. Rates
that too few pictures support are left out (30 expected false accepts are needed).

Examples:
  dnc-train evaluate --run runs/a --json
  dnc-train evaluate --run runs/a --rerank --csv
  dnc-train evaluate --run runs/a --expand-query 5 --expand-alpha 3
  dnc-train evaluate --run runs/a --data VehicleID_V1.0 --protocol gallery-draws --recall-at 1,5
  dnc-train evaluate --run runs/a --data VeRi --protocol camera-aware --metrics retrieval
  dnc-train evaluate --run runs/a --baseline untrained
  dnc-train evaluate --baseline features --weights weights/mobilenet-v2.pt --size 96 --data split.csv
  dnc-train evaluate --baseline histogram --data split.csv")]
pub struct Args {
    /// Folder of a run
    #[arg(long, required_unless_present = "baseline")]
    run: Option<PathBuf>,
    /// Which of the run's checkpoints: last, best (on the validation part), or a number of epochs
    #[arg(long, default_value_t)]
    checkpoint: Which,
    /// Score this instead of the run's trained embedding
    #[arg(long, value_enum)]
    baseline: Option<Baseline>,
    /// Pictures scored
    #[arg(long, value_enum, default_value = "test")]
    part: Part,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Print a header and one row of comma-separated values, in per cent
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    measures: measures::Measures,
    #[command(flatten)]
    flags: Flags,
}

/// What is scored, and how.
pub(super) struct Task<'a> {
    pub config: &'a Config,
    pub run: Option<Run>,
    pub baseline: Option<Baseline>,
    pub part: Part,
    pub options: &'a EvaluationOptions,
}

impl Task<'_> {
    /// Scores it on the backend that the settings name.
    pub fn score(self) -> anyhow::Result<Evaluation> {
        let config = self.config;
        dispatch(Target::of(config).in_f32(), self).with_context(|| format!("scoring {}", config.data.display()))
    }
}

impl BackendTask for Task<'_> {
    type Output = Evaluation;

    fn run<B: TrainBackend>(self, device: B::Device) -> anyhow::Result<Evaluation> {
        let dataset = dnc_datasets::open(&self.config.data, self.config.test_size)?;
        let scope = Scope { config: self.config, dataset: &dataset, part: self.part };
        let samples = self.part.samples(&dataset, self.config);
        if let (Part::Validation, Some(run)) = (self.part, &self.run) {
            run.check_held_out(&dataset, &samples)?;
        }
        let (network, vector, model) = match (self.baseline, &self.run) {
            (Some(Baseline::Histogram), _) => return embed_histogram(scope)?.evaluate(scope, self.options),
            (Some(Baseline::Untrained), _) => {
                (initial_network(self.config, &device)?, Vector::Embedding, "untrained embedding")
            }
            (Some(Baseline::Features), _) => {
                let pretrained = self.config.weights.is_some();
                let model = if pretrained { "pretrained features" } else { "untrained features" };
                (initial_network(self.config, &device)?, Vector::Features, model)
            }
            (None, Some(run)) => (trained_network(run, self.config, &device)?, Vector::Embedding, "trained embedding"),
            (None, None) => anyhow::bail!("nothing to score; give --run or --baseline"),
        };
        let model = format!("{model}, {} at {} px", network.graph().name, self.config.size);
        let total = samples.len();
        anyhow::ensure!(total > 0, "the {} part of {} holds no pictures", self.part.name(), dataset.name);
        let bar = bar(total, "embed".into());
        let embedded = embed_network::<B::InnerBackend>(&network, vector, model, scope, &device, |n| {
            bar.inc(n as u64);
        });
        bar.finish_and_clear();
        let mut embedded = embedded?;
        if let (true, None, Some(run)) = (self.options.per_learner, self.baseline, &self.run) {
            embedded.masks = trained_masks::<B::InnerBackend>(run, self.config, &device)?;
        }
        embedded.evaluate(scope, self.options)
    }
}

pub fn execute(args: Args) -> anyhow::Result<()> {
    let run = args.run.as_deref().map(|run| Run::at(run).choosing(args.checkpoint));
    let mut config = match &run {
        Some(run) => run.config()?,
        None => Config::default(),
    };
    args.flags.apply(&mut config);
    anyhow::ensure!(!config.data.as_os_str().is_empty(), "no pictures named; give --data PATH");
    config.check()?;
    let options = args.measures.options();
    let task = Task { config: &config, run, baseline: args.baseline, part: args.part, options: &options };
    let found = task.score()?;
    if args.json {
        println!("{}", serde_json::to_string(&found)?);
    } else if args.csv {
        print!("{}", csv::text(&found)?);
    } else {
        print!("{}", table::text(&found));
    }
    Ok(())
}
