//! A bar for work of several steps.

use indicatif::{ProgressBar, ProgressStyle};

/// Told what is done, how far it is, and how far it goes.
type Told<'a> = &'a (dyn Fn(&str, usize, usize) + Sync);

/// Shows a bar as long as `work` runs.
pub fn with_progress<T>(work: impl FnOnce(Told<'_>) -> T) -> T {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{msg:<24} {bar:30} {pos}/{len} {elapsed}<{eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let result = work(&|what, done, total| {
        bar.set_message(what.to_owned());
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    result
}
