//! "Not this one": a view barred from an identity.
//!
//! A bar says of one picture that it is not of one identity. It has two effects and no others. The same picture (by the
//! SHA-256 of its bytes) is not enrolled under that identity. And in a search the identity is left out where a picture
//! barred from it is at least as near to the probe as the nearest of its own views: the wrong match is not made again,
//! neither for the same picture nor for one that is more like it than like the identity.

use dnc_core::int8;
use dnc_core::normalize::group_normalize;
use redb::ReadableTable;

use super::moment::now;
use super::revision::Effect;
use super::transaction::refuse;
use super::write::{Taken, bytes_of};
use super::{Gallery, GalleryError, NewView};
use crate::runtime::precision_name;

/// What became of a view that was to be barred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarOutcome {
    /// It is barred; it was not enrolled under this identity.
    Barred,
    /// It is barred, and no longer enrolled under this identity, where it had this id.
    TakenOut(u64),
    /// It was barred before.
    Already,
}

impl Gallery {
    /// Bars each view's picture from the identity that the view names; one that is enrolled under it is taken out of it.
    /// An identity that has no view left stays. When this returns `Ok`, it is on the disk.
    ///
    /// # Errors
    /// Where there is no such identity, an embedding cannot be used, the gallery is open for reading only, or the disk
    /// refuses. Nothing is changed then.
    pub fn bar(&mut self, views: &[NewView]) -> Result<Vec<BarOutcome>, GalleryError> {
        for view in views {
            self.check_view(view)?;
        }
        let (now, path) = (now(), self.path.clone());
        self.writing(|tables| {
            let mut outcomes = Vec::with_capacity(views.len());
            for view in views {
                let Some(identity) = tables.identity(&view.identity)? else {
                    return refuse(GalleryError::NoIdentity { path, name: view.identity.clone() });
                };
                let picture = &view.picture_sha256;
                if tables.is_barred(identity, picture)? {
                    outcomes.push(BarOutcome::Already);
                    continue;
                }
                let mut thumbnail = view.thumbnail.clone().unwrap_or_default();
                outcomes.push(match tables.owner(picture)? {
                    Some((id, owner)) if owner == identity => {
                        let taken = tables.take_out(id)?;
                        if thumbnail.is_empty() {
                            thumbnail = taken.thumbnail;
                        }
                        BarOutcome::TakenOut(id)
                    }
                    _ => BarOutcome::Barred,
                });
                let (values, precision) = (bytes_of(&view.embedding), precision_name(view.precision));
                let row = (values.as_slice(), view.source.as_str(), now.as_str(), precision, thumbnail.as_slice());
                tables.barred.insert((identity, picture), row)?;
            }
            if outcomes.iter().all(|outcome| *outcome == BarOutcome::Already) {
                tables.effect = Effect::Nothing;
            }
            Ok(outcomes)
        })
    }

    /// Takes enrolled views out of the identity called `name` and bars them from it. An identity that has no view left
    /// stays. Answers how many views that were. When this returns `Ok`, it is on the disk.
    ///
    /// # Errors
    /// Where there is no such identity, a view is not one of its, the gallery is open for reading only, or the disk
    /// refuses. Nothing is changed then.
    pub fn bar_views(&mut self, name: &str, views: &[u64]) -> Result<usize, GalleryError> {
        let (now, path, layout) = (now(), self.path.clone(), self.space.layout);
        let missing = self.no_identity(name);
        let mut ids = views.to_vec();
        ids.sort_unstable();
        ids.dedup();
        self.writing(|tables| {
            let Some(identity) = tables.identity(name)? else { return refuse(missing) };
            for id in &ids {
                if tables.identity_views.get((identity, *id))?.is_none() {
                    return refuse(GalleryError::NotItsView { path, view: *id, name: name.to_owned() });
                }
                let taken = tables.take_out(*id)?;
                let values = match &taken.values {
                    Some(values) => values.clone(),
                    None => bytes_of(&decoded(&taken, &layout)),
                };
                let row = (&*values, &*taken.source, &*now, &*taken.precision, &*taken.thumbnail);
                tables.barred.insert((identity, &taken.picture), row)?;
            }
            Ok(ids.len())
        })
    }

    /// Lifts the bars of these pictures from the identity called `name`; they are not enrolled by that. When this returns
    /// `Ok`, it is on the disk.
    ///
    /// # Errors
    /// Where there is no such identity, a picture is not barred from it, the gallery is open for reading only, or the disk
    /// refuses. Nothing is changed then.
    pub fn unbar(&mut self, name: &str, pictures: &[[u8; 32]]) -> Result<(), GalleryError> {
        let (path, missing) = (self.path.clone(), self.no_identity(name));
        self.writing(|tables| {
            let Some(identity) = tables.identity(name)? else { return refuse(missing) };
            for picture in pictures {
                if tables.barred.remove((identity, picture))?.is_none() {
                    return refuse(GalleryError::NotBarred { path, picture: *picture, name: name.to_owned() });
                }
            }
            Ok(())
        })
    }
}

/// The embedding that a search reads where f32 values were not kept.
fn decoded(taken: &Taken, layout: &dnc_core::EmbeddingLayout) -> Vec<f32> {
    let code: Vec<i8> = taken.code.iter().map(|c| c.cast_signed()).collect();
    let mut values = vec![0.0; code.len()];
    int8::decode(&code, taken.scale, &mut values);
    if values.len() == layout.dim() {
        group_normalize(&mut values, layout);
    }
    values
}
