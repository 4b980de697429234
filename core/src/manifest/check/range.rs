//! Ranges of single fields, and the error that names what is outside.

use std::fmt::{Debug, Display};
use std::ops::RangeInclusive;
use std::path::Path;

use super::ManifestError;

/// Longest name or text, bytes.
const MAX_TEXT: usize = 256;

/// The fields of one manifest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    path: &'a Path,
}

impl<'a> Fields<'a> {
    pub(super) fn of(path: &'a Path) -> Self {
        Self { path }
    }

    /// The error that `field` is `found`.
    pub(super) fn refuse(
        self,
        field: &'static str,
        found: impl Display,
        expected: impl Display,
    ) -> Result<(), ManifestError> {
        let (found, expected) = (found.to_string(), expected.to_string());
        Err(ManifestError::Field { path: self.path.to_owned(), field, found, expected })
    }

    /// `expected` is said where `holds` is false.
    pub(super) fn check(
        self,
        holds: bool,
        field: &'static str,
        found: impl Display,
        expected: impl Display,
    ) -> Result<(), ManifestError> {
        if holds { Ok(()) } else { self.refuse(field, found, expected) }
    }

    pub(super) fn count<T: PartialOrd + Display + Copy>(
        self,
        field: &'static str,
        found: T,
        range: RangeInclusive<T>,
    ) -> Result<(), ManifestError> {
        let expected = format_args!("{} to {}", range.start(), range.end());
        self.check(range.contains(&found), field, found, expected)
    }

    /// A number of something that was measured: at least one.
    pub(super) fn some(self, field: &'static str, found: usize) -> Result<(), ManifestError> {
        self.check(found >= 1, field, found, "at least 1")
    }

    /// A share, in \[0, 1\].
    pub(super) fn share(self, field: &'static str, found: f64) -> Result<(), ManifestError> {
        self.check((0.0..=1.0).contains(&found), field, found, "0 to 1")
    }

    /// A cosine or similarity, in \[−1, 1\] but for rounding.
    pub(super) fn cosine(self, field: &'static str, found: f64) -> Result<(), ManifestError> {
        self.check(found.abs() <= 1.001, field, found, "-1 to 1")
    }

    /// Text that is there and is not a book.
    pub(super) fn text(self, field: &'static str, found: &str) -> Result<(), ManifestError> {
        let length = format_args!("{} characters long", found.len());
        self.check((1..=MAX_TEXT).contains(&found.len()), field, length, format_args!("1 to {MAX_TEXT} characters"))
    }

    /// Numbers that all fit `holds`.
    pub(super) fn all<T: Copy + Debug>(
        self,
        field: &'static str,
        found: &[T],
        expected: &str,
        holds: impl Fn(T) -> bool,
    ) -> Result<(), ManifestError> {
        self.check(found.iter().all(|v| holds(*v)), field, format_args!("{found:?}"), expected)
    }
}
