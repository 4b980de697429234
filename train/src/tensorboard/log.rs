//! Event files of a run: one for each session, none of which tells of a step twice.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message;

use super::event::Event;
use super::record;
use super::scalars;
use crate::history::{EpochRecord, History};

/// The event file of this session.
#[derive(Debug)]
pub struct EventLog {
    file: File,
    path: PathBuf,
    /// Batches learned from, which is the next batch's step.
    batches: usize,
}

/// An event file that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write TensorBoard events to {}: {source}; make room, or give --tensorboard false", path.display())]
pub struct EventError {
    path: PathBuf,
    source: io::Error,
}

/// Event files of a folder, oldest first: their names begin with the time.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("events.out.tfevents.")))
        .collect();
    files.sort();
    Ok(files)
}

/// Events of a file's bytes, each with the position after it; ends where the file is torn.
fn events(bytes: &[u8]) -> impl Iterator<Item = (Event, usize)> + '_ {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (data, after) = record::first(rest)?;
        rest = after;
        Some((Event::decode(data).ok()?, bytes.len() - after.len()))
    })
}

/// Every event in a folder's files, in order.
///
/// # Errors
/// Where a file cannot be read.
pub fn read(folder: &Path) -> io::Result<Vec<Event>> {
    let mut all = Vec::new();
    for path in files(folder)? {
        all.extend(events(&fs::read(path)?).map(|(event, _)| event));
    }
    Ok(all)
}

/// What files tell of: so many batches, so many epochs.
#[derive(Default)]
struct Told {
    batches: usize,
    epochs: usize,
}

/// Cuts off what `history` does not know of: batches of an epoch that was not finished, and a torn record. Adds the
/// rest to `told`.
fn trim(path: &Path, history: &History, told: &mut Told) -> io::Result<()> {
    let bytes = fs::read(path)?;
    let (batches, epochs) = (history.batches(), history.epochs.len());
    let mut kept = 0;
    for (event, end) in events(&bytes) {
        let step = usize::try_from(event.step).unwrap_or(usize::MAX);
        let has = |wanted: &str| event.values().any(|(tag, _)| tag == wanted);
        if has(scalars::BATCH_LOSS) {
            if step >= batches {
                break;
            }
            told.batches = told.batches.max(step + 1);
        } else if has(scalars::EPOCH_LOSS) {
            if step > epochs {
                break;
            }
            told.epochs = told.epochs.max(step);
        }
        kept = end;
    }
    if kept < bytes.len() {
        // A TensorBoard that reads the file goes on with the old one, and is told of the cut by the next session's
        // start.
        let mut whole = crate::aside::create(path.parent().unwrap_or(Path::new(".")))?;
        whole.write_all(&bytes[..kept])?;
        whole.persist(path)?;
    }
    Ok(())
}

/// A new file that sorts behind the earlier ones.
fn create(folder: &Path) -> io::Result<(File, PathBuf)> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    // Two sessions may begin in one second.
    let mut number = 0;
    loop {
        let path = folder.join(format!("events.out.tfevents.{seconds:010}.dnc-train.{number:03}"));
        match File::create_new(&path) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => number += 1,
            file => return Ok((file?, path)),
        }
    }
}

impl EventLog {
    /// Opens a new file in `folder` for a run that did `history` so far, takes back what earlier files tell of
    /// later steps, and adds what they do not tell.
    ///
    /// # Errors
    /// Where the folder or a file in it cannot be read or written.
    pub fn open(folder: &Path, history: &History) -> Result<Self, EventError> {
        let failed = |source| EventError { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        let mut told = Told::default();
        for path in files(folder).map_err(failed)? {
            trim(&path, history, &mut told).map_err(failed)?;
        }
        let (file, path) = create(folder).map_err(failed)?;
        let mut log = Self { file, path, batches: 0 };
        log.write(&[Event::file_version(), Event::session_start(history.batches())])?;
        for epoch in &history.epochs {
            for loss in &epoch.losses {
                if log.batches < told.batches {
                    log.batches += 1;
                } else {
                    log.batch(*loss)?;
                }
            }
            if epoch.epoch >= told.epochs {
                log.epoch(epoch)?;
            }
        }
        Ok(log)
    }

    fn write(&mut self, events: &[Event]) -> Result<(), EventError> {
        // One write for what belongs together: no buffer, so that TensorBoard sees it at once.
        let bytes: Vec<u8> = events.iter().flat_map(|event| record::frame(&event.encode_to_vec())).collect();
        self.file.write_all(&bytes).map_err(|source| EventError { path: self.path.clone(), source })
    }

    /// Tells of a batch; its step is the number of batches before it.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn batch(&mut self, loss: f32) -> Result<(), EventError> {
        let event = Event::scalars(self.batches, [(scalars::BATCH_LOSS, f64::from(loss))]);
        self.batches += 1;
        self.write(&[event])
    }

    /// Tells of an epoch; its step is its number, counted from 1 as in the training's log.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn epoch(&mut self, record: &EpochRecord) -> Result<(), EventError> {
        let values = scalars::of_epoch(record);
        let event = Event::scalars(record.epoch + 1, values.iter().map(|(tag, value)| (tag.as_str(), *value)));
        self.write(&[event])
    }
}
