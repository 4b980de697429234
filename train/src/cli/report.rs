//! `dnc-train report`.

use std::path::PathBuf;

use anyhow::Context;
use dnc_datasets::{Dataset, Sample, pictures, validation};

use super::watch::bar;
use crate::backend::{BackendTask, Target, dispatch};
use crate::checkpoint::{Run, State};
use crate::config::{Config, Flags};
use crate::divide::Division;
use crate::embed::{Vector, embed_samples};
use crate::evaluate::{Embedded, Part, Scope, trained_masks, trained_network};
use crate::ops::TrainBackend;
use crate::report::{Cluster, Findings, Report, clusters, page};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
One HTML file that needs nothing else: loss and scores with the phases, the divisions with sample pictures of each
cluster, what each learner's slice finds alone, a map of embeddings, the worst queries. Settings come from the run;
flags change them (another --data, --skip-broken).

Examples:
  dnc-train report --run runs/a
  dnc-train report --run runs/a --part test --out a.html")]
pub struct Args {
    /// Folder of the run
    #[arg(long)]
    run: PathBuf,
    /// File to write (report.html in the run's folder if not given)
    #[arg(long)]
    out: Option<PathBuf>,
    /// Pictures that learners, map and worst queries are of
    #[arg(long, value_enum, default_value = "validation")]
    part: Part,
    #[command(flatten)]
    flags: Flags,
}

struct Task<'a> {
    config: &'a Config,
    run: &'a Run,
    part: Part,
    dataset: &'a Dataset,
    samples: &'a [&'a Sample],
}

impl BackendTask for Task<'_> {
    type Output = Findings;

    fn run<B: TrainBackend>(self, device: B::Device) -> anyhow::Result<Findings> {
        let Task { config, run, part, dataset, samples } = self;
        let network = trained_network::<B::InnerBackend>(run, config, &device)?;
        let bar = bar(samples.len(), "embed".into());
        let (rows, whole, broken) =
            embed_samples(&network, samples, &config.preprocess(), Vector::Embedding, &device, |n| bar.inc(n as u64));
        bar.finish_and_clear();
        let skipped = pictures::refuse_broken(broken, samples.len(), config.skip_broken)?;
        let model = network.graph().name.clone();
        let masks = trained_masks::<B::InnerBackend>(run, config, &device)?;
        let embedded = Embedded { model, samples: whole, rows, layout: network.layout(), masks, skipped };
        Findings::of(&embedded, Scope { config, dataset, part })
    }
}

/// The clusters in force, as far as the training pictures are still those that were divided.
fn clusters_in_force(division: &Division, dataset: &Dataset, config: &Config) -> anyhow::Result<Vec<Cluster>> {
    let split = validation::split(dataset, config.validation_share, config.seed);
    let (was, mut train) = (division.of_sample.len(), split.train);
    if was != train.len() && config.skip_broken {
        // Broken pictures took no part: find out which they are.
        let (whole, _) = pictures::map(&train, |_, _| (), || ());
        train = train.into_iter().zip(whole).filter_map(|(sample, whole)| whole.map(|()| sample)).collect();
    }
    anyhow::ensure!(
        was == train.len(),
        "the run was trained on {was} pictures, now there are {} in {}; bring the same pictures back, or name them \
         with --data",
        train.len(),
        dataset.root.display()
    );
    Ok(clusters(division, &train, dataset))
}

pub fn execute(args: Args) -> anyhow::Result<()> {
    let run = Run::at(&args.run);
    let mut config = run.config()?;
    args.flags.apply(&mut config);
    config.check()?;
    let (State { division, .. }, history) = run.state()?;
    let dataset = dnc_datasets::open(&config.data, config.test_size)?;
    let clusters = clusters_in_force(&division, &dataset, &config)?;
    let samples = args.part.samples(&dataset, &config);
    if args.part == Part::Validation {
        run.check_held_out(&dataset, &samples)?;
    }
    let part = args.part.name();
    let findings = if samples.is_empty() {
        Err(format!("The {part} part holds no pictures: nothing to measure learners on."))
    } else {
        let task = Task { config: &config, run: &run, part: args.part, dataset: &dataset, samples: &samples };
        Ok(dispatch(Target::of(&config).in_f32(), task)
            .with_context(|| format!("embedding {}", config.data.display()))?)
    };
    let text = page(&Report {
        run: &args.run.file_name().map_or_else(|| args.run.display().to_string(), |n| n.to_string_lossy().into()),
        set: &dataset.name,
        config: &config,
        history: &history,
        clusters: &clusters,
        findings: findings.as_ref().map_err(String::as_str),
    })?;
    let out = args.out.unwrap_or_else(|| args.run.join("report.html"));
    std::fs::write(&out, text).with_context(|| format!("cannot write {}; give another --out", out.display()))?;
    println!("{}", out.display());
    Ok(())
}
