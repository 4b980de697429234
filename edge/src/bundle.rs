//! Opening a bundle: a folder, or one `.dnc` file (a zip whose entries are stored).

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use dnc_core::EmbeddingLayout;
use dnc_core::manifest::{self, MANIFEST_FILE, Manifest, ManifestError, Target, Variant};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// Largest manifest that is read, bytes. A real one has a few thousand.
pub const MAX_MANIFEST_BYTES: u64 = 1 << 20;

/// Largest model file that is read, bytes: what one protobuf message may have.
pub const MAX_MODEL_BYTES: u64 = (2 << 30) - 1;

/// Longest `space_id` that is accepted, characters; SHA-256 in hex has 64.
pub const MAX_SPACE_ID: usize = 128;

/// A bundle that cannot be opened or whose model file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The manifest or a model file contradicts itself.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file of the bundle cannot be read.
    #[error("cannot read {}: {source}; give the bundle's folder or its .dnc file", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is no whole zip archive.
    #[error("{}: not a .dnc bundle: {source}; copy the whole file again or export the model again", path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// What the zip reader says.
        source: ZipError,
    },
    /// The archive has no entry of this name.
    #[error("{}: no entry {entry} in it; copy the whole file again or export the model again", path.display())]
    Missing {
        /// The archive.
        path: PathBuf,
        /// The entry looked for.
        entry: String,
    },
    /// An entry of the archive is compressed.
    #[error("{}: entry {entry} is compressed, a .dnc file stores its entries; pack it with zip -0", path.display())]
    Compressed {
        /// The archive.
        path: PathBuf,
        /// The entry.
        entry: String,
    },
    /// A file is longer than this build reads.
    #[error("{}: {bytes} bytes, at most {limit} are read; export the model again", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// No variant is made for the runtimes of this build.
    #[error(
        "{}: no variant for {wanted}, the bundle has {found}; export the model with a variant for {wanted}",
        path.display()
    )]
    NoVariant {
        /// The bundle.
        path: PathBuf,
        /// Runtime asked for.
        wanted: String,
        /// Variants of the bundle.
        found: String,
    },
}

/// An opened bundle: its manifest is read and checked, its model files not yet.
#[derive(Debug)]
pub struct Bundle {
    path: PathBuf,
    packed: bool,
    manifest: Manifest,
    layout: EmbeddingLayout,
}

impl Bundle {
    /// Opens the folder or `.dnc` file at `path` and checks its manifest.
    ///
    /// # Errors
    /// Where it cannot be read, its manifest is no manifest of this format version, or fields contradict one
    /// another (slices that cannot be cut, a shape that differs, an empty or oversized `space_id`).
    pub fn open(path: &Path) -> Result<Self, BundleError> {
        let packed = path.is_file();
        let bytes = read_entry(path, packed, MANIFEST_FILE, MAX_MANIFEST_BYTES)?;
        let named = path.join(MANIFEST_FILE);
        let text = String::from_utf8(bytes).map_err(|e| BundleError::Read {
            path: named.clone(),
            source: io::Error::new(io::ErrorKind::InvalidData, e.utf8_error()),
        })?;
        let manifest = Manifest::parse(&text, &named)?;
        let layout = manifest.layout().map_err(|source| ManifestError::Layout { path: named.clone(), source })?;
        let id = &manifest.space_id;
        if id.is_empty() || id.len() > MAX_SPACE_ID {
            let found = format!("{} characters long", id.len());
            let expected = format!("1 to {MAX_SPACE_ID} characters");
            return Err(ManifestError::Field { path: named, field: "space_id", found, expected }.into());
        }
        Ok(Self { path: path.to_owned(), packed, manifest, layout })
    }

    /// The folder or file that it was opened from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Slices of its embeddings.
    pub fn layout(&self) -> EmbeddingLayout {
        self.layout
    }

