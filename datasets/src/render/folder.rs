//! The folder that a data set is rendered into.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use image::codecs::jpeg::JpegEncoder;
use rayon::prelude::*;

use super::RenderSummary;
use super::config::{Job, RenderConfig};
use super::error::RenderError;
use super::subject::Subject;

const README: &str = "README.txt";

/// Folders with the pictures of any subject: none of them may be mixed with another's.
const PICTURES: [&str; 2] = ["image", "Img"];

/// Renders all pictures of `subject` into `out`, then writes the lists.
pub(super) fn render(
    subject: &dyn Subject,
    config: &RenderConfig,
    out: &Path,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<RenderSummary, RenderError> {
    config.check()?;
    let jobs = config.jobs();
    prepare(subject, config, &jobs, out)?;
    let done = AtomicUsize::new(0);
    let sizes = jobs
        .par_iter()
        .enumerate()
        .map(|(index, &job)| {
            let shot = subject.take(config, job);
            let path = out.join(subject.file(config, index, job));
            let mut bytes = Vec::new();
            JpegEncoder::new_with_quality(&mut bytes, shot.quality)
                .encode_image(&shot.picture)
                .map_err(|e| RenderError::File { path: path.clone(), source: io::Error::other(e) })?;
            write(&path, &bytes)?;
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, jobs.len());
            Ok(bytes.len() as u64)
        })
        .collect::<Result<Vec<u64>, RenderError>>()?;
    let mut lists = 0;
    for (path, text) in subject.lists(config, &jobs) {
        let path = out.join(path);
        path.parent().map_or(Ok(()), make)?;
        write(&path, text.as_bytes())?;
        lists += text.len() as u64;
    }
    Ok(RenderSummary { pictures: jobs.len(), bytes: sizes.iter().sum::<u64>() + lists })
}

/// Makes the folders. A folder with pictures is accepted only if this very configuration made them (an
/// interrupted run): its README, written before the first picture, says so.
pub(super) fn prepare(
    subject: &dyn Subject,
    config: &RenderConfig,
    jobs: &[Job],
    out: &Path,
) -> Result<(), RenderError> {
    // Refuse before anything is made: a wrong path must stay as it was.
    let made_by = fs::read_to_string(out.join(README)).unwrap_or_default();
    if !made_by.lines().any(|line| line == subject.signature(config)) {
        for pictures in PICTURES.map(|name| out.join(name)) {
            if holds_something(&pictures)? {
                return Err(RenderError::Occupied { folder: out.to_path_buf() });
            }
        }
    }
    let files = jobs.iter().enumerate().map(|(index, &job)| subject.file(config, index, job));
    let folders: BTreeSet<PathBuf> = files.filter_map(|file| file.parent().map(Path::to_path_buf)).collect();
    make(&out.join(subject.pictures()))?;
    folders.iter().try_for_each(|folder| make(&out.join(folder)))?;
    write(&out.join(README), subject.readme(config).as_bytes())
}

fn holds_something(folder: &Path) -> Result<bool, RenderError> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(RenderError::File { path: folder.to_path_buf(), source }),
    }
}

fn make(folder: &Path) -> Result<(), RenderError> {
    fs::create_dir_all(folder).map_err(|source| RenderError::File { path: folder.to_path_buf(), source })
}

/// Writes a file; an error carries its path.
fn write(path: &Path, bytes: &[u8]) -> Result<(), RenderError> {
    fs::write(path, bytes).map_err(|source| RenderError::File { path: path.to_path_buf(), source })
}
