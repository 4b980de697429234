//! The folder that the quick start writes to.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// Written first, so that a later run knows the folder as its own.
const MARK: &str = ".dnc-quickstart";

/// Names that the quick start makes in its folder; nothing else is ever removed.
const MADE: [&str; 8] =
    ["vehicles", "run", "bundle", "site.gallery", "enrol.csv", "probes.csv", "results.json", "report.html"];

/// The folder, free of what an earlier run made.
#[derive(Debug)]
pub struct OutFolder {
    root: PathBuf,
}

impl OutFolder {
    /// Makes the folder at `root`, or clears it of what the quick start made there before.
    ///
    /// # Errors
    /// Where it holds files and no earlier quick start marked it, or cannot be written.
    pub fn prepare(root: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(root).with_context(|| format!("cannot make folder {}", root.display()))?;
        let mark = root.join(MARK);
        if !mark.exists() {
            let mut entries = fs::read_dir(root).with_context(|| format!("cannot read {}", root.display()))?;
            if entries.next().is_some() {
                bail!(
                    "{} is not empty and was not made by the quick start; name an empty folder with --out",
                    root.display()
                );
            }
            fs::write(&mark, "Made by cargo quickstart, which clears its own files here when it starts.\n")
                .with_context(|| format!("cannot write {}", mark.display()))?;
        }
        for path in MADE.map(|name| root.join(name)) {
            let removed = match path.symlink_metadata() {
                Err(_) => continue,
                Ok(entry) if entry.is_dir() => fs::remove_dir_all(&path),
                Ok(_) => fs::remove_file(&path),
            };
            removed.with_context(|| format!("cannot remove {} of an earlier run", path.display()))?;
        }
        Ok(Self { root: root.to_owned() })
    }

    /// Rendered vehicles.
    pub fn vehicles(&self) -> PathBuf {
        self.root.join(MADE[0])
    }

    /// Run of the training.
    pub fn run(&self) -> PathBuf {
        self.root.join(MADE[1])
    }

    /// Exported bundle.
    pub fn bundle(&self) -> PathBuf {
        self.root.join(MADE[2])
    }

    /// Gallery of the enrolled views.
    pub fn gallery(&self) -> PathBuf {
        self.root.join(MADE[3])
    }

    /// List of the views to enrol.
    pub fn enrol_list(&self) -> PathBuf {
        self.root.join(MADE[4])
    }

    /// List of the views to identify.
    pub fn probe_list(&self) -> PathBuf {
        self.root.join(MADE[5])
    }

    /// Results for programs.
    pub fn results(&self) -> PathBuf {
        self.root.join(MADE[6])
    }

    /// Results for people.
    pub fn report(&self) -> PathBuf {
        self.root.join(MADE[7])
    }
}

/// Bytes of a file, or of all files below a folder.
pub fn bytes_of(path: &Path) -> anyhow::Result<u64> {
    let read = || format!("cannot read {}", path.display());
    let entry = path.symlink_metadata().with_context(read)?;
    if !entry.is_dir() {
        return Ok(entry.len());
    }
    let mut bytes = 0;
    for entry in fs::read_dir(path).with_context(read)? {
        bytes += bytes_of(&entry.with_context(read)?.path())?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_made_here_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("out");
        let folder = OutFolder::prepare(&root).unwrap();
        fs::create_dir_all(folder.bundle().join("deep")).unwrap();
        fs::write(folder.bundle().join("deep/model"), [0; 7]).unwrap();
        fs::write(folder.results(), [0; 3]).unwrap();
        fs::write(root.join("notes.txt"), "mine").unwrap();
        assert_eq!(bytes_of(&folder.bundle()).unwrap(), 7);
        let folder = OutFolder::prepare(&root).unwrap();
        assert!(!folder.bundle().exists() && !folder.results().exists());
        assert_eq!(fs::read_to_string(root.join("notes.txt")).unwrap(), "mine");
    }

    #[test]
    fn a_strange_folder_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("run")).unwrap();
        let error = OutFolder::prepare(dir.path()).unwrap_err().to_string();
        assert!(error.contains("--out") && dir.path().join("run").exists(), "{error}");
        assert!(!dir.path().join(MARK).exists());
    }
}
