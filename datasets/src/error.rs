//! What can be wrong with a data set.

use std::path::{Path, PathBuf};

use dnc_core::picture::PictureError;

use crate::layout::Layout;
use crate::mat::MatError;

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
    #[error("{} does not exist; give a data set in one of the layouts: {}", path.display(), layout_names())]
    Absent {
        /// What was given.
        path: PathBuf,
    },
    /// A folder in no layout that is known.
    #[error("{}: no pictures found; looked for{}", path.display(), layout_files())]
    NoLayout {
        /// The folder.
        path: PathBuf,
    },
    /// A file or folder of the layout is not there.
    #[error("{} does not exist; the copy of {layout} is incomplete, which consists of {files}", path.display())]
    Incomplete {
        /// What is not there.
        path: PathBuf,
        /// Name of the layout.
        layout: &'static str,
        /// What it consists of.
        files: &'static str,
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
    /// A list names a picture twice.
    #[error(
        "{}, line {line}: {} is listed in line {first} already, {how}; keep one line for each picture",
        path.display(),
        picture.display()
    )]
    Repeated {
        /// The list.
        path: PathBuf,
        /// Line, counted from 1.
        line: u64,
        /// The earlier line with the same picture.
        first: u64,
        /// The picture, as the later line has it.
        picture: PathBuf,
        /// In what the two lines differ, with both values.
        how: String,
    },
    /// A file name tells nothing.
    #[error("{}: the file name has another form than {expected}; rename it, or take it away", path.display())]
    FileName {
        /// The file.
        path: PathBuf,
        /// The form of a name.
        expected: &'static str,
    },
    /// A folder's name cannot name an identity.
    #[error(
        "{path:?}: the folder's name is not UTF-8, so that it cannot name an identity (others would look the same); \
         rename it to UTF-8"
    )]
    FolderName {
        /// The folder; shown with its odd bytes escaped.
        path: PathBuf,
    },
    /// A MAT-file cannot be read.
    #[error("{}: {source}", path.display())]
    Mat {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: MatError,
    },
    /// A row of a MAT-file's annotation cannot be understood.
    #[error("{}, annotation {number}: {problem}; expected a path and a class number", path.display())]
    Annotation {
        /// The file.
        path: PathBuf,
        /// Row, counted from 1.
        number: usize,
        /// What is wrong, with the value.
        problem: String,
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

fn layout_names() -> String {
    Layout::ALL.map(Layout::name).join(", ")
}

/// A line for each layout.
fn layout_files() -> String {
    Layout::ALL.map(|layout| format!("\n  {}: {}", layout.name(), layout.files())).concat()
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
