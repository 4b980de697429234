//! How a run's files are written and read.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use burn::record::{FullPrecisionSettings, NamedMpkBytesRecorder, Record, Recorder, RecorderError};
use burn::tensor::backend::Backend;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::start_anew;
use super::{CheckpointError, MODEL_FILE, Run, kept, sums};

/// Writes a file and makes it durable before it gets its name.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), CheckpointError> {
    let error = |source| CheckpointError::Write { path: path.to_owned(), source };
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let write_all = || {
        let mut file = fs::File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write_all().map_err(|e| {
        // What could not be finished must not fill the disk further.
        let _ = fs::remove_file(&part);
        error(e)
    })
}

pub fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("numbers and names always serialise")
}

pub fn encode<B: Backend, R: Record<B> + 'static>(record: R) -> Vec<u8> {
    let recorder = NamedMpkBytesRecorder::<FullPrecisionSettings>::default();
    Recorder::<B>::record(&recorder, record, ()).expect("a record of numbers always serialises")
}

impl Run {
    pub(super) fn read(&self, path: &Path) -> Result<Vec<u8>, CheckpointError> {
        let failed = |source| CheckpointError::Read { path: path.to_owned(), source, next: self.without(path) };
        fs::read(path).map_err(failed)
    }

    /// What can be done where a file is lost.
    fn without(&self, file: &Path) -> String {
        let others = kept::all(&self.folder).into_iter().filter(|(_, folder)| !file.starts_with(folder));
        let others = others.filter(|(_, folder)| folder.join(MODEL_FILE).is_file());
        start_anew(&self.folder, &others.map(|(epochs, _)| epochs).collect::<Vec<_>>())
    }

    /// A checkpoint's file, whose bytes are those that were written.
    pub(super) fn read_checked(&self, path: &Path) -> Result<Vec<u8>, CheckpointError> {
        let bytes = self.read(path)?;
        sums::check(path, &bytes).map_err(|problem| self.damaged(path, &problem))?;
        Ok(bytes)
    }

    pub(super) fn damaged(&self, path: &Path, problem: &str) -> CheckpointError {
        // The first line is about the file; Burn goes on with advice on files of its older versions.
        let problem = problem.split(['\n', '\r']).next().unwrap_or_default().to_owned();
        CheckpointError::Damaged { path: path.to_owned(), problem, next: self.without(path) }
    }

    pub(super) fn read_json<T: DeserializeOwned>(&self, path: &Path) -> Result<T, CheckpointError> {
        serde_json::from_slice(&self.read_checked(path)?).map_err(|e| self.damaged(path, &e.to_string()))
    }

    pub(super) fn decode<B: Backend, R: Record<B> + 'static>(
        &self,
        path: &Path,
        device: &B::Device,
    ) -> Result<R, CheckpointError> {
        let recorder = NamedMpkBytesRecorder::<FullPrecisionSettings>::default();
        let bytes = self.read_checked(path)?;
        Recorder::<B>::load(&recorder, bytes, device).map_err(|e| match e {
            RecorderError::Unknown(problem) => self.damaged(path, &problem),
            other => self.damaged(path, &other.to_string()),
        })
    }
}
