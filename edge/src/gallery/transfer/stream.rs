//! Records on a stream, and the checks that tell a whole file from any other.

use std::io::{self, Read, Write};
use std::path::Path;

use crc32c::crc32c_append;
use sha2::{Digest, Sha256};

use super::ImportError;
use super::record::Record;

/// What a file begins with.
const MAGIC: [u8; 12] = *b"DNC-GALLERY\n";

/// Version of the file's form that this build writes and reads.
pub const VERSION: u16 = 1;

/// Longest record: a thumbnail and an embedding of any real width with room to spare.
const MAX_RECORD: usize = 4 << 20;

/// Checksum of a record: with its number, so that two that changed places are noticed.
fn checksum(number: u64, content: &[u8]) -> u32 {
    crc32c_append(crc32c_append(0, &number.to_le_bytes()), content)
}

/// Writes records.
pub struct RecordWriter<W> {
    to: W,
    sha: Sha256,
    number: u64,
    content: Vec<u8>,
}

impl<W: Write> RecordWriter<W> {
    /// Begins a file.
    pub fn new(to: W) -> io::Result<Self> {
        let mut writer = Self { to, sha: Sha256::new(), number: 0, content: Vec::new() };
        writer.put(&MAGIC)?;
        writer.put(&VERSION.to_le_bytes())?;
        Ok(writer)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sha.update(bytes);
        self.to.write_all(bytes)
    }

    /// Writes one record.
    pub fn write(&mut self, record: &Record<'_>) -> io::Result<()> {
        let mut content = std::mem::take(&mut self.content);
        content.clear();
        let content = postcard::to_extend(record, content).map_err(|e| io::Error::other(e.to_string()))?;
        if content.len() > MAX_RECORD {
            let text = format!("a record of {} bytes, at most {MAX_RECORD} can be exported", content.len());
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        let length = u32::try_from(content.len()).map_err(io::Error::other)?;
        self.put(&length.to_le_bytes())?;
        self.put(&content)?;
        self.put(&checksum(self.number, &content).to_le_bytes())?;
        self.number += 1;
        self.content = content;
        Ok(())
    }

    /// Writes the last record.
    pub fn end(mut self, [identities, views, bars]: [u64; 3]) -> io::Result<()> {
        let sha256 = self.sha.clone().finalize().into();
        self.write(&Record::End { identities, views, bars, sha256 })?;
        self.to.flush()
    }
}

/// Reads records. Takes no more memory than the longest record that is there.
pub struct RecordReader<'p, R> {
    from: R,
    path: &'p Path,
    sha: Sha256,
    /// The hash of all that stands before the current record.
    before: Sha256,
    number: u64,
    at: u64,
    begins: u64,
    content: Vec<u8>,
}

impl<'p, R: Read> RecordReader<'p, R> {
    /// Begins to read a file; `path` names it in messages.
    pub fn new(from: R, path: &'p Path) -> Result<Self, ImportError> {
        let (sha, before) = (Sha256::new(), Sha256::new());
        let mut reader = Self { from, path, sha, before, number: 0, at: 0, begins: 0, content: Vec::new() };
        let foreign = |error| match error {
            ImportError::Cut { path, .. } => ImportError::NotAnExport { path },
            other => other,
        };
        if reader.array::<12>().map_err(foreign)? != MAGIC {
            return Err(ImportError::NotAnExport { path: path.to_owned() });
        }
        let found = u16::from_le_bytes(reader.array().map_err(foreign)?);
        if found != VERSION {
            return Err(ImportError::Version { path: path.to_owned(), found });
        }
        Ok(reader)
    }

    /// Something is wrong with the record that was read last.
    pub fn damaged(&self, reason: impl Into<String>) -> ImportError {
        let record = self.number.saturating_sub(1);
        ImportError::Damaged { path: self.path.to_owned(), record, at: self.begins, reason: reason.into() }
    }

    /// SHA-256 of all that stands before the record that was read last.
    pub fn before(&self) -> [u8; 32] {
        self.before.clone().finalize().into()
    }

    /// Reads the next record; there must be one.
    pub fn advance(&mut self) -> Result<(), ImportError> {
        (self.begins, self.before) = (self.at, self.sha.clone());
        let length = u32::from_le_bytes(self.array()?) as usize;
        self.number += 1;
        if length > MAX_RECORD {
            return Err(self.damaged(format!("a length of {length} bytes, at most {MAX_RECORD} are read")));
        }
        // The length is only what the file says: memory is taken as the bytes come.
        self.content.clear();
        let path = self.path;
        (&mut self.from)
            .take(length as u64)
            .read_to_end(&mut self.content)
            .map_err(|source| ImportError::Read { path: path.to_owned(), source })?;
        self.at += self.content.len() as u64;
        if self.content.len() < length {
            return Err(ImportError::Cut { path: self.path.to_owned(), at: self.at });
        }
        self.sha.update(&self.content);
        if u32::from_le_bytes(self.array()?) != checksum(self.number - 1, &self.content) {
            return Err(self.damaged("the checksum differs"));
        }
        Ok(())
    }

    /// The record that was read last.
    pub fn record(&self) -> Result<Record<'_>, ImportError> {
        match postcard::take_from_bytes(&self.content) {
            Ok((record, [])) => Ok(record),
            Ok((_, rest)) => Err(self.damaged(format!("{} bytes too many", rest.len()))),
            Err(error) => Err(self.damaged(format!("no record of version {VERSION} ({error})"))),
        }
    }

    /// Checks that nothing follows.
    pub fn nothing_follows(mut self) -> Result<(), ImportError> {
        let mut one = [0];
        match self.from.read(&mut one) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.damaged("more bytes follow the last record")),
            Err(source) => Err(ImportError::Read { path: self.path.to_owned(), source }),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ImportError> {
        let mut bytes = [0; N];
        let mut have = 0;
        while have < N {
            match self.from.read(&mut bytes[have..]) {
                Ok(0) => return Err(ImportError::Cut { path: self.path.to_owned(), at: self.at + have as u64 }),
                Ok(n) => have += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(ImportError::Read { path: self.path.to_owned(), source }),
            }
        }
        self.at += N as u64;
        self.sha.update(bytes);
        Ok(bytes)
    }
}