    /// Where a file of the bundle is, or for a `.dnc` file how messages name it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The first variant made for `target`.
    ///
    /// # Errors
    /// Where there is none; the error lists those of the bundle.
    pub fn variant_for(&self, target: Target) -> Result<&Variant, BundleError> {
        self.manifest
            .variants
            .iter()
            .find(|v| v.targets.contains(&target))
            .ok_or_else(|| self.no_variant(format!("{target:?}").to_lowercase()))
    }

    /// That there is no variant of the kind `wanted`.
    pub(crate) fn no_variant(&self, wanted: String) -> BundleError {
        let list = self.manifest.variants.iter().map(|v| format!("{} for {:?}", v.file, v.targets));
        let found = list.collect::<Vec<_>>().join(", ").to_lowercase();
        BundleError::NoVariant { path: self.path.clone(), wanted, found }
    }

    /// Reads a variant's model file and checks its length and SHA-256. Reads no more than the manifest's
    /// `bytes`, however long the file is.
    ///
    /// # Errors
    /// Where it cannot be read or differs from what the manifest says.
    pub fn model_bytes(&self, variant: &Variant) -> Result<Vec<u8>, BundleError> {
        let path = self.file(&variant.file);
        if variant.bytes > MAX_MODEL_BYTES {
            return Err(BundleError::TooLarge { path, bytes: variant.bytes, limit: MAX_MODEL_BYTES });
        }
        let bytes = match read_entry(&self.path, self.packed, &variant.file, variant.bytes) {
            Err(BundleError::TooLarge { bytes, .. }) => return Err(length_differs(path, bytes, variant.bytes)),
            other => other?,
        };
        if bytes.len() as u64 != variant.bytes {
            return Err(length_differs(path, bytes.len() as u64, variant.bytes));
        }
        manifest::check_hash(variant, &bytes, &path)?;
        Ok(bytes)
    }
}

fn length_differs(path: PathBuf, found: u64, expected: u64) -> BundleError {
    let (found, expected) = (format!("{found} (the file's length)"), expected.to_string());
    // The manifest names one length and the file has another.
    ManifestError::Field { path, field: "variants[].bytes", found, expected }.into()
}

/// Reads the file `name` of a bundle if it has at most `limit` bytes.
fn read_entry(bundle: &Path, packed: bool, name: &str, limit: u64) -> Result<Vec<u8>, BundleError> {
    let path = bundle.join(name);
    let read = |source| BundleError::Read { path: path.clone(), source };
    if !packed {
        let file = File::open(&path).map_err(read)?;
        let length = file.metadata().map_err(read)?.len();
        return read_limited(file, length, limit, &path);
    }
    let file = File::open(bundle).map_err(read)?;
    let whole = file.metadata().map_err(read)?.len();
    let broken = |source| BundleError::Archive { path: bundle.to_owned(), source };
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
    let entry = archive.by_name(name).map_err(|source| match source {
        ZipError::FileNotFound => BundleError::Missing { path: bundle.to_owned(), entry: name.to_owned() },
        ZipError::CompressionMethodNotSupported(_) => {
            BundleError::Compressed { path: bundle.to_owned(), entry: name.to_owned() }
        }
        source => broken(source),
    })?;
    if entry.compression() != CompressionMethod::Stored {
        return Err(BundleError::Compressed { path: bundle.to_owned(), entry: name.to_owned() });
    }
    let length = entry.size();
    // A header can say anything, and memory is taken for what it says.
    if length > whole {
        return Err(broken(ZipError::InvalidArchive(format!("entry {name} is longer than the archive").into())));
    }
    read_limited(entry, length, limit, &path)
}

fn read_limited(from: impl Read, length: u64, limit: u64, path: &Path) -> Result<Vec<u8>, BundleError> {
    let too_large = |bytes| BundleError::TooLarge { path: path.to_owned(), bytes, limit };
    if length > limit {
        return Err(too_large(length));
    }
    // The length is only what a header says (and a pipe or a growing file says 0): the reading is bounded too.
    let mut bytes = Vec::with_capacity(length as usize);
    from.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| BundleError::Read { path: path.to_owned(), source })?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes)
}
