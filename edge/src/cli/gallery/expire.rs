//! `expire`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use dnc_edge::Gallery;
use dnc_edge::gallery::Age;
use dnc_edge::json::ExpiredLine;
use dnc_edge::words::counted;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::exit::Exit;
use super::say;

/// Of `expire`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  dnc-edge gallery expire --gallery site.gallery --older-than 30d --dry-run
  dnc-edge gallery expire --gallery site.gallery --older-than \"1year 2months\"
  dnc-edge gallery expire --gallery site.gallery --older-than 12h --by enrolment")]
pub struct Expire {
    /// The gallery's file.
    #[arg(long, value_name = "FILE")]
    gallery: PathBuf,
    /// Age, as 90s, 15m, 12h, 30d, 8weeks, 6months or 1year (a month has 30.44 days).
    #[arg(long, value_name = "AGE", value_parser = humantime::parse_duration)]
    older_than: Duration,
    /// What is old.
    #[arg(long, value_enum, default_value_t)]
    by: By,
    /// Say what would go, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Write a JSON line: {"before","expired","views","dry_run"}.
    #[arg(long)]
    json: bool,
}

/// [`Age`] on the command line.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum By {
    /// An identity as a whole, by its last view, or its last recognition that `identify --mark-seen` recorded.
    #[default]
    LastSeen,
    /// Each view by its enrolment; an identity goes with its last view.
    Enrolment,
}

pub fn run(args: &Expire) -> anyhow::Result<Exit> {
    let age = match args.by {
        By::LastSeen => Age::LastSeen,
        By::Enrolment => Age::Enrolment,
    };
    let before =
        time::Duration::try_from(args.older_than).ok().and_then(|age| OffsetDateTime::now_utc().checked_sub(age));
    let before = before.context("--older-than reaches back before any date; give a shorter one")?;
    let before = before.replace_nanosecond(0).unwrap_or(before);
    let expired = match args.dry_run {
        true => Gallery::open(&args.gallery)?.would_expire(age, before)?,
        false => Gallery::open_writing(&args.gallery)?.expire(age, before)?,
    };
    let (identities, views) = (counted(expired.identities.len(), "identity"), counted(expired.views, "view"));
    let would = if args.dry_run { "would remove" } else { "removed" };
    let before = before.format(&Rfc3339)?;
    let mut text = format!("{would} {views} and {identities} older than {before}");
    for name in &expired.identities {
        text += &format!("\n  {name}");
    }
    let line = ExpiredLine { before, expired: expired.identities, views: expired.views, dry_run: args.dry_run };
    say(args.json, &line, &text)?;
    Ok(Exit::Done)
}
