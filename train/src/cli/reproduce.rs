//! `dnc-train reproduce`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use dnc_datasets::layout::Layout;

use super::evaluate::Task;
use super::{INTERRUPTED, run};
use crate::checkpoint::Run;
use crate::config::{Config, Flags};
use crate::evaluate::{Evaluation, EvaluationOptions, Metric, Part};
use crate::preset::{PRESETS, Preset, Variant};
use crate::trainer::Outcome;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Trains with the published settings, scores the test part as published, and prints our figures beside the published
ones. Any setting can be changed by its flag (`dnc-train run --help`); what differs is said below the figures. Stopped,
the same command goes on. The published code keeps the best epoch by the test part; ours is the last epoch.

Examples:
  dnc-train reproduce --list
  dnc-train reproduce cub --print-config > cub.toml
  dnc-train reproduce sop --data Stanford_Online_Products --weights resnet50.pth --backend cuda
  dnc-train reproduce in-shop --variant tpami2021 --data In-shop --weights resnet50.pth --backend cuda
  dnc-train reproduce cub --data CUB_200_2011 --weights resnet50.pth --size 64 --epochs 4 --join-at 1 --conquer-at 3")]
pub struct Args {
    /// Data set
    #[arg(required_unless_present = "list", value_parser = clap::builder::PossibleValuesParser::new(Preset::sets()))]
    set: Option<String>,
    /// Paper whose settings are taken
    #[arg(long, value_enum, default_value = "cvpr2019")]
    variant: Variant,
    /// Folder of the run (runs/SET-VARIANT if not given)
    #[arg(long)]
    out: Option<PathBuf>,
    /// Print the published runs with their figures, and do nothing
    #[arg(long)]
    list: bool,
    /// Print the settings of the run as TOML, for `dnc-train run --config`, and do nothing
    #[arg(long)]
    print_config: bool,
    /// Train without pretrained weights, as nothing published was: the figures will be far off
    #[arg(long)]
    from_scratch: bool,
    #[command(flatten)]
    flags: Flags,
}

