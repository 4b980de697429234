//! A progress bar on standard error, silent where that is no terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over `n` pictures; `what` says what happens to them.
pub fn bar(n: usize, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    // `new` draws on standard error, and not at all where that is a file or a pipe.
    ProgressBar::new(n as u64).with_style(style).with_message(what)
}
