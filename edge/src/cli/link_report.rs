//! What `dnc-edge link` prints.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use dnc_core::decision::Decision;
use dnc_core::matching::GalleryBlock;
use dnc_core::wire::Counters;
use dnc_edge::link::lines::LinkLine;
use dnc_edge::link::{Compared, Sent, SessionEnd};
use dnc_edge::words::counted;

use super::exit::Exit;
use super::inputs::Input;

/// Prints each answer as it comes and counts what the exit code depends on.
#[derive(Debug)]
pub struct Report {
    json: bool,
    answers: usize,
    different: usize,
    /// Where f32 embeddings are decided otherwise than int8 codes: no fault of the controller.
    otherwise_f32: usize,
    broken: usize,
}

impl Report {
    pub fn new(json: bool) -> Self {
        Self { json, answers: 0, different: 0, otherwise_f32: 0, broken: 0 }
    }

    fn line(&self, line: &LinkLine, text: impl FnOnce() -> String) -> anyhow::Result<()> {
        let text = if self.json { serde_json::to_string(line)? } else { text() };
        Ok(writeln!(std::io::stdout().lock(), "{text}")?)
    }

    /// A gallery went across.
    pub fn gallery(&mut self, block: &GalleryBlock<'_>, sent: &Sent, took: Duration) -> anyhow::Result<()> {
        let (identities, views, bytes) = (block.identities(), block.views(), sent.bytes);
        let seconds = took.as_secs_f64();
        self.line(&LinkLine::Gallery { identities, views, bytes, tries: sent.tries, seconds }, || {
            let again = if sent.tries > 1 { format!(", begun {} times", sent.tries) } else { String::new() };
            format!(
                "gallery sent: {}, {}, {bytes} bytes in {seconds:.1} s{again} (threshold {:.3}, margin {:.3})",
                counted(identities, "identity"),
                counted(views, "view"),
                block.rule().threshold,
                block.rule().margin
            )
        })
    }

    /// Nothing was sent: the controller answers by what it has.
    pub fn gallery_found(&self, found: &Counters) {
        if !self.json && found.gallery > 0 {
            eprintln!("the controller answers by the gallery it has (its number {})", found.gallery);
        }
    }

    /// A picture could not be read.
    pub fn broken(&mut self, picture: &Path, error: String) -> anyhow::Result<()> {
        self.broken += 1;
        eprintln!("skipped: {error}");
        if self.json {
            let line = LinkLine::Broken { picture: picture.display().to_string(), error };
            self.line(&line, String::new)?;
        }
        Ok(())
    }

    /// A picture was answered.
    pub fn answer(&mut self, input: &Input, compared: &Compared, exact: Decision) -> anyhow::Result<()> {
        self.answers += 1;
        self.different += usize::from(!compared.same());
        self.otherwise_f32 += usize::from(compared.edge.decision != exact);
        let picture = input.path.display().to_string();
        let line = LinkLine::answer(picture.clone(), compared, exact, input.identity.clone());
        self.line(&line, || sentence(&picture, compared, input.identity.as_deref()))
    }

    /// The last line, and how the run ended.
    pub fn end(&self, end: &SessionEnd, skip_broken: bool) -> anyhow::Result<Exit> {
        self.line(&LinkLine::counters(end), || counters(end))?;
        if self.different > 0 {
            eprintln!(
                "{} of {} answers differ from this side's: the controller has another gallery (number {}); send it this \
                 one with --send-gallery, and where they still differ update its program",
                self.different, self.answers, end.total.gallery
            );
        }
        if self.otherwise_f32 > 0 {
            eprintln!(
                "note: {} of {} pictures are decided otherwise from f32 embeddings (dnc-edge identify) than from int8 codes",
                self.otherwise_f32, self.answers
            );
        }
        if self.broken > 0 {
            eprintln!("{} pictures could not be read", self.broken);
        }
        let partly = self.different > 0 || self.broken > 0 && !skip_broken;
        Ok(if partly { Exit::Partly } else { Exit::Done })
    }
}

fn sentence(picture: &str, compared: &Compared, truth: Option<&str>) -> String {
    let (theirs, ours) = (&compared.controller, &compared.edge);
    let mut text = format!("{picture}: ");
    text += &one_side(theirs.decision, &theirs.name, theirs.best.map(|n| n.similarity));
    if theirs.opened {
        text += ", gate opened";
    }
    if compared.same() {
        text += "; this side the same";
    } else {
        text += "; THIS SIDE DIFFERS: ";
        text += &one_side(ours.decision, &compared.edge_name, ours.best.map(|r| r.similarity));
        if compared.acts_alike() {
            text += " (the decision is the same)";
        }
    }
    if let Some(truth) = truth {
        text += &format!("; truth {truth}");
    }
    text
}

fn one_side(decision: Decision, name: &str, similarity: Option<f32>) -> String {
    match (decision, similarity) {
        (_, None) => "unknown (the gallery is empty)".to_owned(),
        (Decision::Known, Some(s)) => format!("known {name} {s:.4}"),
        (Decision::Unsure, Some(s)) => format!("unsure, {name} {s:.4}"),
        (Decision::Unknown, Some(s)) => format!("unknown, nearest {name} {s:.4}"),
    }
}

fn counters(end: &SessionEnd) -> String {
    let (total, traffic) = (&end.total, &end.traffic);
    let shown = |c: &Counters| {
        format!(
            "{} frames received, {} harmed, {} lost, {} requests repeated, gate opened {} times",
            c.line.received, c.line.harmed, c.line.lost, c.repeated_requests, c.opened
        )
    };
    let gallery =
        if total.gallery == 0 { "no gallery".to_owned() } else { format!("gallery number {}", total.gallery) };
    let stack = if total.stack == 0 { String::new() } else { format!("; at most {} bytes of stack", total.stack) };
    let mut text = format!("controller: {gallery}; since its start {}{stack}\n", shown(total));
    text += &match &end.during {
        Some(during) => format!("controller, this run: {}\n", shown(during)),
        None => "controller, this run: IT STARTED ANEW meanwhile; check its power\n".to_owned(),
    };
    text += &format!(
        "this side: {} frames sent ({} bytes), {} of them repeats; {} received, {} harmed, {} lost",
        traffic.sent,
        traffic.bytes_sent,
        traffic.repeated,
        traffic.heard.received,
        traffic.heard.harmed,
        traffic.heard.lost
    );
    text
}
