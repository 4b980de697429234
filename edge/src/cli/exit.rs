//! Exit codes and the last word on an error.

use std::io;
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done.
    Done,
    /// An error.
    Error,
    /// Done, but for some pictures.
    Partly,
    /// Stopped by Ctrl-C.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        // 2 is clap's, for a wrong command line; 130 is what shells give for SIGINT.
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Error => 1,
            Exit::Partly => 3,
            Exit::Interrupted => 130,
        })
    }
}

/// Whether the reader of our output went away, as `head` does: not an error of ours.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|e| e.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}

/// The chain of causes as one line. The library's messages contain their cause, so one that was said already is
/// left out.
pub fn describe(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(|e| e.to_string()) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        let inner = anyhow::anyhow!("disk full");
        assert_eq!(describe(&inner.context("cannot write a: disk full")), "cannot write a: disk full");
        assert_eq!(describe(&anyhow::anyhow!("disk full").context("cannot write a")), "cannot write a: disk full");
    }
}
