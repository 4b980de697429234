//! The tables of a transaction: every change is made through operations that keep them in step.

use dnc_core::int8;
use redb::{ReadableTable, Table, WriteTransaction};

use super::read::Duplicate;
use super::revision::Effect;
use super::tables::{
    BARRED, BarredKey, BarredRow, EMBEDDINGS, IDENTITIES, IDENTITY_VIEWS, IdentityRow, NAMES, NEXT_IDS, PICTURES, SEEN,
    THUMBNAILS, VIEWS, ViewRow, views_of,
};

/// The least and the greatest hash: the ends of an identity's range of bars.
static FIRST: [u8; 32] = [0; 32];
static LAST: [u8; 32] = [u8::MAX; 32];

/// What is kept of an embedding.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kept<'a> {
    /// The values; beside the int8 code where they are to be kept.
    Values { values: &'a [f32], keep: bool },
    /// A code that was made before.
    Code { scale: f32, code: &'a [u8] },
}

/// A view to be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub kept: Kept<'a>,
    pub source: &'a str,
    pub picture: &'a [u8; 32],
    pub time: &'a str,
    pub precision: &'a str,
    /// Empty where there is none.
    pub thumbnail: &'a [u8],
}

/// What was kept of a view that is no longer there.
pub(super) struct Taken {
    pub identity: u64,
    pub source: String,
    pub picture: [u8; 32],
    pub precision: String,
    pub thumbnail: Vec<u8>,
    /// The f32 embedding where it was kept, d little-endian values.
    pub values: Option<Vec<u8>>,
    pub scale: f32,
    pub code: Vec<u8>,
}

/// All tables of one transaction.
pub(super) struct Tables<'t> {
    /// What the change does to searches; whoever makes it may know that it is less than it could be.
    pub effect: Effect,
    next_ids: Table<'t, &'static str, u64>,
    pub identities: Table<'t, u64, IdentityRow>,
    pub names: Table<'t, &'static str, u64>,
    pub views: Table<'t, u64, ViewRow>,
    embeddings: Table<'t, u64, &'static [u8]>,
    pub identity_views: Table<'t, (u64, u64), ()>,
    pub pictures: Table<'t, &'static [u8; 32], u64>,
    thumbnails: Table<'t, u64, &'static [u8]>,
    pub barred: Table<'t, BarredKey, BarredRow>,
    pub seen: Table<'t, u64, &'static str>,
}

impl<'t> Tables<'t> {
    /// Opens every table, and makes those that are not there.
    pub fn open(transaction: &'t WriteTransaction) -> Result<Self, redb::Error> {
        Ok(Self {
            effect: Effect::default(),
            next_ids: transaction.open_table(NEXT_IDS)?,
            identities: transaction.open_table(IDENTITIES)?,
            names: transaction.open_table(NAMES)?,
            views: transaction.open_table(VIEWS)?,
            embeddings: transaction.open_table(EMBEDDINGS)?,
            identity_views: transaction.open_table(IDENTITY_VIEWS)?,
            pictures: transaction.open_table(PICTURES)?,
            thumbnails: transaction.open_table(THUMBNAILS)?,
            barred: transaction.open_table(BARRED)?,
            seen: transaction.open_table(SEEN)?,
        })
    }

    /// The identity of this name.
    pub fn identity(&self, name: &str) -> Result<Option<u64>, redb::Error> {
        Ok(self.names.get(name)?.map(|id| id.value()))
    }

    /// The identity of this name, made at `created` where there is none.
    pub fn identity_or_new(&mut self, name: &str, created: &str) -> Result<u64, redb::Error> {
        if let Some(id) = self.identity(name)? {
            return Ok(id);
        }
        let id = self.take_id("identity")?;
        self.names.insert(name, id)?;
        self.identities.insert(id, (name, created))?;
        Ok(id)
    }

    fn take_id(&mut self, kind: &'static str) -> Result<u64, redb::Error> {
        let id = self.next_ids.get(kind)?.map_or(1, |next| next.value());
        self.next_ids.insert(kind, id + 1)?;
        Ok(id)
    }

    /// The enrolled view of a picture.
    pub fn duplicate(&self, picture: &[u8; 32]) -> Result<Option<Duplicate>, redb::Error> {
        let Some(view) = self.pictures.get(picture)?.map(|id| id.value()) else { return Ok(None) };
        Duplicate::of(view, &self.views, &self.identities).map(Some)
    }

    /// The enrolled view of a picture, and its identity.
    pub fn owner(&self, picture: &[u8; 32]) -> Result<Option<(u64, u64)>, redb::Error> {
        let Some(view) = self.pictures.get(picture)?.map(|id| id.value()) else { return Ok(None) };
        Ok(self.views.get(view)?.map(|row| (view, row.value().0)))
    }

    /// Whether `picture` is barred from `identity`.
    pub fn is_barred(&self, identity: u64, picture: &[u8; 32]) -> Result<bool, redb::Error> {
        Ok(self.barred.get((identity, picture))?.is_some())
    }

