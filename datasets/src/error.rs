//! What can be wrong with a data set.

use std::path::{Path, PathBuf};

use dnc_core::picture::PictureError;

/// Broken pictures named in full in an error; the rest are counted.
const NAMED: usize = 20;

/// A data set that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// A file or folder cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is no such file or folder.
    #[error(
        "{} does not exist; give a CSV list, a PKU VehicleID folder, or a folder for each identity",
        path.display()
    )]
    Absent {
        /// What was given.
        path: PathBuf,
    },
    /// There is nothing to read.
    #[error("{}: no pictures found ({what}); expected {expected}", path.display())]
    Empty {
        /// The file or folder.
        path: PathBuf,
        /// What was looked for.
        what: String,
        /// A layout that would be read.
        expected: &'static str,
    },
    /// A list cannot be understood.
    #[error("{}, line {line}: {problem}; expected {expected}", path.display())]
    Line {
        /// The list.
        path: PathBuf,
        /// Line, counted from 1.
        line: u64,
        /// What is wrong, with the value.
        problem: String,
        /// The form of a line.
        expected: &'static str,
    },
    /// Pictures that are absent or cannot be decoded.
    #[error("{}", broken_list(.0, *.1))]
    Broken(Vec<PictureError>, usize),
    /// Too few identities to learn from.
    #[error(
        "{}: {with_two} training identities have two pictures or more ({total} in all), training needs at least \
         {needed}; add pictures, or check that identities are named alike",
        path.display()
    )]
    TooFewIdentities {
        /// The data set.
        path: PathBuf,
        /// Identities with at least two pictures.
        with_two: usize,
        /// All training identities.
        total: usize,
        /// What is needed.
        needed: usize,
    },
}

impl DatasetError {
    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

fn broken_list(broken: &[PictureError], of: usize) -> String {
    let mut text = format!("{} of {of} pictures cannot be used:\n", broken.len());
    for error in broken.iter().take(NAMED) {
        text.push_str(&format!("  {error}\n"));
    }
    if broken.len() > NAMED {
        text.push_str(&format!("  and {} more\n", broken.len() - NAMED));
    }
    text.push_str("repair them, or leave them out with --skip-broken");
    text
}
