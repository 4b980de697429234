//! `dnc-edge link`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dnc_core::int8;
use dnc_core::manifest::space_tag;
use dnc_core::matching::GalleryBlock;
use dnc_edge::gallery::Snapshot;
use dnc_edge::link::{Address, Compared, Patience, Session, gallery_block};
use dnc_edge::pipeline::PipelineError;
use dnc_edge::{Bundle, Gallery, IdentificationRule, Link, Space};

use super::exit::Exit;
use super::inputs::{self, Filter, Identities, Input};
use super::link_report::Report;
use super::progress;
use super::rule_args::RuleArgs;
use super::work_args::WorkArgs;

/// Pictures embedded between two rounds of questions.
const ROUND: usize = 64;

/// Talk to a gate controller: send it the gallery, ask it who is on pictures, read its counters.
///
/// The controller decides by the gallery in its own flash; what this side decides by the same code stands beside each
/// answer. A request that is not answered is repeated under the same number, and is acted on once.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  dnc-edge link --serial /dev/ttyUSB0:115200
  dnc-edge link --serial /dev/ttyUSB0 --bundle model.dnc --gallery site.gallery --send-gallery
  dnc-edge link --serial /dev/ttyUSB0 --bundle model.dnc --gallery site.gallery probe1.jpg probe2.jpg
  dnc-edge link --tcp 127.0.0.1:4555 --bundle model.dnc --gallery site.gallery --send-gallery --json --csv probes.csv

Exit codes:
  0  all was answered, as this side would have
  1  an error: the controller is silent, refuses, or has no gallery; an update cut short leaves its old one in use
  2  the command line is wrong
  3  the controller answered a picture otherwise than this side, or a picture is broken")]
pub struct Args {
    #[command(flatten)]
    to: To,
    /// The model: a bundle's folder or .dnc file.
    #[arg(long, value_name = "PATH", requires = "gallery")]
    bundle: Option<PathBuf>,
    /// The gallery's file.
    #[arg(long, value_name = "FILE", requires = "bundle")]
    gallery: Option<PathBuf>,
    /// Send the gallery first: the controller keeps its int8 codes, names (24 bytes at most) and thresholds.
    #[arg(long, requires = "gallery")]
    send_gallery: bool,
    /// Pictures to ask about; without any, the gallery is sent or the counters are read.
    #[arg(value_name = "PICTURE", requires = "gallery")]
    pictures: Vec<PathBuf>,
    /// A CSV file with the column path (relative to the file); a column identity is repeated as the truth.
    #[arg(long, value_name = "FILE", conflicts_with = "pictures", requires = "gallery")]
    csv: Option<PathBuf>,
    /// Take only the rows of the CSV file whose COLUMN is VALUE; may be repeated.
    #[arg(long = "where", value_name = "COLUMN=VALUE", requires = "csv")]
    filters: Vec<Filter>,
    #[command(flatten)]
    rule: RuleArgs,
    /// Seconds to wait for an answer before the request is repeated.
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = seconds)]
    timeout: f64,
    /// How often a request is sent before the controller counts as silent.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    attempts: u32,
    /// Leave broken pictures out without exit code 3.
    #[arg(long)]
    skip_broken: bool,
    /// Write JSON lines, told apart by "event": gallery, answer, broken, counters.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    work: WorkArgs,
}

/// Where the controller is.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct To {
    /// Serial port of the controller; 115200 baud where none is named.
    #[arg(long, value_name = "PATH[:BAUD]", value_parser = Address::serial)]
    serial: Option<Address>,
    /// Address of a serial server, or of QEMU with -serial tcp:HOST:PORT,server=on.
    #[arg(long, value_name = "HOST:PORT", value_parser = Address::tcp)]
    tcp: Option<Address>,
    /// Unix socket, as of QEMU with -serial unix:PATH,server=on.
    #[arg(long, value_name = "PATH")]
    unix: Option<PathBuf>,
}