    /// Writes a view of a picture that is not enrolled; answers its id.
    pub fn add(&mut self, identity: u64, entry: Entry<'_>) -> Result<u64, redb::Error> {
        let id = self.take_id("view")?;
        let encoded;
        let (scale, code) = match entry.kept {
            Kept::Code { scale, code } => (scale, code),
            Kept::Values { values, .. } => {
                let mut code = vec![0i8; values.len()];
                let scale = int8::encode(values, &mut code);
                encoded = code.into_iter().map(i8::cast_unsigned).collect::<Vec<u8>>();
                (scale, encoded.as_slice())
            }
        };
        let Entry { source, picture, time, precision, .. } = entry;
        self.views.insert(id, (identity, scale, code, source, picture, time, precision))?;
        if let Kept::Values { values, keep: true } = entry.kept {
            self.embeddings.insert(id, bytes_of(values).as_slice())?;
        }
        if !entry.thumbnail.is_empty() {
            self.thumbnails.insert(id, entry.thumbnail)?;
        }
        self.identity_views.insert((identity, id), ())?;
        self.pictures.insert(picture, id)?;
        Ok(id)
    }

    /// Takes a view out of every table.
    pub fn take_out(&mut self, id: u64) -> Result<Taken, redb::Error> {
        let row = self.views.remove(id)?.map(|row| {
            let (identity, scale, code, source, picture, _, precision) = row.value();
            Taken {
                identity,
                source: source.to_owned(),
                picture: *picture,
                precision: precision.to_owned(),
                thumbnail: Vec::new(),
                values: None,
                scale,
                code: code.to_owned(),
            }
        });
        let mut taken = row.ok_or_else(|| redb::Error::Corrupted(format!("view {id} is listed and has no row")))?;
        taken.values = self.embeddings.remove(id)?.map(|kept| kept.value().to_owned());
        taken.thumbnail = self.thumbnails.remove(id)?.map(|kept| kept.value().to_owned()).unwrap_or_default();
        self.identity_views.remove((taken.identity, id))?;
        self.pictures.remove(&taken.picture)?;
        Ok(taken)
    }

    /// Gives a view to another identity.
    pub fn give(&mut self, id: u64, to: u64) -> Result<(), redb::Error> {
        let row = self.views.get(id)?.map(|row| {
            let (from, scale, code, source, picture, time, precision) = row.value();
            (from, scale, code.to_owned(), source.to_owned(), *picture, time.to_owned(), precision.to_owned())
        });
        let (from, scale, code, source, picture, time, precision) =
            row.ok_or_else(|| redb::Error::Corrupted(format!("view {id} is listed and has no row")))?;
        let row = (to, scale, code.as_slice(), source.as_str(), &picture, time.as_str(), precision.as_str());
        self.views.insert(id, row)?;
        self.identity_views.remove((from, id))?;
        self.identity_views.insert((to, id), ())?;
        Ok(())
    }

    /// Removes an identity with its views, its bars and what is known of it; answers how many views went.
    pub fn remove_identity(&mut self, identity: u64, name: &str) -> Result<usize, redb::Error> {
        self.names.remove(name)?;
        self.identities.remove(identity)?;
        let ids = views_of(&self.identity_views, identity)?;
        for id in &ids {
            self.take_out(*id)?;
        }
        for picture in self.barred_from(identity)? {
            self.barred.remove((identity, &picture))?;
        }
        self.seen.remove(identity)?;
        Ok(ids.len())
    }

    /// Pictures barred from an identity.
    pub fn barred_from(&self, identity: u64) -> Result<Vec<[u8; 32]>, redb::Error> {
        let rows = self.barred.range((identity, &FIRST)..=(identity, &LAST))?;
        Ok(rows.map(|row| row.map(|(key, _)| *key.value().1)).collect::<Result<_, _>>()?)
    }

    /// Bars from `to` what is barred from `from`, but for pictures that are enrolled under `to`.
    pub fn copy_bars(&mut self, from: u64, to: u64) -> Result<(), redb::Error> {
        for picture in self.barred_from(from)? {
            if self.owner(&picture)?.is_some_and(|(_, identity)| identity == to) {
                continue;
            }
            let row = self.barred.get((from, &picture))?.map(|row| {
                let (values, source, time, precision, thumbnail) = row.value();
                (values.to_owned(), source.to_owned(), time.to_owned(), precision.to_owned(), thumbnail.to_owned())
            });
            if let Some((values, source, time, precision, thumbnail)) = row {
                let row = (&*values, &*source, &*time, &*precision, &*thumbnail);
                self.barred.insert((to, &picture), row)?;
            }
        }
        Ok(())
    }

    /// Records that an identity was recognised at `time`, unless it was later than that.
    pub fn saw(&mut self, identity: u64, time: &str) -> Result<(), redb::Error> {
        // Times of one form stand in the order of their text.
        let later = self.seen.get(identity)?.is_some_and(|known| known.value() >= time);
        if !later {
            self.seen.insert(identity, time)?;
        }
        Ok(())
    }
}

/// Values as they are kept.
pub(super) fn bytes_of(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}
