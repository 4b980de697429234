//! Writing a gallery's committed state as one stream.

use std::collections::HashMap;
use std::io::{self, Write};

use redb::{ReadTransaction, ReadableTable};

use super::super::read::if_there;
use super::super::tables::{BARRED, EMBEDDINGS, IDENTITIES, SEEN, THUMBNAILS, VIEWS};
use super::super::{Gallery, GalleryError};
use super::Contents;
use super::record::{Embedding, Picture, Record};
use super::stream::RecordWriter;

/// What stopped an export: the storage, or where it was written to.
enum Stop {
    Storage(redb::Error),
    Write(io::Error),
}

impl<E: Into<redb::Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Storage(error.into())
    }
}

impl Gallery {
    /// Writes all that is kept to `to`, as it is at this moment, also while another process writes to the gallery.
    /// Memory grows with the identities, not with the views.
    ///
    /// # Errors
    /// Where the gallery cannot be read (the first result), or `to` not be written (the second).
    pub fn export(&self, to: impl Write) -> Result<io::Result<Contents>, GalleryError> {
        let read = self.begin_read()?;
        match self.write_records(&read, to) {
            Ok(contents) => Ok(Ok(contents)),
            Err(Stop::Write(error)) => Ok(Err(error)),
            Err(Stop::Storage(error)) => Err(self.storage_error(error)),
        }
    }

    fn write_records(&self, read: &ReadTransaction, to: impl Write) -> Result<Contents, Stop> {
        let mut out = RecordWriter::new(to).map_err(Stop::Write)?;
        let mut put = |record: Record<'_>| out.write(&record).map_err(Stop::Write);
        let space = self.space.clone();
        let number = |n: usize| u32::try_from(n).map_err(|e| Stop::Write(io::Error::other(e)));
        put(Record::Header {
            space_id: &space.space_id,
            dim: number(space.layout.dim())?,
            learners: number(space.layout.learners())?,
            tool: concat!("dnc-edge ", env!("CARGO_PKG_VERSION")),
        })?;

        let mut numbers: HashMap<u64, u32> = HashMap::new();
        let seen = if_there(read, SEEN)?;
        for row in read.open_table(IDENTITIES)?.iter()? {
            let (id, facts) = row?;
            let (id, (name, created)) = (id.value(), facts.value());
            let seen = match &seen {
                Some(seen) => seen.get(id)?,
                None => None,
            };
            numbers.insert(id, number(numbers.len())?);
            put(Record::Identity { name, created, seen: seen.as_ref().map_or("", |time| time.value()) })?;
        }
        let numbered = |id: u64| {
            let lost = || Stop::Storage(redb::Error::Corrupted(format!("identity {id} is named and not there")));
            numbers.get(&id).copied().ok_or_else(lost)
        };

        let (embeddings, thumbnails) = (read.open_table(EMBEDDINGS)?, if_there(read, THUMBNAILS)?);
        let mut views = 0;
        for row in read.open_table(VIEWS)?.iter()? {
            let (id, row) = row?;
            let (identity, scale, code, source, picture, time, precision) = row.value();
            let values = embeddings.get(id.value())?;
            let thumbnail = match &thumbnails {
                Some(thumbnails) => thumbnails.get(id.value())?,
                None => None,
            };
            put(Record::View {
                identity: numbered(identity)?,
                embedding: match &values {
                    Some(values) => Embedding::Values(values.value()),
                    None => Embedding::Code(scale, code),
                },
                of: Picture {
                    source,
                    sha256: *picture,
                    time,
                    precision,
                    thumbnail: thumbnail.as_ref().map_or(&[], |bytes| bytes.value()),
                },
            })?;
            views += 1;
        }

        let mut bars = 0;
        if let Some(barred) = if_there(read, BARRED)? {
            for row in barred.iter()? {
                let (key, row) = row?;
                let ((identity, picture), (values, source, time, precision, thumbnail)) = (key.value(), row.value());
                let of = Picture { source, sha256: *picture, time, precision, thumbnail };
                put(Record::Bar { identity: numbered(identity)?, values, of })?;
                bars += 1;
            }
        }
        let identities = numbers.len() as u64;
        out.end([identities, views, bars]).map_err(Stop::Write)?;
        Ok(Contents { space, identities, views, bars })
    }
}
