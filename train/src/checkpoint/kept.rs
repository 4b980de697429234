//! Which checkpoints' folders stay, and what stays in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::files::write;
use super::{OBJECTIVE_FILE, OPTIMIZER_FILE, sums};

/// Needed to train on, but not to evaluate.
const ONLY_FOR_TRAINING: [&str; 2] = [OPTIMIZER_FILE, OBJECTIVE_FILE];

/// Name of the folder of the checkpoint after so many epochs.
pub fn name(epochs: usize) -> String {
    format!("epoch-{epochs:04}")
}

/// Folders of a run's checkpoints by the epochs done, the one that is being written included.
pub fn all(run: &Path) -> BTreeMap<usize, PathBuf> {
    let entries = fs::read_dir(run).into_iter().flatten().flatten();
    let numbered = entries.filter_map(|entry| {
        let epochs = entry.file_name().to_str()?.strip_prefix("epoch-")?.parse().ok()?;
        // Not a copy that somebody made under a name like ours.
        (entry.file_name().to_str() == Some(&name(epochs))).then(|| (epochs, entry.path()))
    });
    numbered.collect()
}

/// Forgets the checkpoints but the `newest` and those that `stays`, which lose what only training needs. What cannot
/// be removed does no harm.
pub fn tidy(run: &Path, newest: usize, stays: impl Fn(usize) -> bool) {
    for (epochs, folder) in all(run).into_iter().filter(|(epochs, _)| *epochs != newest) {
        // Behind the newest lies only what a killed program left.
        if epochs < newest && stays(epochs) {
            thin(&folder);
        } else {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

fn thin(folder: &Path) {
    if !ONLY_FOR_TRAINING.iter().any(|file| folder.join(file).exists()) {
        return;
    }
    // First the sums: they must not name a file that is gone.
    let sums = folder.join(sums::FILE);
    if let Ok(text) = fs::read_to_string(&sums) {
        let _ = write(&sums, sums::without(&text, &ONLY_FOR_TRAINING).as_bytes());
    }
    for file in ONLY_FOR_TRAINING {
        let _ = fs::remove_file(folder.join(file));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stays_whole_and_others_as_asked() {
        let run = tempfile::tempdir().unwrap();
        let file = |epochs: usize, file: &str| run.path().join(name(epochs)).join(file);
        for epochs in [1, 2, 3, 4, 9] {
            fs::create_dir(run.path().join(name(epochs))).unwrap();
            let files = ["model.mpk", OPTIMIZER_FILE, OBJECTIVE_FILE].map(|name| (name, vec![epochs as u8]));
            files.iter().for_each(|(name, bytes)| fs::write(file(epochs, name), bytes).unwrap());
            fs::write(file(epochs, sums::FILE), sums::of(&files)).unwrap();
        }
        fs::create_dir(run.path().join("epoch-0001-copy")).unwrap();
        tidy(run.path(), 4, |epochs| epochs == 2 || epochs == 9);
        assert_eq!(all(run.path()).into_keys().collect::<Vec<_>>(), [2, 4]);
        assert!(run.path().join("epoch-0001-copy").exists());
        assert!(file(4, OPTIMIZER_FILE).exists() && file(4, OBJECTIVE_FILE).exists());
        assert!(file(2, "model.mpk").exists() && !file(2, OPTIMIZER_FILE).exists());
        let sums = fs::read_to_string(file(2, sums::FILE)).unwrap();
        assert!(sums.contains("model.mpk") && !sums.contains(OPTIMIZER_FILE) && !sums.contains(OBJECTIVE_FILE));
    }
}
