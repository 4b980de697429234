//! Progress on the terminal, plain lines elsewhere.

use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressStyle};

use crate::history::EpochRecord;
use crate::schedule::Phase;
use crate::trainer::Observer;

/// Shows a run.
pub struct Bars {
    bar: Mutex<ProgressBar>,
}

impl Default for Bars {
    fn default() -> Self {
        Self { bar: Mutex::new(ProgressBar::hidden()) }
    }
}

/// A bar with a label before and a message behind it.
pub fn bar(total: usize, label: String) -> ProgressBar {
    let bar = ProgressBar::new(total as u64);
    let style = ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} {elapsed}<{eta} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_prefix(label);
    bar
}

/// An epoch in one line.
pub fn epoch_line(r: &EpochRecord) -> String {
    let mut line = format!(
        "epoch {:>3} {:<7} loss {:.4}  {:.1} s, {:.0} pictures/s, {:.0} % waiting",
        r.epoch + 1,
        r.phase.name(),
        r.loss,
        r.seconds,
        r.pictures as f64 / r.seconds.max(1e-9),
        r.stalled * 100.0
    );
    if let (Some(sizes), Some(out)) = (&r.clusters, r.sat_out) {
        line += &format!("  clusters {sizes:?}, {out} sit out");
    }
    if let Some(v) = &r.validation {
        line += &format!("  validation R@1 {:.3} mAP {:.3}", v.recall[&1], v.map);
    }
    line
}

impl Bars {
    fn with<T>(&self, f: impl FnOnce(&mut ProgressBar) -> T) -> T {
        f(&mut self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Prints a line without tearing the bar.
    pub fn line(&self, text: &str) {
        self.with(|bar| bar.suspend(|| eprintln!("{text}")));
    }
}

impl Observer for Bars {
    fn decoded(&self, total: usize) {
        self.with(|bar| {
            if bar.length() != Some(total as u64) || bar.prefix() != "decode" {
                *bar = self::bar(total, "decode".into());
            }
            bar.inc(1);
            if bar.position() == total as u64 {
                bar.finish_and_clear();
            }
        });
    }

    fn epoch_started(&self, epoch: usize, of: usize, phase: Phase, batches: usize) {
        self.with(|bar| *bar = self::bar(batches, format!("epoch {}/{of} {}", epoch + 1, phase.name())));
    }

    fn batch_done(&self, loss: Option<f32>) {
        self.with(|bar| {
            bar.inc(1);
            if let Some(loss) = loss {
                bar.set_message(format!("loss {loss:.4}"));
            }
        });
    }

    fn epoch_done(&self, r: &EpochRecord) {
        self.with(|bar| bar.finish_and_clear());
        self.line(&epoch_line(r));
    }

    fn note(&self, text: &str) {
        self.line(&format!("note: {text}"));
    }
}
