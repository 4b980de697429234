//! Collects the samples of a set while its lists are read.

use std::path::{Path, PathBuf};

use crate::layout::Layout;
use crate::sample::Names;
use crate::{Dataset, DatasetError, Role, Sample, Split};

#[derive(Default)]
pub(crate) struct Builder {
    identities: Names,
    cameras: Names,
    samples: Vec<Sample>,
}

impl Builder {
    pub fn add(&mut self, path: PathBuf, identity: &str, camera: Option<&str>, split: Split, role: Role) {
        let identity = self.identities.number(identity);
        let camera = camera.map(|c| self.cameras.number(c));
        self.samples.push(Sample { path, identity, camera, split, role });
    }

    /// The set, scored as its authors do; a set without pictures is refused.
    pub fn finish(self, root: &Path, layout: Layout) -> Result<Dataset, DatasetError> {
        if self.samples.is_empty() {
            let what = "its lists and folders name none".into();
            return Err(DatasetError::Empty { path: root.to_owned(), what, expected: layout.files() });
        }
        Ok(Dataset {
            name: folder_name(root),
            root: root.to_owned(),
            samples: self.samples,
            identities: self.identities.into_vec(),
            cameras: self.cameras.into_vec(),
            protocol: layout.protocols()[0],
        })
    }
}

/// The last part of a path, by which a set is called.
pub(crate) fn folder_name(root: &Path) -> String {
    root.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
