//! A bundle and a gallery that every test of a running program starts from.

use std::path::PathBuf;

use super::bundle::parts;
use super::pictures::folder;
use crate::edge;

pub struct Site {
    pub dir: tempfile::TempDir,
    pub bundle: PathBuf,
    pub gallery: PathBuf,
}

/// Four identities with two views each.
pub fn site() -> Site {
    let dir = tempfile::tempdir().unwrap();
    let bundle = parts(1).folder(&dir.path().join("bundle"));
    let gallery = dir.path().join("site.gallery");
    let people = folder(&dir.path().join("people"), 4, 2);
    edge!["enroll", "--bundle", bundle, "--gallery", gallery, "--folder", people].done();
    Site { dir, bundle, gallery }
}
