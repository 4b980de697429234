//! What can be wrong with a run's folder.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::config::ConfigError;

/// A checkpoint that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}; {next}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
        /// What can be done.
        next: String,
    },
    /// A file cannot be written; the checkpoint before it is whole.
    #[error("cannot write {}: {source}; {}", path.display(), next_step(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is no checkpoint.
    #[error("{}: no checkpoint; train first: `dnc-train run --out {} --data PATH`", path.display(), path.display())]
    None {
        /// The run's folder.
        path: PathBuf,
    },
    /// No such checkpoint is kept.
    #[error("{}: the weights after epoch {asked} are not kept ({}); --keep-every keeps some", path.display(), kept_epochs(kept))]
    NotKept {
        /// The run's folder.
        path: PathBuf,
        /// Epochs done.
        asked: usize,
        /// Epochs done of the checkpoints that are kept.
        kept: Vec<usize>,
    },
    /// There is no best one.
    #[error(
        "{}: no best checkpoint, since no validation was made; train with validation_share and evaluate_every above 0, \
         or take --checkpoint last",
        path.display()
    )]
    NoBest {
        /// The run's folder.
        path: PathBuf,
    },
    /// A file is damaged.
    #[error("{}: damaged: {problem}; {next}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        problem: String,
        /// What can be done.
        next: String,
    },
    /// The run was made with other settings.
    #[error(
        "{}: this run was started with {field} = {was}, now {now} is asked for; give another --out, or the same \
         settings{next}",
        path.display()
    )]
    OtherSettings {
        /// The run's folder.
        path: PathBuf,
        /// First field that differs.
        field: String,
        /// Its value in the run.
        was: String,
        /// The value asked for.
        now: String,
        /// Flags that would make it the same, where they follow from others.
        next: String,
    },
    /// The validation part would be drawn otherwise now.
    #[error(
        "{}: the pictures at hand give another validation part than this run held out (some came, went, or changed their \
         order or identity since), so that it may hold identities the run learned from; name the pictures and the list \
         it was trained with (--data)",
        path.display()
    )]
    OtherValidation {
        /// The run's folder.
        path: PathBuf,
    },
    /// Another process trains there.
    #[error("{}: another dnc-train is training this run; wait for it, or give another --out", path.display())]
    InUse {
        /// The run's folder.
        path: PathBuf,
    },
    /// What is there would be lost.
    #[error("{}: no run, but {found} is there and would be lost; give another --out, or {next}", path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// What is there.
        found: String,
        /// What else can be done.
        next: String,
    },
    /// The weights are of another network.
    #[error(
        "{}: this run trained {was}, now {now} is asked for; leave out --backbone, --width, --dim and --learners, or \
         train another run",
        path.display()
    )]
    OtherNetwork {
        /// The run's folder.
        path: PathBuf,
        /// The network that it trained.
        was: String,
        /// The network asked for.
        now: String,
    },
    /// The stored settings cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// What a person can do about a file of the run in `run` that is lost, where the weights after the epochs of `others` are
/// there still.
pub(super) fn start_anew(run: &Path, others: &[usize]) -> String {
    let again = format!("give another --out, or delete {} and train again", run.display());
    if others.is_empty() {
        return again;
    }
    let others = listed(others);
    format!("evaluation and export take weights that are kept: --checkpoint N, after epoch {others}; to train, {again}")
}

fn kept_epochs(kept: &[usize]) -> String {
    format!("kept: {}", listed(kept))
}

fn listed(epochs: &[usize]) -> String {
    epochs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What a person can do about a file that cannot be written.
fn next_step(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "make room and give the same command again: the last whole checkpoint is kept"
        }
        _ => "check the path, its owner and permissions, or give another --out",
    }
}
