//! `dnc-edge identify`.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use dnc_core::decision::{Decision, DecisionRule};
use dnc_core::open_set::{Trial, measure};
use dnc_edge::json::{AnswerLine, BrokenLine};
use dnc_edge::pipeline::PipelineError;
use dnc_edge::words::counted;
use dnc_edge::{Answer, Bundle, Gallery, Space};
use time::OffsetDateTime;

use super::exit::Exit;
use super::inputs::{self, Filter, Identities, Input};
use super::rule_args::RuleArgs;
use super::scan_args::ScanArgs;
use super::work_args::WorkArgs;

/// Pictures embedded between two rounds of answers.
const ROUND: usize = 64;

/// Say who is on pictures.
///
/// An answer is known (the nearest identity reaches the threshold and leads the runner-up by the margin), unsure
/// (it reaches the threshold, the runner-up is too near) or unknown. Similarities are in -1 to 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  dnc-edge identify --bundle model.dnc --gallery site.gallery probe.jpg
  dnc-edge identify --bundle model.dnc --gallery site.gallery --json --top 5 a.jpg b.jpg
  dnc-edge identify --bundle model.dnc --gallery site.gallery --fpir 0.01 probe.jpg
  dnc-edge identify --bundle model.dnc --gallery site.gallery --calibration site.calibration.json probe.jpg
  dnc-edge identify --bundle model.dnc --gallery site.gallery --csv views.csv --where split=query
  dnc-edge identify --bundle model.dnc --gallery site.gallery --mark-seen probe.jpg")]
