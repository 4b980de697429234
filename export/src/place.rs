//! Giving a finished bundle its name: as a folder, or as one `.dnc` file. What had the name before is whole until
//! then.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use anyhow::Context;
use dnc_edge::Bundle;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Only a bundle is ever replaced: a manifest of another kind (a web page has one too) does not make one.
///
/// # Errors
/// Where `out` is anything else.
pub fn only_a_bundle(out: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(Bundle::open(out).is_ok(), "{} exists and is no bundle; give another --out", out.display());
    Ok(())
}

/// A builder of what is renamed into a bundle: unlike other temporary files, others may read it as the user's mask
/// says.
pub fn temporary(mode: u32) -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".dnc-export-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    builder
}

/// Whether a bundle of this name is one file.
fn is_packed(out: &Path) -> bool {
    out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("dnc"))
}

/// Moves the files of `aside` to `out`, which lies in the same folder as `aside`; one `.dnc` file where `out` is
/// named so.
///
/// # Errors
/// Where the disk does not take it; what was at `out` is left as it was.
pub fn put_in_place(aside: tempfile::TempDir, out: &Path) -> anyhow::Result<()> {
    let write = || format!("cannot write {}", out.display());
    if is_packed(out) {
        let folder = aside.path().parent().unwrap_or(Path::new("."));
        let mut file = temporary(0o666).tempfile_in(folder).with_context(write)?;
        pack(aside.path(), file.as_file_mut()).with_context(write)?;
        file.persist(out).map_err(|e| e.error).with_context(write)?;
        return Ok(());
    }
    let staged = aside.keep();
    let place = || {
        if !out.exists() {
            return fs::rename(&staged, out).with_context(write);
        }
        only_a_bundle(out)?;
        // Moved away, not deleted: until the new one has the name, the old one is whole beside it.
        let old = staged.with_extension("old");
        fs::rename(out, &old).with_context(|| format!("cannot replace {}", out.display()))?;
        if let Err(error) = fs::rename(&staged, out) {
            let _ = fs::rename(&old, out);
            return Err(error).with_context(write);
        }
        let _ = fs::remove_dir_all(&old);
        Ok(())
    };
    let placed = place();
    if placed.is_err() {
        let _ = fs::remove_dir_all(&staged);
    }
    placed
}

/// The files of `folder` as a zip, stored: a device reads a model without unpacking it.
fn pack(folder: &Path, file: &mut File) -> io::Result<()> {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(&mut *file);
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        zip.start_file(entry.file_name().to_string_lossy(), stored).map_err(io::Error::other)?;
        io::copy(&mut File::open(entry.path())?, &mut zip)?;
    }
    zip.finish().map_err(io::Error::other)?;
    file.sync_all()
}
