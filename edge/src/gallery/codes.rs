//! The int8 codes, for a device that compares nothing else.

use redb::ReadableTable;

use super::tables::{IDENTITIES, VIEWS};
use super::{Gallery, GalleryError};

/// A view as a microcontroller keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodedView {
    /// Name of its identity.
    pub identity: String,
    /// Its int8 code, d values.
    pub code: Vec<i8>,
}

impl Gallery {
    /// The codes of all views, in the order of their enrolment.
    ///
    /// # Errors
    /// Where the file cannot be read or a row contradicts another.
    pub fn codes(&self) -> Result<Vec<CodedView>, GalleryError> {
        let dim = self.space().layout.dim();
        self.reading(|read| {
            let identities = read.open_table(IDENTITIES)?;
            let mut views = Vec::new();
            for row in read.open_table(VIEWS)?.iter()? {
                let (id, row) = row?;
                let (identity, _, code, ..) = row.value();
                let lost = |what: &str| redb::Error::Corrupted(format!("view {} has {what}", id.value()));
                if code.len() != dim {
                    return Err(lost("a code of another width"));
                }
                let facts = identities.get(identity)?.ok_or_else(|| lost("no identity"))?;
                let code = code.iter().map(|c| c.cast_signed()).collect();
                views.push(CodedView { identity: facts.value().0.to_owned(), code });
            }
            Ok(views)
        })
    }
}