pub struct Args {
    /// The model: a bundle's folder or .dnc file.
    #[arg(long, value_name = "PATH")]
    bundle: PathBuf,
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Pictures to identify.
    #[arg(value_name = "PICTURE", required_unless_present = "csv")]
    pictures: Vec<PathBuf>,
    /// A CSV file with the column path (relative to the file); a column identity is taken as the truth.
    #[arg(long, value_name = "FILE", conflicts_with = "pictures")]
    csv: Option<PathBuf>,
    /// Take only the rows of the CSV file whose COLUMN is VALUE; may be repeated.
    #[arg(long = "where", value_name = "COLUMN=VALUE", requires = "csv")]
    filters: Vec<Filter>,
    /// Identities to list for each picture, nearest first.
    #[arg(long, value_name = "N", default_value_t = 3)]
    top: usize,
    #[command(flatten)]
    rule: RuleArgs,
    #[command(flatten)]
    search: ScanArgs,
    /// Record in the gallery that the known identities were seen now, for `dnc-edge gallery expire`.
    #[arg(long)]
    mark_seen: bool,
    /// Leave broken pictures out without exit code 3.
    #[arg(long)]
    skip_broken: bool,
    #[command(flatten)]
    work: WorkArgs,
    /// Write JSON lines: picture, decision, identity, similarity, runner_up, threshold, margin, extrapolated,
    /// top, why, truth (where known).
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let inputs = match &args.csv {
        Some(file) => inputs::from_csv(file, &args.filters, Identities::Optional)?,
        None => args.pictures.iter().map(|path| Input { path: path.clone(), identity: None }).collect(),
    };
    let search = args.search.search()?;
    let bundle = Bundle::open(&args.bundle)?;
    let embedder = args.work.open(&bundle)?;
    let gallery = Gallery::open(&args.gallery)?;
    gallery.check_space(&Space::of(bundle.manifest()))?;
    let snapshot = gallery.snapshot_for(search)?;
    let rule = args.rule.source()?.at(&bundle, embedder.variant(), snapshot.identities(), snapshot.views())?;
    let mut pipeline = args.work.pipeline(embedder)?;
    let mut out = std::io::stdout().lock();
    let (mut broken, mut trials, mut seen) = (0, Vec::new(), BTreeSet::new());
    for round in inputs.chunks(pipeline.round().max(ROUND)) {
        let paths: Vec<&Path> = round.iter().map(|i| i.path.as_path()).collect();
        for (input, embedded) in round.iter().zip(pipeline.embed(&paths)) {
            let picture = input.path.display().to_string();
            let embedding = match embedded {
                Ok(embedded) => embedded.embedding,
                Err(PipelineError::Picture(error)) => {
                    broken += 1;
                    eprintln!("skipped: {error}");
                    if args.json {
                        let line = BrokenLine { picture, error: error.to_string() };
                        writeln!(out, "{}", serde_json::to_string(&line)?)?;
                    }
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let answer = snapshot.identify(&embedding, &rule, args.top)?;
            if args.mark_seen
                && let (Decision::Known, Some(best)) = (answer.decision, &answer.best)
            {
                seen.insert(best.identity.clone());
            }
            if let Some(truth) = &input.identity {
                trials.push(trial(&answer, truth, snapshot.has_identity(truth)));
            }
            if args.json {
                let line = AnswerLine::new(picture, answer, input.identity.clone());
                writeln!(out, "{}", serde_json::to_string(&line)?)?;
            } else {
                writeln!(out, "{}", sentence(&picture, &answer, input.identity.as_deref()))?;
            }
        }
    }
    summarise(&trials, &rule.rule, broken);
    if !seen.is_empty() {
        let seen = seen.iter().map(String::as_str);
        Gallery::open_writing(&args.gallery)?.saw(seen, OffsetDateTime::now_utc())?;
    }
    Ok(if broken > 0 && !args.skip_broken { Exit::Partly } else { Exit::Done })
}

fn trial(answer: &Answer, truth: &str, enrolled: bool) -> Trial {
    Trial {
        enrolled,
        correct: answer.best.as_ref().is_some_and(|m| m.identity == truth),
        // An empty gallery accepts nobody, as a similarity that is no number.
        best: answer.best.as_ref().map_or(f32::NAN, |m| m.similarity),
        runner_up: answer.runner_up.as_ref().map(|m| m.similarity),
    }
}

fn sentence(picture: &str, answer: &Answer, truth: Option<&str>) -> String {
    let mut text = format!("{picture}: ");
    text += &match (&answer.best, answer.decision) {
        (None, _) => "unknown (the gallery is empty)".to_owned(),
        (Some(best), Decision::Known) => format!("known {} {:.3}", best.identity, best.similarity),
        (Some(best), Decision::Unsure) => format!("unsure, {} {:.3}", best.identity, best.similarity),
        (Some(best), Decision::Unknown) => format!("unknown, nearest {} {:.3}", best.identity, best.similarity),
    };
    for next in answer.ranked.iter().skip(1) {
        text += &format!(", then {} {:.3}", next.identity, next.similarity);
    }
    text += &format!(" (threshold {:.3}, margin {:.3}", answer.threshold, answer.margin);
    text += if answer.extrapolated { ", extrapolated: the gallery is larger than the measured ones)" } else { ")" };
    if let Some(truth) = truth {
        text += &format!(" truth {truth}");
    }
    text
}

/// Where the truth is known, says on standard error how often the answers were right.
fn summarise(trials: &[Trial], rule: &DecisionRule, broken: usize) {
    if broken > 0 {
        eprintln!("{} could not be read", counted(broken, "picture"));
    }
    if trials.is_empty() {
        return;
    }
    let rates = measure(trials, rule);
    let nearest = trials.iter().filter(|t| t.correct).count();
    if rates.known > 0 {
        eprintln!(
            "of {} of enrolled identities: nearest right {:.3}, accepted as themselves {:.3}",
            counted(rates.known, "picture"),
            nearest as f64 / rates.known as f64,
            rates.known_accept_rate
        );
    }
    if rates.strangers > 0 {
        let strangers = counted(rates.strangers, "picture");
        eprintln!("of {strangers} of strangers: not accepted {:.3}", rates.stranger_reject_rate);
    }
}
