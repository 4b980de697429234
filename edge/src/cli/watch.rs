//! `dnc-edge watch`.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use dnc_edge::live::{Notes, Recognizer, Site};
use dnc_edge::watch::{
    BoxBook, Folder, Framed, Player, Seer, Size, Source, Supervised, Video, WatchLine, WatchOptions, WhenSlow, watch,
};
use dnc_edge::{Bundle, Gallery};

use super::batch_args::BatchArgs;
use super::exit::Exit;
use super::intake_args::IntakeArgs;
#[cfg(feature = "mqtt")]
use super::mqtt_args::MqttArgs;
use super::rule_args::RuleArgs;
use super::runtime_args::RuntimeArgs;
use super::scan_args::ScanArgs;
use super::warm_up_args::WarmUpArgs;
use super::{interrupt, notes};

/// How long the broker is waited for at the end.
#[cfg(feature = "mqtt")]
const LAST_EVENTS: Duration = Duration::from_secs(5);

/// Say who is on every picture that comes: from a folder, standard input, or a video.
///
/// Writes JSON lines: an answer for each box (or frame) with the fields of identify and id, time, camera, box; a line with
/// picture and error for what could not be used; a summary at the end. Broken frames never end it. What another process
/// enrols meanwhile is known within a second.
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("input").required(true).args(["folder", "stdin", "source"]),
    after_help = "\
Examples:
  dnc-edge watch --bundle model.dnc --gallery site.gallery --folder incoming --camera gate
  camera | dnc-edge watch --bundle model.dnc --gallery site.gallery --stdin
  dnc-edge watch --bundle model.dnc --gallery site.gallery --source rtsp://10.0.0.7/1 --fps 5 --size 640x360 \\
      --boxes fd:3 --mqtt broker.local:1883/gate/events 3< <(detector)
  dnc-edge watch --bundle model.dnc --gallery site.gallery --source /dev/video0 --fps 2 --size 640x480

Standard input: each picture file after its length, 4 bytes, most significant first.
Boxes: lines {\"frame\": 17, \"boxes\": [[left, top, width, height], ...]} in pixels of the frame; frames count from 0, in a
folder \"frame\" is the file's name. A frame without boxes is left out; \"boxes\": [] says that nobody is on it.

Exit codes: 0 the source ended, 1 an error, 2 the command line is wrong, 3 the source ended and some frames could not be
used, 130 stopped by Ctrl-C or SIGTERM"
)]
pub struct Args {
    /// The model: a bundle's folder or .dnc file.
    #[arg(long, value_name = "PATH")]
    bundle: PathBuf,
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Take the pictures that are put into this folder.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Of the folder, take those that are there already too.
    #[arg(long, requires = "folder")]
    existing: bool,
    /// Take pictures from standard input.
    #[arg(long)]
    stdin: bool,
    /// Take frames of a video: a file, a device as /dev/video0, an address as rtsp://camera/1.
    #[arg(long, value_name = "VIDEO", requires_all = ["fps", "size"])]
    source: Option<String>,
    /// Frames a second of the video.
    #[arg(long, value_name = "N", requires = "source")]
    fps: Option<f64>,
    /// Size that its frames are scaled to, px.
    #[arg(long, value_name = "WxH", requires = "source")]
    size: Option<Size>,
    /// Program that plays it.
    #[arg(long = "with", value_name = "PROGRAM", value_enum, default_value_t = Player::Ffmpeg, requires = "source")]
    player: Player,
    /// Seconds without a frame after which the program is killed and started again.
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, requires = "source")]
    stall: f64,
    /// Starts in a row without a frame after which the camera is given up [default: never].
    #[arg(long, value_name = "N", requires = "source")]
    give_up: Option<u32>,
    /// Look at these boxes of each frame: JSON lines from a file, a FIFO, or an open file descriptor.
    #[arg(long, value_name = "FILE|fd:N")]
    boxes: Option<String>,
    /// Milliseconds that a frame waits for its boxes.
    #[arg(long, value_name = "MS", default_value_t = 1000, requires = "boxes")]
    boxes_wait: u64,
    /// Name of the camera in the lines.
    #[arg(long, value_name = "NAME")]
    camera: Option<String>,
    /// Identities to list for each answer, nearest first.
    #[arg(long, value_name = "N", default_value_t = 3)]
    top: usize,
    /// When frames come faster than the model takes them [default: wait for a folder or a video file, else drop].
    #[arg(long, value_enum)]
    when_slow: Option<WhenSlow>,
    /// Frames that wait for the model.
    #[arg(long, value_name = "N", default_value_t = 4)]
    backlog: usize,
    #[command(flatten)]
    intake: IntakeArgs,
    #[command(flatten)]
    rule: RuleArgs,
    #[command(flatten)]
    search: ScanArgs,
    #[cfg(feature = "mqtt")]
    #[command(flatten)]
    mqtt: MqttArgs,
    #[command(flatten)]
    runtime: RuntimeArgs,
    #[command(flatten)]
    batch: BatchArgs,
    #[command(flatten)]
    warm_up: WarmUpArgs,
}

pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let notes = notes::to_stderr();
    let (source, waits) = source(args)?;
    let boxes = args.boxes.as_deref().map(|from| boxes(from, &notes)).transpose()?;
    let search = args.search.search()?;
    let bundle = Bundle::open(&args.bundle)?;
    let mut embedder = args.runtime.open(&bundle)?;
    // Of the boxes of one frame.
    let batch = args.batch.of(&embedder)?;
    embedder.warm_up(args.warm_up.of_a_long_run(), batch)?;
    let gallery = Gallery::open(&args.gallery)?;
    let variant = embedder.variant().clone();
    let site = Site::new(bundle, variant, args.rule.source()?, search, &gallery)?;
    let intake = args.intake.limits();
    let options = WatchOptions {
        camera: args.camera.clone(),
        top: args.top,
        backlog: args.backlog,
        when_slow: args.when_slow.unwrap_or(if waits { WhenSlow::Wait } else { WhenSlow::Drop }),
        boxes: boxes.map(|book| (book, Duration::from_millis(args.boxes_wait))),
        batch,
        max_bytes: intake.max_bytes,
        notes: notes.clone(),
    };
    interrupt::watch()?;
    #[cfg(feature = "mqtt")]
    let mqtt = args.mqtt.start(&notes)?;
    let mut out = std::io::stdout().lock();
    let mut write = |line: WatchLine| -> anyhow::Result<()> {
        let text = serde_json::to_string(&line)?;
        writeln!(out, "{text}")?;
        #[cfg(feature = "mqtt")]
        if let (Some(mqtt), WatchLine::Event(_)) = (&mqtt, &line) {
            mqtt.publish(text);
        }
        Ok(())
    };
    let seer = Seer { gallery, site: &site, recognizer: Recognizer::new(embedder, intake) };
    let watched = watch(source, seer, &options, interrupt::requested, &mut write);
    let ended = watched.and_then(|summary| write(WatchLine::Summary(summary)).map(|()| summary));
    #[cfg(feature = "mqtt")]
    if let Some(mqtt) = mqtt {
        let counts = mqtt.close(LAST_EVENTS);
        notes(&format!(
            "mqtt: {} events delivered, {} dropped, {} did not reach the broker",
            counts.delivered, counts.dropped, counts.waiting
        ));
    }
    let summary = ended?;
    Ok(match summary.interrupted {
        true => Exit::Interrupted,
        false if summary.broken > 0 => Exit::Partly,
        false => Exit::Done,
    })
}

/// The source, and whether it can wait for the model.
fn source(args: &Args) -> anyhow::Result<(Box<dyn Source>, bool)> {
    if let Some(folder) = &args.folder {
        return Ok((Box::new(Folder::new(folder.clone(), args.existing)), true));
    }
    let (Some(source), Some(fps), Some(size)) = (&args.source, args.fps, args.size) else {
        return Ok((Box::new(Framed::new(std::io::stdin())), false));
    };
    if !(0.01..=1000.0).contains(&fps) {
        bail!("--fps is {fps}; give 0.01 to 1000 frames a second");
    }
    if !(0.1..=86_400.0).contains(&args.stall) {
        bail!("--stall is {}; give 0.1 to 86400 seconds", args.stall);
    }
    let video = Video { source: source.clone(), fps, size, player: args.player };
    // A missing file and a size that cannot be had are said before the model is loaded.
    video.arguments()?;
    let waits = !video.is_live();
    Ok((Box::new(Supervised::new(video, Duration::from_secs_f64(args.stall), args.give_up)), waits))
}

fn boxes(from: &str, notes: &Notes) -> anyhow::Result<Arc<BoxBook>> {
    // An open file descriptor has a name in the file system: no need to take it by number.
    let path = match from.strip_prefix("fd:") {
        Some(number) => PathBuf::from(format!("/dev/fd/{number}")),
        None => PathBuf::from(from),
    };
    let file = File::open(&path).with_context(|| format!("cannot read the boxes from {}", path.display()))?;
    BoxBook::read(file, notes.clone()).context("cannot start the thread that reads boxes")
}
