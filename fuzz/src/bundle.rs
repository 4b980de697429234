//! A `.dnc` file: a zip archive with a manifest and model files.

use std::cell::RefCell;
use std::fs::File;
use std::io::{Cursor, Seek, Write};
use std::os::fd::AsRawFd;
use std::path::PathBuf;

use dnc_core::manifest::{MANIFEST_FILE, sha256_hex};
use dnc_edge::Bundle;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::manifest;

thread_local! {
    /// A file without a name: nothing is left behind where the fuzzer is killed.
    static FILE: RefCell<File> = RefCell::new(tempfile::tempfile().expect("a temporary file can be made"));
}

/// What opens has a manifest that can be used, and its model files are read as the manifest says or not at all. Every
/// error names the file.
///
/// # Panics
/// Where that does not hold.
pub fn check(input: &[u8]) -> bool {
    let path = FILE.with_borrow_mut(|file| written(file, input));
    let name = path.display().to_string();
    let bundle = match Bundle::open(&path) {
        Ok(bundle) => bundle,
        Err(error) => {
            super::check_words(&error.to_string(), &name, input);
            return false;
        }
    };
    assert_eq!(bundle.manifest().layout().ok(), Some(bundle.layout()));
    for variant in &bundle.manifest().variants {
        match bundle.model_bytes(variant) {
            Ok(bytes) => {
                assert_eq!((bytes.len() as u64, sha256_hex(&bytes)), (variant.bytes, variant.sha256.clone()));
            }
            Err(error) => super::check_words(&error.to_string(), &name, input),
        }
    }
    true
}

/// Puts `input` into `file`; answers a path by which it can be opened.
fn written(file: &mut File, input: &[u8]) -> PathBuf {
    let put = file.rewind().and_then(|()| file.set_len(0)).and_then(|()| file.write_all(input));
    put.expect("a temporary file can be written");
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

/// Bundles with and without their model file.
///
/// # Panics
/// Where one cannot be packed.
pub fn seeds() -> Vec<Vec<u8>> {
    let manifest = manifest::small();
    let text = manifest.to_json();
    vec![
        packed(&[(MANIFEST_FILE, text.as_bytes()), (&manifest.variants[0].file, b"model")]),
        packed(&[(MANIFEST_FILE, text.as_bytes())]),
    ]
}

fn packed(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, stored).expect("an entry can be begun in memory");
        zip.write_all(bytes).expect("an entry can be written to memory");
    }
    zip.finish().expect("an archive can be ended in memory").into_inner()
}
