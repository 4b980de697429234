//! Creating and opening a gallery's file.

use std::path::Path;

use dnc_core::EmbeddingLayout;
use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, ReadableDatabase, StorageBackend, TableError, TableHandle,
};

use super::migrate::migrate;
use super::revision::Revision;
use super::tables::{FORMAT, META, READ};
use super::write::Tables;
use super::{CACHE_BYTES, Gallery, GalleryError, Space, Storage};

impl Gallery {
    /// Opens the gallery at `path` for writing, or makes a new one bound to `space` where there is no file. One of an
    /// older format version is brought to this build's, as by [`open_writing`](Self::open_writing).
    ///
    /// # Errors
    /// Where the gallery belongs to another space, the file is no gallery, another process writes to it, or the
    /// system refuses.
    pub fn create_or_open(path: &Path, space: &Space) -> Result<Self, GalleryError> {
        let db = builder().create(path).map_err(|e| GalleryError::storage(path, e))?;
        Self::bind(db, path, space)
    }

    /// The same on a storage of the caller's own; `name` stands for the path in messages. The storage need not
    /// implement locks: no other process may use it.
    ///
    /// # Errors
    /// As [`create_or_open`](Self::create_or_open).
    pub fn create_with_backend(backend: impl StorageBackend, name: &Path, space: &Space) -> Result<Self, GalleryError> {
        let mut builder = builder();
        builder.set_concurrency_mode(ConcurrencyMode::ExclusiveWriter);
        let db = builder.create_with_backend(backend).map_err(|e| GalleryError::storage(name, e))?;
        Self::bind(db, name, space)
    }

    /// Opens an existing gallery for writing. One of an older format version is brought to this build's in one
    /// transaction: a camera that gets a new release has nobody who could give a command for it, and nothing is lost.
    ///
    /// # Errors
    /// Where there is none, it is no gallery, another process writes to it, or the system refuses.
    pub fn open_writing(path: &Path) -> Result<Self, GalleryError> {
        let db = builder().open(path).map_err(|e| GalleryError::storage(path, e))?;
        let (space, format) = read_facts(&db, path)?;
        migrate(&db, format).map_err(|e| GalleryError::storage(path, e))?;
        Ok(Self::new(Storage::Writing(db), path, space, FORMAT))
    }

    /// Opens an existing gallery for reading, also while another process writes to it. One of an older format version is
    /// read as it is.
    ///
    /// # Errors
    /// Where there is none, it is no gallery, or the system refuses.
    pub fn open(path: &Path) -> Result<Self, GalleryError> {
        let db = match builder().open_read_only(path) {
            // Left by a process that was killed. The repair brings back the last committed state, and needs to
            // write.
            Err(DatabaseError::RepairAborted) => {
                drop(builder().open(path).map_err(|e| GalleryError::storage(path, e))?);
                builder().open_read_only(path)
            }
            other => other,
        }
        .map_err(|e| GalleryError::storage(path, e))?;
        let (space, format) = read_facts(&db, path)?;
        Ok(Self::new(Storage::Reading(db), path, space, format))
    }

    fn new(storage: Storage, path: &Path, space: Space, format: &'static str) -> Self {
        Self { storage, path: path.to_owned(), space, format, revision: Revision::next() }
    }

    fn bind(db: Database, path: &Path, space: &Space) -> Result<Self, GalleryError> {
        let storage = |e: redb::Error| GalleryError::storage(path, e);
        let is_new = {
            let read = db.begin_read().map_err(|e| storage(e.into()))?;
            let mut tables = read.list_tables().map_err(|e| storage(e.into()))?;
            tables.next().is_none()
        };
        if is_new {
            write_space(&db, space).map_err(storage)?;
        }
        let (found, format) = read_facts(&db, path)?;
        let gallery = Self::new(Storage::Writing(db), path, found, FORMAT);
        // Another model's gallery is left as it is.
        gallery.check_space(space)?;
        if let Storage::Writing(db) = &gallery.storage {
            migrate(db, format).map_err(storage)?;
        }
        Ok(gallery)
    }
}

fn builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES).set_concurrency_mode(ConcurrencyMode::SingleWriter);
    builder
}

/// Writes a new gallery's facts and empty tables in one transaction.
fn write_space(db: &Database, space: &Space) -> Result<(), redb::Error> {
    let transaction = db.begin_write()?;
    {
        let mut meta = transaction.open_table(META)?;
        meta.insert("format", FORMAT)?;
        meta.insert("space_id", space.space_id.as_str())?;
        meta.insert("dim", space.layout.dim().to_string().as_str())?;
        meta.insert("learners", space.layout.learners().to_string().as_str())?;
        // A reader may then open every table of every gallery.
        Tables::open(&transaction)?;
    }
    transaction.commit()?;
    Ok(())
}

/// The space and the format version.
fn read_facts(db: &impl ReadableDatabase, path: &Path) -> Result<(Space, &'static str), GalleryError> {
    let storage = |e: redb::Error| GalleryError::storage(path, e);
    let read = db.begin_read().map_err(|e| storage(e.into()))?;
    let meta = match read.open_table(META) {
        Ok(table) => table,
        Err(TableError::Storage(e)) => return Err(storage(e.into())),
        Err(_) => {
            let reason = format!("a database without the table {}", META.name());
            return Err(GalleryError::NotAGallery { path: path.to_owned(), reason });
        }
    };
    let fact = |key: &str| -> Result<String, GalleryError> {
        let value = meta.get(key).map_err(|e| storage(e.into()))?;
        let value = value.map(|v| v.value().to_owned());
        value.ok_or_else(|| GalleryError::NotAGallery { path: path.to_owned(), reason: format!("no fact {key}") })
    };
    let found = fact("format")?;
    let Some(format) = READ.into_iter().find(|known| *known == found) else {
        return Err(GalleryError::Format { path: path.to_owned(), found });
    };
    let damaged = |reason: String| GalleryError::Damaged { path: path.to_owned(), reason };
    let number = |key: &str| {
        let text = fact(key)?;
        text.parse::<usize>().map_err(|e| damaged(format!("fact {key} is {text:?}: {e}")))
    };
    let layout = EmbeddingLayout::new(number("dim")?, number("learners")?).map_err(|e| damaged(e.to_string()))?;
    Ok((Space { space_id: fact("space_id")?, layout }, format))
}