pub fn execute(args: Args) -> anyhow::Result<ExitCode> {
    if args.list {
        print!("{}", list());
        return Ok(ExitCode::SUCCESS);
    }
    let set = args.set.unwrap_or_default();
    let preset = Preset::find(&set, args.variant).with_context(|| format!("no published run on {set}"))?;
    let published = preset.config()?;
    let mut config = published.clone();
    args.flags.apply(&mut config);
    if args.print_config {
        config.check()?;
        print!("{}", config.to_toml());
        return Ok(ExitCode::SUCCESS);
    }
    anyhow::ensure!(!config.data.as_os_str().is_empty(), "no pictures named; give --data PATH");
    anyhow::ensure!(
        config.weights.is_some() || args.from_scratch,
        "no pretrained weights named, and every published run starts from ImageNet's: give --weights PATH (torchvision's \
         resnet50-*.pth, or a .safetensors file with its names), or --from-scratch to train without"
    );
    let found = Layout::detect(&config.data);
    anyhow::ensure!(
        found == preset.layout || !config.data.exists(),
        "{} is a {}, not {}: {} is needed",
        config.data.display(),
        found.name(),
        preset.layout.name(),
        preset.layout.files()
    );
    let out = args.out.unwrap_or_else(|| PathBuf::from(format!("runs/{set}-{}", args.variant.name())));
    let config = run::settled(config)?;
    let differences = differences(&published, &config);
    if !differences.is_empty() {
        eprintln!("note: not the published settings: {}", differences.join(", "));
    }
    if let Outcome::Interrupted { epochs } = run::train_in(&config, &out, false)? {
        eprintln!("stopped; the checkpoint after {epochs} epochs is kept: the same command goes on from there");
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let options = EvaluationOptions {
        metrics: if preset.nmi.is_some() { vec![Metric::Retrieval, Metric::Nmi] } else { vec![Metric::Retrieval] },
        recall_at: preset.recall.iter().map(|(k, _)| *k).collect(),
        ..EvaluationOptions::default()
    };
    let task = Task { config: &config, run: Some(Run::at(&out)), baseline: None, part: Part::Test, options: &options };
    let scored = task.score()?;
    print!("{}", beside(preset, &scored, &differences));
    Ok(ExitCode::SUCCESS)
}

fn list() -> String {
    let mut text = String::new();
    for preset in &PRESETS {
        let recall = preset.recall.iter().map(|(k, recall)| format!("R@{k} {recall}")).collect::<Vec<_>>().join(", ");
        let nmi = preset.nmi.map(|nmi| format!(", NMI {nmi}")).unwrap_or_default();
        let (set, variant, layout) = (preset.set, preset.variant.name(), preset.layout.name());
        text += &format!("{set:<11} {variant:<10} {layout}: {recall}{nmi}\n{:<23}from {}\n", "", preset.source);
    }
    text
}

/// Settings that a reader of the figures must know of, as `epochs 4 (published 200)`.
fn differences(published: &Config, ours: &Config) -> Vec<String> {
    let table = |config: &Config| {
        let plain = Config { weights: None, ..config.without_place() };
        toml::Table::try_from(&plain).expect("plain fields always serialise")
    };
    let (was, now) = (table(published), table(ours));
    let shown = |table: &toml::Table, field: &str| table.get(field).map_or("none".to_owned(), ToString::to_string);
    let fields: std::collections::BTreeSet<&String> = was.keys().chain(now.keys()).collect();
    let differs = fields.into_iter().filter(|field| was.get(*field) != now.get(*field));
    let mut found: Vec<String> =
        differs.map(|field| format!("{field} {} (published {})", shown(&now, field), shown(&was, field))).collect();
    if ours.weights.is_none() {
        found.push("no pretrained weights (published: ImageNet; give --weights)".into());
    }
    found
}

/// Our figures beside the published ones, in per cent.
fn beside(preset: &Preset, scored: &Evaluation, differences: &[String]) -> String {
    let mut text = format!(
        "{} ({}), {}, {} queries\n{:<8} {:>7} {:>10} {:>11}\n",
        preset.layout.name(),
        scored.set,
        scored.protocol,
        scored.scores.queries,
        "",
        "ours",
        "published",
        "difference"
    );
    let mut line = |name: String, ours: f64, published: f64| {
        text += &format!("{name:<8} {ours:>7.2} {published:>10.2} {:>+11.2}\n", ours - published);
    };
    for (k, published) in preset.recall {
        line(format!("R@{k}"), 100.0 * scored.scores.recall[k], *published);
    }
    if let (Some(published), Some(nmi)) = (preset.nmi, &scored.nmi) {
        line("NMI".into(), 100.0 * nmi.arithmetic, published);
    }
    text += &format!("published: {}; best epoch by the test part there, last epoch here\n", preset.source);
    if let Some(borrowed) = preset.borrowed() {
        text += &format!("{borrowed}\n");
    }
    if !differences.is_empty() {
        text += &format!("not the published settings: {}\n", differences.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_the_published_settings_is_told() {
        let published = PRESETS[0].config().unwrap();
        let weights = Some(PathBuf::from("w.pth"));
        let ours = Config { weights, data: "d".into(), cache_memory: 7, ..published.clone() };
        assert_eq!(differences(&published, &ours), Vec::<String>::new());
        let ours = Config { epochs: 4, weights: None, ..ours };
        let told = differences(&published, &ours);
        assert_eq!(told[0], "epochs 4 (published 200)");
        assert!(told[1].contains("--weights"), "{told:?}");
    }

    #[test]
    fn the_list_names_each_run_once() {
        let text = list();
        for preset in &PRESETS {
            let named = format!("{:<11} {}", preset.set, preset.variant.name());
            assert_eq!(text.matches(&named).count(), 1, "{text}");
        }
    }
}
