//! ONNX Runtime's shared library: where it is looked for, and where `dnc-edge runtime fetch` puts it.

use std::path::{Path, PathBuf};

use dnc_packages::{FetchError, PackagedFile};

/// Environment variable that names the library.
pub const LIBRARY_VARIABLE: &str = "ORT_DYLIB_PATH";
/// Environment variable that names the folder of fetched libraries.
pub const FOLDER_VARIABLE: &str = "DNC_RUNTIME_DIR";
/// Version that is fetched.
pub const VERSION: &str = "1.32.0";

const FILE: &str = "onnxruntime/capi/libonnxruntime.so.1.32.0";
const LICENCE: &str = "MIT (PyPI package onnxruntime)";

/// The CPU library for this machine's architecture, where a package with one is known.
pub fn known() -> Option<PackagedFile> {
    let (choice, sha256): (&[&str], _) = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => (
            &["--python-version", "3.12", "--implementation", "cp", "--platform", "manylinux_2_28_x86_64"],
            "6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f",
        ),
        ("linux", "aarch64") => (
            &["--python-version", "3.12", "--implementation", "cp", "--platform", "manylinux_2_28_aarch64"],
            "49852228a93995158b2a813d4df487d47a1b76b0eaa894507ef49e91b6d7954a",
        ),
        _ => return None,
    };
    Some(PackagedFile { package: "onnxruntime", version: VERSION, choice, file: FILE, sha256, licence: LICENCE })
}

/// Folder of fetched libraries: [`FOLDER_VARIABLE`], else `dnc-reid` in the user's data folder (XDG base directory
/// specification). `None` where the user has none.
pub fn folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set(FOLDER_VARIABLE).or_else(|| {
        let data = set("XDG_DATA_HOME").or_else(|| set("HOME").map(|home| home.join(".local/share")));
        data.map(|data| data.join("dnc-reid"))
    })
}

/// Where a fetched library lies in `folder`.
pub fn fetched_path(folder: &Path) -> PathBuf {
    folder.join(format!("libonnxruntime.so.{VERSION}"))
}

/// The library to load: the one asked for, else the environment variable's, else the fetched one where it is there.
pub fn find(asked: Option<&Path>) -> Option<PathBuf> {
    let named = std::env::var_os(LIBRARY_VARIABLE).filter(|v| !v.is_empty()).map(PathBuf::from);
    let fetched = || folder().map(|f| fetched_path(&f)).filter(|p| p.is_file());
    asked.map(Path::to_owned).or(named).or_else(fetched)
}

/// A library that cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// Nobody packs one for this machine.
    #[error(
        "no package with ONNX Runtime for {os} {architecture} is known; name a library with --ort-library or \
         {LIBRARY_VARIABLE}"
    )]
    NoPackage {
        /// The operating system.
        os: &'static str,
        /// The processor's architecture.
        architecture: &'static str,
    },
    /// The user has no folder for it.
    #[error("the user has no data folder; set {FOLDER_VARIABLE}, or give --to DIR to `dnc-edge runtime fetch`")]
    NoFolder,
    /// The package cannot be had or holds another library.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

/// Gets the CPU library for this machine into `folder`, or into the user's where there is none; answers its path and what
/// it is of. One that is there already is checked.
///
/// # Errors
/// Where no package is known, there is no folder, or the package cannot be had or holds another library.
pub fn fetch(folder: Option<&Path>) -> Result<(PathBuf, PackagedFile), LibraryError> {
    let (os, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    let known = known().ok_or(LibraryError::NoPackage { os, architecture })?;
    let folder = folder.map(Path::to_owned).or_else(self::folder).ok_or(LibraryError::NoFolder)?;
    let path = fetched_path(&folder);
    known.fetch(&path)?;
    Ok((path, known))
}

/// The library: the environment variable's, else the fetched one, else it is fetched now.
///
/// # Errors
/// As [`fetch`].
pub fn find_or_fetch() -> Result<PathBuf, LibraryError> {
    match find(None) {
        Some(path) => Ok(path),
        None => Ok(fetch(None)?.0),
    }
}
