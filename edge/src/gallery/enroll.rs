//! Enrolling views: a batch is one transaction.

use dnc_core::EmbeddingLayout;
use dnc_core::manifest::Precision;

use super::moment::now;
use super::read::Duplicate;
use super::revision::Effect;
use super::write::{Entry, Kept};
use super::{Gallery, GalleryError, MAX_NAME_BYTES, MAX_THUMBNAIL_BYTES};
use crate::embedder;
use crate::runtime::precision_name;

/// A view to be enrolled.
#[derive(Debug, Clone, PartialEq)]
pub struct NewView {
    /// Name of its identity; made where the gallery has none of this name.
    pub identity: String,
    /// Group-normalised embedding, d values.
    pub embedding: Vec<f32>,
    /// Where the picture came from, as its path.
    pub source: String,
    /// SHA-256 of the picture's bytes.
    pub picture_sha256: [u8; 32],
    /// Precision of the variant that embedded it.
    pub precision: Precision,
    /// Whether the f32 embedding is kept beside the int8 code: 4·d bytes more, and searches on exact values.
    pub keep_f32: bool,
    /// A small JPEG or PNG of the picture, at most [`MAX_THUMBNAIL_BYTES`], for re-embedding with another model.
    pub thumbnail: Option<Vec<u8>>,
}

/// What became of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is enrolled, with this id.
    Enrolled(u64),
    /// The same picture was enrolled before; nothing was written for it.
    Duplicate(Duplicate),
    /// The picture is barred from this identity; nothing was written for it.
    Barred,
}

impl Gallery {
    /// Enrols a batch. When this returns `Ok`, every view of it is on the disk. On an error of the disk the
    /// gallery, once opened again, has the whole batch or nothing of it; on any other error, nothing.
    ///
    /// # Errors
    /// Where an embedding or a name cannot be used, the gallery is open for reading only, or the disk refuses.
    pub fn enroll(&mut self, views: &[NewView]) -> Result<Vec<Outcome>, GalleryError> {
        for view in views {
            self.check_view(view)?;
        }
        let now = now();
        self.writing(|tables| {
            let mut outcomes = Vec::with_capacity(views.len());
            for view in views {
                if let Some(known) = tables.duplicate(&view.picture_sha256)? {
                    outcomes.push(Outcome::Duplicate(known));
                    continue;
                }
                let known = tables.identity(&view.identity)?;
                if let Some(known) = known
                    && tables.is_barred(known, &view.picture_sha256)?
                {
                    outcomes.push(Outcome::Barred);
                    continue;
                }
                let identity = tables.identity_or_new(&view.identity, &now)?;
                outcomes.push(Outcome::Enrolled(tables.add(identity, view.entry(&now))?));
            }
            if !outcomes.iter().any(|outcome| matches!(outcome, Outcome::Enrolled(_))) {
                tables.effect = Effect::Nothing;
            }
            Ok(outcomes)
        })
    }

    pub(super) fn check_view(&self, view: &NewView) -> Result<(), GalleryError> {
        check_name(&view.identity)?;
        check_embedding(&view.embedding, &self.space.layout, &view.source)?;
        let bytes = view.thumbnail.as_ref().map_or(0, Vec::len);
        if bytes > MAX_THUMBNAIL_BYTES {
            return Err(GalleryError::Thumbnail { of: view.source.clone(), bytes });
        }
        Ok(())
    }
}

/// Whether an embedding is one of the gallery's model.
pub(super) fn check_embedding(values: &[f32], layout: &EmbeddingLayout, of: &str) -> Result<(), GalleryError> {
    let (found, expected) = (values.len(), layout.dim());
    if found != expected {
        return Err(GalleryError::Width { of: of.to_owned(), found, expected });
    }
    let wrong = |source| GalleryError::Embedding { of: of.to_owned(), source: Box::new(source) };
    embedder::check(values, layout).map_err(wrong)
}

impl NewView {
    pub(super) fn entry<'a>(&'a self, time: &'a str) -> Entry<'a> {
        Entry {
            kept: Kept::Values { values: &self.embedding, keep: self.keep_f32 },
            source: &self.source,
            picture: &self.picture_sha256,
            time,
            precision: precision_name(self.precision),
            thumbnail: self.thumbnail.as_deref().unwrap_or_default(),
        }
    }
}

/// Whether an identity may be called so.
pub(super) fn check_name(name: &str) -> Result<(), GalleryError> {
    let fits = !name.trim().is_empty() && name.len() <= MAX_NAME_BYTES && !name.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(GalleryError::Name { name: name.to_owned() }) }
}
