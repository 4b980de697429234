//! The shared library in this process.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ::ort::environment::Environment;

use super::version;
use crate::runtime::library::{LIBRARY_VARIABLE, find};
use crate::runtime::{RuntimeError, elf};

/// The library is loaded once in a process.
static LOADED: Mutex<Option<Library>> = Mutex::new(None);

/// The library, loaded.
#[derive(Clone)]
pub struct Library {
    /// Its file.
    pub path: PathBuf,
    /// Its version, as it says itself.
    pub version: String,
    pub environment: Environment,
}

/// Loads the library, where it is not loaded.
///
/// # Errors
/// Where it cannot be had, is none, or another one is loaded.
pub fn library(asked: Option<&Path>) -> Result<Library, RuntimeError> {
    let fail = |reason: String| RuntimeError::Library {
        reason,
        next: format!(
            "get it with `dnc-edge runtime fetch`, or name it with --ort-library or {LIBRARY_VARIABLE} (on a Jetson: \
             JetPack's own)"
        ),
    };
    let path = find(asked).ok_or_else(|| fail("no library is there".to_owned()))?;
    // A relative path would be looked for beside the program first.
    let path = std::path::absolute(&path).map_err(|e| fail(format!("{}: {e}", path.display())))?;
    let mut loaded = LOADED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(before) = &*loaded {
        if before.path != path {
            return Err(fail(format!("{} is loaded, and {} was asked for", before.path.display(), path.display())));
        }
        return Ok(before.clone());
    }
    let broken = if cfg!(target_os = "linux") { elf::problem(&path) } else { Ok(None) };
    if let Some(problem) = broken.map_err(|e| fail(format!("{}: {e}", path.display())))? {
        return Err(fail(format!("{}: {problem}", path.display())));
    }
    let builder = ::ort::init_from(&path).map_err(|e| fail(with_causes(&e)))?;
    let environment = builder.build().map_err(|e| fail(format!("{}: {e}", path.display())))?;
    let version = version::of(&path).map_err(|e| fail(format!("{}: {}", path.display(), with_causes(&e))))?;
    Ok(loaded.insert(Library { path, version, environment }).clone())
}

/// An error's text with that of its causes: the system's own reason is at the end of the chain.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
