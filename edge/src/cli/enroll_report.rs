//! What a run of `dnc-edge enroll` tells, and its counts.

use std::io::Write;
use std::path::Path;

use anyhow::bail;
use dnc_edge::Gallery;
use dnc_edge::gallery::{NewView, Outcome};
use dnc_edge::json::{EnrollLine, EnrollSummary};
use dnc_edge::pipeline;
use dnc_edge::words::counted;

use super::exit::Exit;
use super::inputs::Input;
use super::{interrupt, progress};

/// Broken pictures that an error lists by name.
const LISTED: usize = 20;

/// What is told to the caller, and the counts.
pub struct Report {
    json: bool,
    summary: EnrollSummary,
}

impl Report {
    /// A report in JSON lines or in words.
    pub fn new(json: bool) -> Self {
        Self { json, summary: EnrollSummary::default() }
    }

    /// Views enrolled so far.
    pub fn enrolled(&self) -> usize {
        self.summary.enrolled
    }

    /// Decodes every picture once. Broken ones are an error, or skipped.
    pub fn leave_out_broken(&mut self, inputs: Vec<Input>, threads: usize, skip: bool) -> anyhow::Result<Vec<Input>> {
        let bar = progress::bar(inputs.len(), "checking");
        let errors = pipeline::in_parallel(&mut vec![(); threads], inputs.len(), |(), i| {
            bar.inc(1);
            if interrupt::requested() { None } else { pipeline::read(&inputs[i].path).err().map(|e| e.to_string()) }
        });
        bar.finish_and_clear();
        let total = inputs.len();
        let (mut whole, mut broken) = (Vec::new(), Vec::new());
        for (input, error) in inputs.into_iter().zip(errors) {
            match error {
                None => whole.push(input),
                Some(error) if skip => self.skipped(&input.path, error)?,
                Some(error) => broken.push(error),
            }
        }
        if whole.is_empty() && skip {
            bail!("none of the {total} pictures can be read, nothing was enrolled; check the paths");
        }
        if !broken.is_empty() {
            let mut list = broken[..broken.len().min(LISTED)].join("\n  ");
            if broken.len() > LISTED {
                list += &format!("\n  and {} more", broken.len() - LISTED);
            }
            bail!(
                "{} of {total} pictures are missing or broken, nothing was enrolled; repair them, or give \
                 --skip-broken to leave them out:\n  {list}",
                broken.len()
            );
        }
        Ok(whole)
    }

    fn line(&self, line: &EnrollLine) -> anyhow::Result<()> {
        if self.json {
            writeln!(std::io::stdout().lock(), "{}", serde_json::to_string(line)?)?;
        }
        Ok(())
    }

    /// A picture was broken and left out.
    pub fn skipped(&mut self, path: &Path, error: String) -> anyhow::Result<()> {
        self.summary.skipped += 1;
        eprintln!("skipped: {error}");
        self.line(&EnrollLine::Skipped { picture: path.display().to_string(), error })
    }

    /// A picture is on the disk, or was before.
    pub fn outcome(&mut self, view: NewView, outcome: Outcome) -> anyhow::Result<()> {
        let (picture, identity) = (view.source, view.identity);
        let line = match outcome {
            Outcome::Enrolled(view) => {
                self.summary.enrolled += 1;
                EnrollLine::Enrolled { picture, identity, view }
            }
            Outcome::Duplicate(known) => {
                if known.identity == identity {
                    self.summary.duplicates += 1;
                } else {
                    self.summary.conflicts += 1;
                    eprintln!(
                        "not enrolled: {picture} as {identity}: the same picture is enrolled as {}; remove that \
                         identity first if it is wrong",
                        known.identity
                    );
                }
                EnrollLine::Duplicate { picture, identity, enrolled_as: known.identity, view: known.view }
            }
            Outcome::Barred => {
                self.summary.barred += 1;
                eprintln!(
                    "not enrolled: {picture} as {identity}: it is barred from that identity; `dnc-edge gallery unbar` \
                     lifts that"
                );
                EnrollLine::Barred { picture, identity }
            }
        };
        self.line(&line)
    }

    /// The end of the run.
    pub fn end(mut self, gallery: &Gallery, interrupted: bool) -> anyhow::Result<Exit> {
        let counts = gallery.counts()?;
        self.summary =
            EnrollSummary { identities: counts.identities, views: counts.views, interrupted, ..self.summary };
        let s = self.summary;
        self.line(&EnrollLine::Summary(s))?;
        let barred = if s.barred > 0 { format!("{} barred, ", s.barred) } else { String::new() };
        let text = format!(
            "enrolled {} ({} already enrolled, {} enrolled under another identity, {barred}{} broken and skipped); \
             the gallery has {} with {}",
            counted(s.enrolled, "view"),
            s.duplicates,
            s.conflicts,
            s.skipped,
            counted(s.identities, "identity"),
            counted(s.views, "view")
        );
        if self.json {
            eprintln!("{text}");
        } else {
            writeln!(std::io::stdout().lock(), "{text}")?;
        }
        if interrupted {
            eprintln!("interrupted: what is enrolled is kept; the same command again goes on");
            return Ok(Exit::Interrupted);
        }
        Ok(if s.conflicts + s.barred > 0 { Exit::Partly } else { Exit::Done })
    }
}
