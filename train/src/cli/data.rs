//! `dnc-train data`.

use std::path::PathBuf;
use std::process::ExitCode;

use dnc_datasets::check::{self, Compare, Report, Same};
use dnc_datasets::counts::PartCounts;
use dnc_datasets::layout::Layout;

use super::watch::bar;

/// Exit code of a check that found problems.
const PROBLEMS: u8 = 3;
/// Problems of one kind that are named; the rest are counted. JSON names all.
const NAMED: usize = 10;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Look at every picture of a data set: counts, broken pictures, duplicates, contradictions
    #[command(after_help = "\
The layout is found by its files: CUB-200-2011, CARS196, Stanford Online Products, In-Shop, PKU VehicleID, VeRi-776, \
Market-1501, a CSV list, or a folder for each identity. Counts are compared with those that the authors state where \
the folder bears the set's name or a part has exactly their number of identities.

Problems are: counts that differ, pictures that are absent or broken, test pictures that stand in the training part \
too (same file or same pixels), pictures that stand twice in one part or under two identities, identities that stand \
in both parts.

Exit codes: 0 no problem, 1 the set cannot be read, 2 wrong usage, 3 problems found.

Examples:
  dnc-train data check CUB_200_2011
  dnc-train data check VehicleID_V1.0 --test-size 2400
  dnc-train data check pictures/split.csv --json > report.json
  dnc-train data check my-people --official no")]
    Check(Args),
}

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The data set: its folder, or a CSV list
    path: PathBuf,
    /// Test list of PKU VehicleID: 800, 1600 or 2400 identities (the smallest without it)
    #[arg(long)]
    test_size: Option<usize>,
    /// Whether to compare with the counts that the authors of such a set state
    #[arg(long, value_enum, default_value = "auto")]
    official: Official,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The command line's [`Compare`].
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Official {
    /// Where the set seems to be theirs
    Auto,
    /// Always
    Yes,
    /// Never: a set of your own in their layout
    No,
}

impl From<Official> for Compare {
    fn from(official: Official) -> Self {
        match official {
            Official::Auto => Self::Auto,
            Official::Yes => Self::Yes,
            Official::No => Self::No,
        }
    }
}

pub fn execute(command: Command) -> anyhow::Result<ExitCode> {
    let Command::Check(args) = command;
    let path = std::path::absolute(&args.path)?;
    let dataset = dnc_datasets::open(&path, args.test_size)?;
    let bar = bar(dataset.samples.len(), "check".into());
    let report = check::check(&dataset, &path, args.test_size, args.official.into(), || bar.inc(1));
    bar.finish_and_clear();
    if args.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{}", text(&report));
    }
    Ok(if report.problems() == 0 { ExitCode::SUCCESS } else { ExitCode::from(PROBLEMS) })
}

fn text(report: &Report) -> String {
    let mut text = format!("{}: layout of {}, {}\n", report.name, report.layout.name(), report.path.display());
    text += &format!("{:<9}{:>9}{:>12}{:>9}  pictures per identity\n", "part", "pictures", "identities", "cameras");
    report.parts.iter().for_each(|part| text += &row(part));
    text += &format!("scored by {}\n", report.protocols.join(", or by "));
    if report.official.is_empty() {
        if !matches!(report.layout, Layout::CsvList | Layout::Folders) {
            text += "not compared with the counts of the authors' set: it seems to be another (--official yes)\n";
        }
    } else if report.differences.is_empty() {
        text += "counts: as the authors state\n";
    }
    let absent: Vec<_> = report.absent_by_part.iter().map(|(part, n)| format!("{n} of {}", part.name())).collect();
    let duplicate = |d: &check::Duplicate| {
        let same = match d.same {
            Same::Bytes => "the file",
            Same::Pixels => "the picture",
        };
        format!("{} is {same} {}", d.test.display(), d.train.display())
    };
    let absent_of = format!("absent pictures ({})", absent.join(", "));
    text += &problems("counts that differ: an incomplete copy, or another edition", &report.differences, String::clone);
    text += &problems(&absent_of, &report.absent, |path| path.display().to_string());
    text += &problems("broken pictures", &report.broken, |broken| broken.problem.clone());
    text += &problems("test pictures that stand in the training part too", &report.duplicates, duplicate);
    text += &problems("pictures that stand twice in one part", &report.repeats, ToString::to_string);
    text += &problems("pictures under two identities", &report.two_identities, ToString::to_string);
    text += &problems("identities in both parts", &report.shared_identities, String::clone);
    if report.problems() == 0 {
        text += "no problem found\n";
    }
    text
}

fn row(part: &PartCounts) -> String {
    let sizes = part.per_identity;
    let mut row = format!(
        "{:<9}{:>9}{:>12}{:>9}  {} to {}, median {}",
        part.part.name(),
        part.pictures,
        part.identities,
        part.cameras,
        sizes.min,
        sizes.max,
        sizes.median
    );
    if part.distractors > 0 {
        row += &format!("; {} distractors", part.distractors);
    }
    row + "\n"
}

/// How many there are, and the first of them.
fn problems<T>(title: &str, all: &[T], name: impl Fn(&T) -> String) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut text = format!("{title}: {}\n", all.len());
    all.iter().take(NAMED).for_each(|one| text += &format!("  {}\n", name(one)));
    if all.len() > NAMED {
        text += &format!("  and {} more\n", all.len() - NAMED);
    }
    text
}
