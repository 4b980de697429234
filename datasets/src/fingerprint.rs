//! Tells whether two lists of pictures are the same.

use std::fmt;
use std::path::{Component, Path};

use dnc_core::manifest::hex;
use sha2::{Digest, Sha256};

use crate::{Dataset, Sample};

/// First in every fingerprint; another number when something else is hashed.
const FORM: &[u8] = b"dnc-reid samples 1";

/// What identifies the samples of a part: SHA-256, as lower-case hex, over each sample's path, identity and split, in
/// order.
///
/// A threshold holds for identities that were not trained on. The held-out ones are drawn by their numbers
/// ([`validation::split`](crate::validation::split)), so a picture that is added may draw others: who trains stores the
/// fingerprint of what it held out, who measures compares.
///
/// Paths are relative to the set's folder, so that it may be moved; of a picture outside it the file name counts. The
/// root must have been given the same way, absolute or not, where a CSV list names absolute paths. Contents, cameras and
/// roles do not count.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of `samples`, which are `dataset`'s, in their order.
    ///
    /// # Panics
    /// Where a sample's identity is no index of `dataset`.
    pub fn of(dataset: &Dataset, samples: &[&Sample]) -> Self {
        let mut hash = Sha256::new();
        // Each field with its length: no two lists run together into the same bytes.
        let mut field = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        field(FORM);
        for sample in samples {
            field(&place(&dataset.root, &sample.path));
            field(dataset.identity_name(sample.identity).as_bytes());
            field(sample.split.name().as_bytes());
        }
        Self(hex(&hash.finalize()))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The parts of `path` below the set's folder between slashes, or its file name. A root that is a CSV list lies in that
/// folder.
fn place(root: &Path, path: &Path) -> Vec<u8> {
    let below = path.strip_prefix(root).ok().or_else(|| path.strip_prefix(root.parent()?).ok());
    // Below an empty root, everything is, absolute paths too.
    let below = below.filter(|below| below.is_relative());
    let below = below.unwrap_or_else(|| Path::new(path.file_name().unwrap_or_default()));
    let parts = below.components().filter(|part| *part != Component::CurDir);
    parts.map(|part| part.as_os_str().as_encoded_bytes()).collect::<Vec<_>>().join(&b'/')
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::fixture::Fixture;
    use crate::layout::Layout;
    use crate::{Role, Split, csv_list};

    /// Samples of a list `root`: path, identity and whether it is tested on.
    fn listed(root: &str, samples: &[(&str, &str, Split)]) -> Fingerprint {
        let identities: Vec<String> = samples.iter().map(|(_, identity, _)| (*identity).to_owned()).collect();
        let sample = |(identity, (path, _, split)): (u32, &(&str, &str, Split))| Sample {
            path: PathBuf::from(path),
            identity,
            camera: None,
            split: *split,
            role: Role::Both,
        };
        let samples: Vec<Sample> = (0..).zip(samples).map(sample).collect();
        let protocol = crate::Protocol::LeaveOneOut;
        let (name, root) = ("s".into(), PathBuf::from(root));
        let set = Dataset { name, root, samples, identities, cameras: vec![], protocol };
        Fingerprint::of(&set, &set.samples.iter().collect::<Vec<_>>())
    }

    fn of(fixture: &Fixture) -> Fingerprint {
        let set = crate::open(fixture.root(), None).unwrap();
        Fingerprint::of(&set, &set.samples.iter().collect::<Vec<_>>())
    }

    #[test]
    fn a_moved_set_keeps_its_fingerprint() {
        for layout in Layout::ALL {
            let (here, there) = (Fixture::of(layout), Fixture::named(layout, "moved"));
            assert_ne!(here.root(), there.root());
            assert_eq!(of(&here), of(&there), "{}", layout.name());
        }
    }

    #[test]
    fn paths_count_from_the_folder_of_the_list() {
        let list = |root: &str, path: &str| listed(root, &[(path, "x", Split::Train)]);
        let expected = list("/a/split.csv", "/a/b/1.png");
        for (root, path) in [
            ("/other/place/list.csv", "/other/place/b/1.png"),
            ("/a", "/a/b/1.png"),
            ("/a/split.csv", "/a/./b//1.png"),
            ("split.csv", "b/1.png"),
            ("./split.csv", "./b/1.png"),
        ] {
            assert_eq!(list(root, path), expected, "{root} {path}");
        }
        assert_ne!(list("/a/split.csv", "/a/c/1.png"), expected);
        // Outside the folder the file name is all that a move leaves.
        for root in ["/a/b/split.csv", "split.csv", "/else/where"] {
            assert_eq!(list(root, "/pictures/1.png"), list("/a/split.csv", "/a/1.png"), "{root}");
        }
    }

    #[test]
    fn what_is_listed_and_its_order_make_the_fingerprint() {
        use Split::{Test, Train};

        let (a, b) = (("/r/a.png", "x", Train), ("/r/b.png", "y", Train));
        let others: [&[(&str, &str, Split)]; 9] = [
            &[b, a],
            &[a],
            &[a, b, b],
            &[a, b, ("/r/c.png", "z", Train)],
            &[a, ("/r/b.png", "z", Train)],
            &[a, ("/r/c.png", "y", Train)],
            &[a, ("/r/b.png", "y", Test)],
            // The same bytes, cut otherwise.
            &[a, ("/r/b.pn", "gy", Train)],
            &[],
        ];
        let mut all: Vec<String> = others.iter().map(|samples| listed("/r", samples).to_string()).collect();
        all.push(listed("/r", &[a, b]).to_string());
        all.sort();
        all.dedup();
        assert_eq!(all.len(), others.len() + 1);
        assert!(all.iter().all(|f| f.len() == 64 && f.bytes().all(|b| b.is_ascii_hexdigit())), "{all:?}");
    }

    #[test]
    fn an_added_identity_shows_in_what_is_held_out() {
        // The reason to have fingerprints: in a sorted list a new name gives those behind it other numbers.
        let dir = tempfile::tempdir().unwrap();
        let held = |identities: u32| {
            let path = dir.path().join("split.csv");
            let rows = (0..identities).rev().map(|i| format!("{i}a.png,{i},train\n{i}b.png,{i},train\n"));
            std::fs::write(&path, format!("path,identity,split\n{}", rows.collect::<String>())).unwrap();
            let set = csv_list::load(&path).unwrap();
            let split = crate::validation::split(&set, 0.2, 1);
            Fingerprint::of(&set, &split.validation)
        };
        assert_eq!(held(20), held(20));
        assert_ne!(held(20), held(22));
    }

    #[test]
    fn its_form_is_kept() {
        // Stored with runs: each field behind its length as 8 bytes, little-endian (computed with Python's hashlib).
        let fingerprint = listed("/r", &[("/r/a/1.png", "x", Split::Train)]);
        assert_eq!(fingerprint.to_string(), "c85f311f41aae95ec16a903fadc3b6fc00c61329fcab8356f8150fb297d87493");
        let json = serde_json::to_string(&fingerprint).unwrap();
        assert_eq!(json, format!("\"{fingerprint}\""));
        assert_eq!(serde_json::from_str::<Fingerprint>(&json).unwrap(), fingerprint);
    }
}