impl To {
    fn address(&self) -> Option<Address> {
        self.serial.clone().or_else(|| self.tcp.clone()).or_else(|| self.unix.clone().map(Address::Unix))
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    if (0.01..=600.0).contains(&seconds) { Ok(seconds) } else { Err("give 0.01 to 600 seconds".into()) }
}

pub fn run(args: &Args) -> anyhow::Result<Exit> {
    // clap asks for one of them.
    let address = args.to.address().ok_or_else(|| anyhow::anyhow!("give --serial, --tcp or --unix"))?;
    let inputs = match &args.csv {
        Some(file) => inputs::from_csv(file, &args.filters, Identities::Optional)?,
        None => args.pictures.iter().map(|path| Input { path: path.clone(), identity: None }).collect(),
    };
    let patience = Patience { timeout: Duration::from_secs_f64(args.timeout), attempts: args.attempts };
    let mut report = Report::new(args.json);
    let session = match (&args.bundle, &args.gallery) {
        (Some(bundle), Some(gallery)) => {
            // What this side can get wrong is said before a word goes over the line.
            let (side, bytes) = Side::open(args, bundle, gallery)?;
            let block = GalleryBlock::parse(&bytes)?;
            let mut session = Session::begin(Link::open(&address, patience)?)?;
            if args.send_gallery {
                send(&mut session.link, &bytes, &block, &mut report)?;
            } else if !inputs.is_empty() {
                report.gallery_found(session.found());
            }
            ask(&mut session.link, side, &block, &inputs, &mut report, &args.work)?;
            session
        }
        _ => Session::begin(Link::open(&address, patience)?)?,
    };
    report.end(&session.end()?, args.skip_broken)
}

/// What this side knows: the model and the gallery.
struct Side {
    embedder: dnc_edge::Embedder,
    snapshot: Snapshot,
    rule: IdentificationRule,
    space: [u8; 8],
}

impl Side {
    /// Loads them; also gives the gallery's block.
    fn open(args: &Args, bundle: &Path, gallery: &Path) -> anyhow::Result<(Self, Vec<u8>)> {
        let bundle = Bundle::open(bundle)?;
        let gallery = Gallery::open(gallery)?;
        gallery.check_space(&Space::of(bundle.manifest()))?;
        let embedder = args.work.open(&bundle)?;
        let snapshot = gallery.snapshot()?;
        let rule = args.rule.source()?.at(&bundle, embedder.variant(), snapshot.identities(), snapshot.views())?;
        let block = gallery_block(&gallery, rule.rule)?;
        Ok((Self { embedder, snapshot, rule, space: space_tag(&bundle.manifest().space_id) }, block))
    }
}

fn send(link: &mut Link, bytes: &[u8], block: &GalleryBlock<'_>, report: &mut Report) -> anyhow::Result<()> {
    let began = Instant::now();
    let bar = progress::bar(bytes.len(), "sending the gallery");
    let sent = link.send_gallery(bytes, |across| bar.set_position(across as u64));
    bar.finish_and_clear();
    report.gallery(block, &sent?, began.elapsed())
}

/// Embeds the pictures and asks the controller about each.
fn ask(
    link: &mut Link,
    side: Side,
    block: &GalleryBlock<'_>,
    inputs: &[Input],
    report: &mut Report,
    work: &WorkArgs,
) -> anyhow::Result<()> {
    let mut pipeline = work.pipeline(side.embedder)?;
    let mut code = vec![0i8; block.layout().dim()];
    for round in inputs.chunks(pipeline.round().max(ROUND)) {
        let paths: Vec<&Path> = round.iter().map(|i| i.path.as_path()).collect();
        for (input, embedded) in round.iter().zip(pipeline.embed(&paths)) {
            let embedding = match embedded {
                Ok(embedded) => embedded.embedding,
                Err(PipelineError::Picture(error)) => {
                    report.broken(&input.path, error.to_string())?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            int8::encode(&embedding, &mut code);
            let compared = Compared::new(link.identify(side.space, &code)?, block, &code);
            let exact = side.snapshot.identify(&embedding, &side.rule, 2)?;
            report.answer(input, &compared, exact.decision)?;
        }
    }
    Ok(())
}
