//! The quick start: render, train, evaluate, export, enrol, identify, with the three real programs, and a report
//! of it. It does nothing itself that one of them does: it writes their command lines and reads what they wrote.

mod answers;
mod folder;
mod ranking;
mod report;
mod results;
mod settings;
mod stages;
mod tools;
mod views;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::Context;
use dnc_core::manifest::{MANIFEST_FILE, Manifest};
use dnc_datasets::Split;
use dnc_train::checkpoint::Run;
use dnc_train::history::{HISTORY_FILE, History};

use folder::{OutFolder, bytes_of};
use results::{Bytes, Compared, Counts, Evaluation, Results};
use stages::Stages;
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
    let mut stages = Stages::default();
    let (vehicles, run, bundle, gallery) = (out.vehicles(), out.run(), out.bundle(), out.gallery());
    let command = |name: &str, fixed: &[&str], paths: &[(&str, &Path)], more: &[String]| -> anyhow::Result<Command> {
        let mut command = tools.command(name)?;
        command.args(fixed);
        for (flag, path) in paths {
            command.arg(flag).arg(path);
        }
        command.args(more);
        Ok(command)
    };

    let flags = settings::render_flags(options.seed);
    stages.run("render", "1. render vehicles", command("dnc-train", &["render"], &[("--out", &vehicles)], &flags)?)?;

    let flags = settings::train_flags(options.seed, options.epochs);
    let paths = [("--data", vehicles.as_path()), ("--out", &run)];
    stages.run("train", "2. train", command("dnc-train", &["run"], &paths, &flags)?)?;

    let mut evaluate = |title, baseline: &[&str]| -> anyhow::Result<Evaluation> {
        let more: Vec<String> = baseline.iter().chain(&["--json"]).map(|s| (*s).to_owned()).collect();
        let written =
            stages.read("evaluate", title, command("dnc-train", &["evaluate"], &[("--run", &run)], &more)?)?;
        serde_json::from_str(&written).with_context(|| format!("\"{title}\" wrote no scores: {written}"))
    };
    let untrained = evaluate("3a. evaluate on unseen vehicles: untrained network", &["--baseline", "untrained"])?;
    let histogram = evaluate("3b. evaluate on unseen vehicles: colour histogram", &["--baseline", "histogram"])?;
    let trained = evaluate("3c. evaluate on unseen vehicles: trained network", &[])?;

    let paths = [("--run", run.as_path()), ("--out", &bundle)];
    stages.run("export", "4. export and verify", command("dnc-export", &[], &paths, &[])?)?;

    let set = dnc_datasets::open(&vehicles, None)?;
    let division = views::divide(&set, settings::ENROLLED_VIEWS)?;
    let (views, probes) = (out.enrol_list(), out.probe_list());
    views::write_list(&views, &set, &division.views)?;
    views::write_list(&probes, &set, &division.probes)?;
    let paths = [("--bundle", bundle.as_path()), ("--gallery", &gallery), ("--csv", &views)];
    stages.run("enrol", "5. enrol half of the unseen vehicles", command("dnc-edge", &["enroll"], &paths, &[])?)?;

    let paths = [("--bundle", bundle.as_path()), ("--gallery", &gallery), ("--csv", &probes)];
    let identify = command("dnc-edge", &["identify"], &paths, &["--json".to_owned()])?;
    let written = stages.read("identify", "6. identify new views of them, and strangers", identify)?;
    let answers = answers::read(&written, &division.enrolled, division.probes.len())?;

    println!("\n7. report");
    let test = set.part(Split::Test);
    let ranking = ranking::rank(&bundle, &set, &test)?;
    let counts = Counts {
        training_identities: set.counts(Split::Train).len(),
        test_identities: set.counts(Split::Test).len(),
        queries: trained.scores.queries,
        enrolled_identities: division.enrolled.len(),
        enrolled_views: division.views.len(),
        known_probes: answers.rates.known,
        strangers: division.strangers,
        stranger_probes: answers.rates.strangers,
    };
    let manifest_file = bundle.join(MANIFEST_FILE);
    let manifest = Manifest::parse(&read(&manifest_file)?, &manifest_file)?;
    let checkpoint = Run::at(&run).newest()?.context("the training left no checkpoint")?;
    let bytes = Bytes {
        model: manifest.variants[0].bytes,
        bundle: bytes_of(&bundle)?,
        gallery: bytes_of(&gallery)?,
        checkpoint: bytes_of(&checkpoint)?,
        vehicles: bytes_of(&vehicles)?,
    };
    let compared = |score: fn(&Evaluation) -> f64| Compared {
        untrained: score(&untrained),
        histogram: score(&histogram),
        trained: score(&trained),
    };
    let mut seconds = stages.seconds();
    seconds.insert("total".to_owned(), start.elapsed().as_secs_f64());
    let results = Results {
        recall_at_1: compared(Evaluation::recall_at_1),
        map: compared(|e| e.scores.map),
        device_recall_at_1: ranking.scores.recall[&1],
        known_accept_rate: answers.rates.known_accept_rate,
        stranger_reject_rate: answers.rates.stranger_reject_rate,
        threshold: answers.rule.threshold,
        margin: answers.rule.margin,
        counts,
        seconds,
        build_seconds,
        bytes,
        seed: options.seed,
    };
    write(&out.results(), &(serde_json::to_string_pretty(&results)? + "\n"))?;
    let history_file = run.join(HISTORY_FILE);
    let history: History = serde_json::from_str(&read(&history_file)?)
        .with_context(|| format!("{} is no history of a training", history_file.display()))?;
    let page = report::page(&report::Report {
        results: &results,
        stages: &stages.done,
        manifest: &manifest,
        history: &history,
        lists: &ranking.lists,
        trials: &answers.trials,
        rule: &answers.rule,
    })?;
    write(&out.report(), &page)?;
    println!("\n{}", results.table());
    println!("{:.0} s; {} and {}", results.seconds["total"], out.results().display(), out.report().display());
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
