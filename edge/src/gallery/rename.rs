//! Names put right: an identity gets another name, or turns out to be another one.

use redb::{ReadableTable, WriteTransaction};

use super::enroll::check_name;
use super::tables::{IDENTITIES, IDENTITY_VIEWS, NAMES, VIEWS, views_of};
use super::{Gallery, GalleryError};

impl Gallery {
    /// Gives the identity called `from` the name `to`; its id and views stay. When this returns `Ok`, it is on the disk.
    ///
    /// # Errors
    /// Where there is no `from`, `to` cannot be a name or is another identity's, the gallery is open for reading only, or
    /// the disk refuses. Nothing is changed then.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), GalleryError> {
        check_name(to)?;
        let transaction = self.begin_write()?;
        match rename_rows(&transaction, from, to).map_err(|e| self.storage_error(e))? {
            Renamed::Done => transaction.commit().map_err(|e| self.storage_error(e)),
            Renamed::Missing => Err(GalleryError::NoIdentity { path: self.path.clone(), name: from.to_owned() }),
            Renamed::Taken => Err(GalleryError::NameTaken { path: self.path.clone(), name: to.to_owned() }),
        }
    }

    /// Gives all views of the identity called `from` to the one called `into`, and removes `from`. Answers how many views
    /// moved. When this returns `Ok`, it is on the disk.
    ///
    /// # Errors
    /// Where one of the two is missing or they are the same, the gallery is open for reading only, or the disk refuses.
    /// Nothing is changed then.
    pub fn merge(&mut self, from: &str, into: &str) -> Result<usize, GalleryError> {
        if from == into {
            return Err(GalleryError::MergedWithItself { name: from.to_owned() });
        }
        let transaction = self.begin_write()?;
        match merge_rows(&transaction, from, into).map_err(|e| self.storage_error(e))? {
            Ok(views) => transaction.commit().map(|()| views).map_err(|e| self.storage_error(e)),
            Err(name) => Err(GalleryError::NoIdentity { path: self.path.clone(), name }),
        }
    }
}

enum Renamed {
    Done,
    Missing,
    Taken,
}

fn rename_rows(transaction: &WriteTransaction, from: &str, to: &str) -> Result<Renamed, redb::Error> {
    let mut names = transaction.open_table(NAMES)?;
    let Some(identity) = names.get(from)?.map(|id| id.value()) else { return Ok(Renamed::Missing) };
    if from != to && names.get(to)?.is_some() {
        return Ok(Renamed::Taken);
    }
    names.remove(from)?;
    names.insert(to, identity)?;
    let mut identities = transaction.open_table(IDENTITIES)?;
    let created = identities.get(identity)?.map(|row| row.value().1.to_owned());
    let created =
        created.ok_or_else(|| redb::Error::Corrupted(format!("identity {identity} has a name and no row")))?;
    identities.insert(identity, (to, created.as_str()))?;
    Ok(Renamed::Done)
}

/// The views moved, or the name that is missing.
fn merge_rows(transaction: &WriteTransaction, from: &str, into: &str) -> Result<Result<usize, String>, redb::Error> {
    let mut names = transaction.open_table(NAMES)?;
    let Some(old) = names.get(from)?.map(|id| id.value()) else { return Ok(Err(from.to_owned())) };
    let Some(new) = names.get(into)?.map(|id| id.value()) else { return Ok(Err(into.to_owned())) };
    names.remove(from)?;
    transaction.open_table(IDENTITIES)?.remove(old)?;
    let mut identity_views = transaction.open_table(IDENTITY_VIEWS)?;
    let mut views = transaction.open_table(VIEWS)?;
    let ids = views_of(&identity_views, old)?;
    for id in &ids {
        identity_views.remove((old, *id))?;
        identity_views.insert((new, *id), ())?;
        let row = views.get(*id)?.map(|row| {
            let (_, scale, code, source, picture, time, precision) = row.value();
            (scale, code.to_owned(), source.to_owned(), *picture, time.to_owned(), precision.to_owned())
        });
        let (scale, code, source, picture, time, precision) =
            row.ok_or_else(|| redb::Error::Corrupted(format!("view {id} of identity {old} has no row")))?;
        views
            .insert(*id, (new, scale, code.as_slice(), source.as_str(), &picture, time.as_str(), precision.as_str()))?;
    }
    Ok(Ok(ids.len()))
}
