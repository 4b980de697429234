//! A folder for each identity: `ROOT/train/ID/*.jpg` and `ROOT/test/ID/*.jpg`, or `ROOT/ID/*.jpg`, where
//! the first half of the identities (by name) is trained on and the second half tested, as CUB200-2011 and
//! CARS196 are split.

use std::path::{Path, PathBuf};

use crate::protocol::Protocol;
use crate::sample::Names;
use crate::{Dataset, DatasetError, Role, Sample, Split};

pub(crate) const FORM: &str =
    "ROOT/train/IDENTITY/*.jpg and ROOT/test/IDENTITY/*.jpg, or ROOT/IDENTITY/*.jpg (jpg, jpeg, png, webp)";

pub(crate) fn entries(path: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    let read = std::fs::read_dir(path).map_err(|e| DatasetError::io(path, e))?;
    let mut all: Vec<PathBuf> =
        read.map(|e| e.map(|e| e.path()).map_err(|e| DatasetError::io(path, e))).collect::<Result<_, _>>()?;
    // A fixed order on every file system.
    all.sort();
    Ok(all)
}

/// Whether a file name ends like a picture's.
pub fn is_picture(path: &Path) -> bool {
    let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    path.is_file() && matches!(ending.as_deref(), Some("jpg" | "jpeg" | "png" | "webp"))
}

/// Folders below `path` with their pictures; folders without a picture are passed over. A name that is not UTF-8 is
/// refused: shown with replacement characters, two of them would be one identity.
fn identities_below(path: &Path) -> Result<Vec<(String, Vec<PathBuf>)>, DatasetError> {
    let mut found = Vec::new();
    for folder in entries(path)?.into_iter().filter(|e| e.is_dir()) {
        let pictures: Vec<PathBuf> = entries(&folder)?.into_iter().filter(|e| is_picture(e)).collect();
        if pictures.is_empty() {
            continue;
        }
        let Some(name) = folder.file_name().unwrap_or_default().to_str() else {
            return Err(DatasetError::FolderName { path: folder });
        };
        found.push((name.to_owned(), pictures));
    }
    Ok(found)
}

/// Reads the tree below `root`.
///
/// # Errors
/// Where a folder cannot be read, none holds a picture, or the name of one that does is not UTF-8.
pub fn load(root: &Path) -> Result<Dataset, DatasetError> {
    let (train, test) = (root.join("train"), root.join("test"));
    let parts = if train.is_dir() && test.is_dir() {
        let of = |path, split| identities_below(path).map(|all| all.into_iter().map(move |i| (split, i)));
        of(&train, Split::Train)?.chain(of(&test, Split::Test)?).collect::<Vec<_>>()
    } else {
        let all = identities_below(root)?;
        let half = all.len().div_ceil(2);
        let split = |i: usize| if i < half { Split::Train } else { Split::Test };
        all.into_iter().enumerate().map(|(i, identity)| (split(i), identity)).collect()
    };
    let (mut identities, mut samples) = (Names::default(), Vec::new());
    for (split, (name, pictures)) in parts {
        let identity = identities.number(&name);
        samples.extend(pictures.into_iter().map(|path| Sample {
            path,
            identity,
            camera: None,
            split,
            role: Role::Both,
        }));
    }
    if samples.is_empty() {
        let what = "no folder with pictures".into();
        return Err(DatasetError::Empty { path: root.to_owned(), what, expected: FORM });
    }
    Ok(Dataset {
        name: root.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        root: root.to_owned(),
        samples,
        identities: identities.into_vec(),
        cameras: Vec::new(),
        protocol: Protocol::LeaveOneOut,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"").unwrap();
        }
        dir
    }

    #[test]
    fn identities_are_folders_split_in_halves() {
        let dir = tree(&["b/2.png", "b/1.JPG", "a/1.jpeg", "c/1.webp", "c/notes.txt", "empty/readme.txt"]);
        let set = load(dir.path()).unwrap();
        assert_eq!(set.identities, ["a", "b", "c"]);
        assert_eq!(set.samples.len(), 4);
        let test: Vec<_> = set.part(Split::Test).iter().map(|s| set.identity_name(s.identity)).collect();
        assert_eq!(test, ["c"]);
    }

    #[test]
    fn train_and_test_folders_are_kept_apart() {
        let dir = tree(&["train/x/1.png", "test/y/1.png", "test/z/1.png"]);
        let set = load(dir.path()).unwrap();
        assert_eq!((set.part(Split::Train).len(), set.part(Split::Test).len()), (1, 2));
        assert!(set.shared_identities().is_empty());
    }

    #[test]
    fn an_empty_folder_is_refused_with_a_layout_that_works() {
        let error = load(tree(&["a/readme.txt"]).path()).unwrap_err().to_string();
        assert!(error.contains("no pictures") && error.contains("ROOT/IDENTITY/*.jpg"), "{error}");
        assert!(load(Path::new("/no/such/folder")).unwrap_err().to_string().contains("/no/such/folder"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_folder_whose_name_is_not_utf8_is_refused() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;

        let name = |byte: u8| [b"caf".as_slice(), &[byte]].concat();
        for part in ["", "train", "test"] {
            let dir = tree(if part.is_empty() { &["a/1.png"] } else { &["train/a/1.png", "test/b/1.png"] });
            // Latin-1 of é and è: lossily, both are "caf\u{fffd}".
            for byte in [0xe9, 0xe8] {
                let folder = dir.path().join(part).join(OsStr::from_bytes(&name(byte)));
                std::fs::create_dir(&folder).unwrap();
                // Without a picture it is no identity, whatever it is called.
                assert_eq!(load(dir.path()).unwrap().identities[0], "a", "{part:?}");
                std::fs::write(folder.join("1.png"), b"").unwrap();
                let error = load(dir.path()).unwrap_err();
                assert!(matches!(&error, DatasetError::FolderName { path } if *path == folder), "{error}");
                let error = error.to_string();
                let named = format!("caf\\x{byte:X}\": the folder's name is not UTF-8");
                assert!(error.contains(&named) && error.contains("rename it to UTF-8"), "{error}");
                std::fs::remove_file(folder.join("1.png")).unwrap();
            }
        }
    }
}
