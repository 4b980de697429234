//! Identities put right: one gets another name, turns out to be another one, or to be two.

use redb::ReadableTable;

use super::enroll::check_name;
use super::moment::now;
use super::tables::views_of;
use super::transaction::refuse;
use super::{Gallery, GalleryError};

impl Gallery {
    /// Gives the identity called `from` the name `to`; its id and views stay. When this returns `Ok`, it is on the disk.
    ///
    /// # Errors
    /// Where there is no `from`, `to` cannot be a name or is another identity's, the gallery is open for reading only, or
    /// the disk refuses. Nothing is changed then.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), GalleryError> {
        check_name(to)?;
        let (missing, taken) = (self.no_identity(from), self.name_taken(to));
        self.writing(|tables| {
            let Some(identity) = tables.identity(from)? else { return refuse(missing) };
            if from != to && tables.identity(to)?.is_some() {
                return refuse(taken);
            }
            tables.names.remove(from)?;
            tables.names.insert(to, identity)?;
            let created = tables.identities.get(identity)?.map(|row| row.value().1.to_owned());
            let created =
                created.ok_or_else(|| redb::Error::Corrupted(format!("identity {identity} has a name and no row")))?;
            tables.identities.insert(identity, (to, created.as_str()))?;
            Ok(())
        })
    }

    /// Gives all views of the identity called `from` to the one called `into`, and removes `from`. What was barred from
    /// `from` is barred from `into`, but for pictures that are enrolled under `into`: the merge says that they are of one
    /// identity. Answers how many views moved. When this returns `Ok`, it is on the disk.
    ///
    /// # Errors
    /// Where one of the two is missing or they are the same, the gallery is open for reading only, or the disk refuses.
    /// Nothing is changed then.
    pub fn merge(&mut self, from: &str, into: &str) -> Result<usize, GalleryError> {
        if from == into {
            return Err(GalleryError::MergedWithItself { name: from.to_owned() });
        }
        let (no_from, no_into) = (self.no_identity(from), self.no_identity(into));
        self.writing(|tables| {
            let Some(old) = tables.identity(from)? else { return refuse(no_from) };
            let Some(new) = tables.identity(into)? else { return refuse(no_into) };
            let ids = views_of(&tables.identity_views, old)?;
            for id in &ids {
                let picture = tables.views.get(*id)?.map(|row| *row.value().4);
                tables.give(*id, new)?;
                if let Some(picture) = picture {
                    tables.barred.remove((new, &picture))?;
                }
            }
            tables.copy_bars(old, new)?;
            let seen = tables.seen.get(old)?.map(|time| time.value().to_owned());
            if let Some(seen) = seen {
                tables.saw(new, &seen)?;
            }
            tables.remove_identity(old, from)?;
            Ok(ids.len())
        })
    }

    /// Gives some views of the identity called `from` to a new one called `to`. What is barred from `from` is barred from
    /// both then: a picture that was of none of these views is of neither part. Answers how many views moved. When this
    /// returns `Ok`, it is on the disk.
    ///
    /// # Errors
    /// Where there is no `from`, a view is not one of its, none or all of them are named, `to` cannot be a name or is there
    /// already, the gallery is open for reading only, or the disk refuses. Nothing is changed then.
    pub fn split(&mut self, from: &str, views: &[u64], to: &str) -> Result<usize, GalleryError> {
        check_name(to)?;
        let (missing, taken) = (self.no_identity(from), self.name_taken(to));
        let path = self.path.clone();
        let (now, mut ids) = (now(), views.to_vec());
        ids.sort_unstable();
        ids.dedup();
        self.writing(|tables| {
            let Some(old) = tables.identity(from)? else { return refuse(missing) };
            if tables.identity(to)?.is_some() {
                return refuse(taken);
            }
            let known = views_of(&tables.identity_views, old)?;
            if let Some(view) = ids.iter().find(|id| known.binary_search(id).is_err()) {
                return refuse(GalleryError::NotItsView { path, view: *view, name: from.to_owned() });
            }
            if ids.is_empty() || ids.len() == known.len() {
                let (named, of) = (ids.len(), known.len());
                return refuse(GalleryError::SplitOfAll { name: from.to_owned(), named, of });
            }
            let new = tables.identity_or_new(to, &now)?;
            for id in &ids {
                tables.give(*id, new)?;
            }
            tables.copy_bars(old, new)?;
            Ok(ids.len())
        })
    }

    fn name_taken(&self, name: &str) -> GalleryError {
        GalleryError::NameTaken { path: self.path.clone(), name: name.to_owned() }
    }
}
