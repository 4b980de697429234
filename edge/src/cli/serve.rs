//! `dnc-edge serve`.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use dnc_edge::live::{Recognizer, Site};
use dnc_edge::serve::{ServeOptions, Started, Token, serve};
use dnc_edge::{Bundle, Gallery, Space};

use super::exit::Exit;
use super::intake_args::IntakeArgs;
#[cfg(feature = "mqtt")]
use super::mqtt_args::MqttArgs;
use super::notes;
use super::rule_args::RuleArgs;
use super::runtime_args::RuntimeArgs;
use super::scan_args::ScanArgs;
use super::thumbnail_args::ThumbnailArgs;
use super::warm_up_args::WarmUpArgs;

/// Environment variable with the token.
const TOKEN: &str = "DNC_EDGE_TOKEN";

/// Answer over HTTP: identify, enrol, gallery, events, metrics.
///
/// The address shows the live events and lets a person correct them; /docs lists the requests. Other machines are
/// listened to only with a token, which clients send as Authorization: Bearer TOKEN. SIGTERM or Ctrl-C ends the service:
/// running requests end first, and every acknowledged change is on the disk.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  dnc-edge serve --bundle model.dnc --gallery site.gallery
  curl --data-binary @probe.jpg 'http://127.0.0.1:8077/v1/identify?box=40,10,200,180&camera=gate'
  curl --data-binary @van.jpg 'http://127.0.0.1:8077/v1/enroll?identity=van-17'

  openssl rand -hex 24 > token; chmod 600 token
  dnc-edge serve --bundle model.dnc --gallery site.gallery --listen 0.0.0.0:8077 --token-file token
  curl -H \"Authorization: Bearer $(cat token)\" http://gate.local:8077/v1/identities

Exit codes: 0 it was asked to stop, 1 it could not start, 2 the command line is wrong")]
pub struct Args {
    /// The model: a bundle's folder or .dnc file.
    #[arg(long, value_name = "PATH")]
    bundle: PathBuf,
    /// The gallery's file; made where there is none. No other process can write to it meanwhile.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Address and port to listen at; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8077")]
    listen: SocketAddr,
    /// A file with the token that clients must send [default: $DNC_EDGE_TOKEN].
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Pictures decoded and embedded at once, each on a thread of its own [default: all cores, divided by
    /// --runtime-threads].
    #[arg(long, visible_alias = "threads", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    workers: Option<u32>,
    /// Pictures that wait for them; more get status 429.
    #[arg(long, value_name = "N", default_value_t = 16)]
    queue: usize,
    /// Connections at a time; more get status 503.
    #[arg(long, value_name = "N", default_value_t = 64)]
    connections: usize,
    /// Seconds for a request to come, to be looked at, and for its answer to be taken.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    timeout: f64,
    #[command(flatten)]
    intake: IntakeArgs,
    /// Events kept in memory to be shown and corrected.
    #[arg(long, value_name = "N", default_value_t = 200)]
    events: usize,
    /// Keep only the int8 code of each enrolled view (d + 4 bytes, not 5·d + 4).
    #[arg(long)]
    int8_only: bool,
    #[command(flatten)]
    thumbnails: ThumbnailArgs,
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
    warm_up: WarmUpArgs,
}

pub fn run(args: &Args) -> anyhow::Result<Exit> {
    if !(0.1..=3600.0).contains(&args.timeout) {
        bail!("--timeout is {}; give 0.1 to 3600 seconds", args.timeout);
    }
    let notes = notes::to_stderr();
    let intake = args.intake.limits();
    let options = ServeOptions {
        listen: args.listen,
        token: token(args.token_file.as_deref())?,
        intake,
        queue: args.queue,
        connections: args.connections,
        timeout: Duration::from_secs_f64(args.timeout),
        events: args.events,
        keep_f32: !args.int8_only,
    };
    // Said before the model is loaded, which takes seconds.
    options.check()?;
    let search = args.search.search()?;
    let bundle = Bundle::open(&args.bundle)?;
    let embedder = args.runtime.open(&bundle)?;
    let gallery = Gallery::create_or_open(&args.gallery, &Space::of(bundle.manifest()))?;
    let variant = embedder.variant().clone();
    let side = args.thumbnails.side(&bundle.manifest().input.preprocess);
    let mut recognizers = Vec::new();
    for mut embedder in embedder.spread(args.runtime.pictures_at_once(args.workers))? {
        embedder.warm_up(args.warm_up.of_a_long_run(), 1)?;
        recognizers.push(Recognizer::new(embedder, intake).with_thumbnails(side));
    }
    let site = Arc::new(Site::new(bundle, variant, args.rule.source()?, search, &gallery)?);
    let started = Started {
        site,
        gallery,
        recognizers,
        #[cfg(feature = "mqtt")]
        mqtt: args.mqtt.start(&notes)?,
        notes,
    };
    serve(options, started, |address| {
        let mut out = std::io::stdout().lock();
        // Nobody may be reading; the service goes on.
        let _ = writeln!(out, "listening at http://{address}").and_then(|()| out.flush());
    })?;
    Ok(Exit::Done)
}

/// The token, from its file or the environment: what stands on a command line is seen by every user of the machine.
fn token(file: Option<&Path>) -> anyhow::Result<Option<Token>> {
    let (text, from) = match (file, std::env::var(TOKEN)) {
        (Some(file), _) => {
            let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            warn_of_readers(file);
            (text, file.display().to_string())
        }
        (None, Ok(text)) => (text, format!("${TOKEN}")),
        (None, Err(std::env::VarError::NotPresent)) => return Ok(None),
        (None, Err(error)) => bail!("${TOKEN}: {error}"),
    };
    Ok(Some(Token::new(&text).context(from)?))
}

/// Says where others can read the token.
fn warn_of_readers(file: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if std::fs::metadata(file).is_ok_and(|facts| facts.permissions().mode() & 0o077 != 0) {
            let file = file.display();
            eprintln!("note: other users of this machine can read {file}; `chmod 600 {file}` keeps it");
        }
    }
}
