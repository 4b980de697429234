//! Ctrl-C: the first one asks for an orderly end, the second one ends at once.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Watches for Ctrl-C and requests to terminate from now on.
pub fn watch() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            // The gallery stays whole: a commit that has not returned is undone when it is opened again.
            std::process::exit(130);
        }
        eprintln!("interrupted: finishing the running batch (again to stop at once)");
    })
    .context("cannot watch for Ctrl-C")
}

/// Whether the person asked to stop.
pub fn requested() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}
