//! Removing what is old.

use std::collections::{HashMap, HashSet};

use redb::ReadableTable;
use time::OffsetDateTime;

use super::moment::{parse, text};
use super::read::if_there;
use super::revision::Effect;
use super::tables::{IDENTITIES, IdentityRow, SEEN, VIEWS, ViewRow};
use super::{Gallery, GalleryError};

/// What is old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// An identity with all its views, by the latest of: its creation, the enrolment of one of its views, and a
    /// recognition that [`Gallery::saw`] recorded.
    LastSeen,
    /// Each view by its enrolment; an identity goes with its last view. One that has none goes by its creation.
    Enrolment,
}

/// What an expiry removes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expired {
    /// Names of the identities, in the order of their creation.
    pub identities: Vec<String>,
    /// Number of views, those of these identities and others.
    pub views: usize,
}

impl Gallery {
    /// What [`expire`](Self::expire) would remove now. Nothing is changed.
    ///
    /// # Errors
    /// Where the file cannot be read, or a time in it is none.
    pub fn would_expire(&self, age: Age, before: OffsetDateTime) -> Result<Expired, GalleryError> {
        self.reading(|read| {
            let (identities, views) = (read.open_table(IDENTITIES)?, read.open_table(VIEWS)?);
            Ok(select(&identities, &views, if_there(read, SEEN)?.as_ref(), age, before)?.told())
        })
    }

    /// Removes what is older than `before`, in one transaction. When this returns `Ok`, it is on the disk.
    ///
    /// # Errors
    /// Where a time in the file is none, the gallery is open for reading only, or the disk refuses. Nothing is changed
    /// then.
    pub fn expire(&mut self, age: Age, before: OffsetDateTime) -> Result<Expired, GalleryError> {
        self.writing(|tables| {
            let selected = select(&tables.identities, &tables.views, Some(&tables.seen), age, before)?;
            for view in &selected.views {
                tables.take_out(*view)?;
            }
            for (identity, name) in &selected.identities {
                tables.remove_identity(*identity, name)?;
            }
            Ok(selected.told())
        })
    }

    /// Records that the identities of these names were recognised at `moment`; an earlier record is replaced, a later one
    /// stays. A name that is not there (any more) is passed over. When this returns `Ok`, it is on the disk.
    ///
    /// # Errors
    /// Where the gallery is open for reading only, or the disk refuses.
    pub fn saw<'a>(
        &mut self,
        names: impl IntoIterator<Item = &'a str>,
        moment: OffsetDateTime,
    ) -> Result<(), GalleryError> {
        let time = text(moment.to_offset(time::UtcOffset::UTC));
        self.writing(|tables| {
            for name in names {
                if let Some(identity) = tables.identity(name)? {
                    tables.saw(identity, &time)?;
                }
            }
            tables.effect = Effect::Apart;
            Ok(())
        })
    }
}

struct Selected {
    identities: Vec<(u64, String)>,
    views: Vec<u64>,
}

impl Selected {
    fn told(self) -> Expired {
        Expired { identities: self.identities.into_iter().map(|(_, name)| name).collect(), views: self.views.len() }
    }
}

fn select(
    identities: &impl ReadableTable<u64, IdentityRow>,
    views: &impl ReadableTable<u64, ViewRow>,
    seen: Option<&impl ReadableTable<u64, &'static str>>,
    age: Age,
    before: OffsetDateTime,
) -> Result<Selected, redb::Error> {
    // The last time that counts for each identity, and those that keep a view.
    let (mut last, mut stays) = (HashMap::<u64, OffsetDateTime>::new(), HashSet::<u64>::new());
    let (mut names, mut rows) = (Vec::new(), Vec::new());
    for row in identities.iter()? {
        let (id, facts) = row?;
        let (id, (name, created)) = (id.value(), facts.value());
        last.insert(id, moment(created)?);
        names.push((id, name.to_owned()));
    }
    for row in views.iter()? {
        let (id, row) = row?;
        let (identity, time) = (row.value().0, moment(row.value().5)?);
        rows.push((id.value(), identity, time));
        let latest = last.entry(identity).or_insert(time);
        *latest = time.max(*latest);
        if time >= before {
            stays.insert(identity);
        }
    }
    if let Some(seen) = seen {
        for row in seen.iter()? {
            let (identity, time) = row?;
            let time = moment(time.value())?;
            last.entry(identity.value()).and_modify(|latest| *latest = time.max(*latest));
        }
    }
    let with_views: HashSet<u64> = rows.iter().map(|(_, identity, _)| *identity).collect();
    let goes = |identity: &u64| match age {
        Age::Enrolment if with_views.contains(identity) => !stays.contains(identity),
        Age::Enrolment | Age::LastSeen => last.get(identity).is_some_and(|latest| *latest < before),
    };
    names.retain(|(identity, _)| goes(identity));
    rows.retain(|(_, identity, time)| match age {
        Age::LastSeen => goes(identity),
        Age::Enrolment => *time < before,
    });
    Ok(Selected { identities: names, views: rows.into_iter().map(|(id, ..)| id).collect() })
}

fn moment(text: &str) -> Result<OffsetDateTime, redb::Error> {
    parse(text).ok_or_else(|| redb::Error::Corrupted(format!("{text:?} is kept as a time and is none")))
}

#[cfg(test)]
mod tests;
