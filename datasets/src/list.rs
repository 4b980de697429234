//! The lists that sets are shipped with: a line a picture, words between spaces.

use std::path::{Path, PathBuf};

use crate::DatasetError;
use crate::layout::Layout;

pub(crate) struct List {
    path: PathBuf,
    /// How a line looks, with an example.
    form: &'static str,
    text: String,
}

impl List {
    pub fn read(path: &Path, layout: Layout, form: &'static str) -> Result<Self, DatasetError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Self { path: path.to_owned(), form, text }),
            Err(source) => Err(absent_or_unreadable(path, layout, source)),
        }
    }

    /// The words of each line that holds any, with its number counted from 1; another number of words is an error.
    /// The first `header` lines are passed over.
    pub fn rows<const N: usize>(&self, header: usize) -> impl Iterator<Item = Result<(u64, [&str; N]), DatasetError>> {
        self.text.lines().zip(1..).skip(header).filter(|(line, _)| !line.trim().is_empty()).map(|(line, number)| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let words = words.try_into().map_err(|_| self.fault(number, format!("{line:?}")))?;
            Ok((number, words))
        })
    }

    /// A line, counted from 1, without the space around it; empty behind the end.
    pub fn line(&self, number: usize) -> &str {
        self.text.lines().nth(number - 1).unwrap_or_default().trim()
    }

    /// A number in one of `range`.
    pub fn number(&self, line: u64, word: &str, range: std::ops::RangeInclusive<u32>) -> Result<u32, DatasetError> {
        word.parse()
            .ok()
            .filter(|n| range.contains(n))
            .ok_or_else(|| self.fault(line, format!("{word:?} is no number from {} to {}", range.start(), range.end())))
    }

    pub fn fault(&self, line: u64, problem: String) -> DatasetError {
        DatasetError::Line { path: self.path.clone(), line, problem, expected: self.form }
    }
}

/// Why a file of `layout` cannot be read: one that is not there is told apart.
pub(crate) fn absent_or_unreadable(path: &Path, layout: Layout, source: std::io::Error) -> DatasetError {
    if source.kind() == std::io::ErrorKind::NotFound {
        DatasetError::Incomplete { path: path.to_owned(), layout: layout.name(), files: layout.files() }
    } else {
        DatasetError::io(path, source)
    }
}

/// Refuses a set whose folder of pictures is not there: better than a list of all its pictures.
pub(crate) fn need_folder(path: &Path, layout: Layout) -> Result<(), DatasetError> {
    if path.is_dir() {
        return Ok(());
    }
    Err(DatasetError::Incomplete { path: path.to_owned(), layout: layout.name(), files: layout.files() })
}
