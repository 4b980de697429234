//! The quick start: render, train, evaluate, export, enrol, identify, with the three real programs, and a report
//! of it. It does nothing itself that one of them does: it writes their command lines and reads what they wrote.

mod answers;
mod folder;
mod line;
mod ranking;
mod report;
mod results;
mod settings;
mod stages;
pub mod tools;
pub mod views;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use dnc_core::manifest::{MANIFEST_FILE, Manifest};
use dnc_datasets::Split;
use dnc_train::checkpoint::Run;
use dnc_train::history::{HISTORY_FILE, History};

use folder::{OutFolder, bytes_of};
use line::Line;
use results::{Bytes, Compared, Counts, Evaluation, Results};
use tools::Tools;

/// Train, export and try a re-identification model on rendered vehicles, in about five minutes.
#[derive(Debug, clap::Parser)]
#[command(name = "cargo quickstart", version)]
pub struct Options {
    /// Folder for everything that is made; what an earlier quick start made there is removed
    #[arg(long, value_name = "DIR", default_value = "target/quickstart")]
    pub out: PathBuf,
    /// Seed of pictures and training
    #[arg(long, default_value_t = settings::SEED)]
    pub seed: u64,
    /// Epochs of training
    #[arg(long, default_value_t = settings::EPOCHS)]
    pub epochs: usize,
}

/// Runs the whole line and writes `results.json` and `report.html`.
///
/// # Errors
/// Where a program cannot be built or fails, or a file of it cannot be read.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let out = OutFolder::prepare(&options.out)?;
    println!("0. build dnc-train, dnc-export and dnc-edge (takes minutes the first time)");
    let start = Instant::now();
    let tools = Tools::build()?;
    let build_seconds = start.elapsed().as_secs_f64();

    let start = Instant::now();
    let mut line = Line::new(tools, &out);
    line.render(options.seed)?;
    line.train(options.seed, options.epochs)?;
    let scores = line.evaluate()?;
    line.export()?;

    let set = dnc_datasets::open(&out.vehicles(), None)?;
    let division = views::divide(&set, settings::ENROLLED_VIEWS)?;
    views::write_list(&out.enrol_list(), &set, &division.views)?;
    views::write_list(&out.probe_list(), &set, &division.probes)?;
    line.enrol()?;
    let answers = answers::read(&line.identify()?, &division.enrolled, division.probes.len())?;

    let ranking = ranking::rank(&out.bundle(), &set, &set.part(Split::Test))?;
    let manifest_file = out.bundle().join(MANIFEST_FILE);
    let manifest = Manifest::parse(&read(&manifest_file)?, &manifest_file)?;
    let history_file = out.run().join(HISTORY_FILE);
    let history: History = serde_json::from_str(&read(&history_file)?)
        .with_context(|| format!("{} is no history of a training", history_file.display()))?;

    let mut seconds = line.seconds();
    seconds.insert(results::TOTAL.to_owned(), start.elapsed().as_secs_f64());
    let results = Results {
        recall_at_1: compared(&scores, Evaluation::recall_at_1),
        map: compared(&scores, |evaluation| evaluation.scores.map),
        device_recall_at_1: ranking.scores.recall[&1],
        known_accept_rate: answers.rates.known_accept_rate,
        stranger_reject_rate: answers.rates.stranger_reject_rate,
        threshold: answers.rule.threshold,
        margin: answers.rule.margin,
        counts: Counts {
            training_identities: set.counts(Split::Train).len(),
            test_identities: set.counts(Split::Test).len(),
            queries: ranking.scores.queries,
            enrolled_identities: division.enrolled.len(),
            enrolled_views: division.views.len(),
            known_probes: answers.rates.known,
            strangers: division.strangers,
            stranger_probes: answers.rates.strangers,
        },
        seconds,
        build_seconds,
        bytes: sizes(&out, &manifest)?,
        seed: options.seed,
    };
    write(&out.results(), &(serde_json::to_string_pretty(&results)? + "\n"))?;
    let page = report::page(&report::Report {
        results: &results,
        stages: line.stages(),
        manifest: &manifest,
        history: &history,
        lists: &ranking.lists,
        trials: &answers.trials,
        rule: &answers.rule,
    })?;
    write(&out.report(), &page)?;
    println!("\n{}", results.table());
    println!("{:.0} s; {} and {}", results.total(), out.results().display(), out.report().display());
    Ok(())
}

fn compared([untrained, histogram, trained]: &[Evaluation; 3], score: impl Fn(&Evaluation) -> f64) -> Compared {
    Compared { untrained: score(untrained), histogram: score(histogram), trained: score(trained) }
}

fn sizes(out: &OutFolder, manifest: &Manifest) -> anyhow::Result<Bytes> {
    let run = out.run();
    let checkpoint = Run::at(&run).newest()?.with_context(|| format!("{} has no checkpoint", run.display()))?;
    Ok(Bytes {
        model: manifest.variants[0].bytes,
        bundle: bytes_of(&out.bundle())?,
        gallery: bytes_of(&out.gallery())?,
        checkpoint: bytes_of(&checkpoint)?,
        vehicles: bytes_of(&out.vehicles())?,
    })
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
