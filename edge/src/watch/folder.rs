//! New pictures of a folder. It is listed again and again: that works on every file system, shared ones too, where
//! notices of changes do not.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{DirEntry, File};
use std::io::Read;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::frame::{Frame, Key, Outlet, Picture, Source, WatchError};

/// Time between two listings. A picture is taken when it has not changed from one to the next.
const PAUSE: Duration = Duration::from_millis(200);

/// File name endings that count as pictures.
const ENDINGS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

/// A folder that pictures are put into.
pub struct Folder {
    path: PathBuf,
    existing: bool,
    /// The files that are there, as they were at the last listing. Files that went are forgotten: memory grows with the
    /// folder, not with time.
    known: HashMap<OsString, Known>,
}

struct Known {
    stamp: Stamp,
    taken: bool,
}

/// A file that is written anew under its name has another one.
type Stamp = (u64, Option<SystemTime>);

impl Folder {
    /// Pictures put into `path` from now on; those that are there already too, where `existing`.
    pub fn new(path: PathBuf, existing: bool) -> Self {
        Self { path, existing, known: HashMap::new() }
    }

    /// Lists the folder; answers the files that have not changed since the last time and were not taken yet, oldest first.
    fn list(&mut self, take_none: bool) -> std::io::Result<Vec<OsString>> {
        let mut now = HashMap::new();
        let mut ready = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            // A file may go between the listing and the look at it.
            let Ok(entry) = entry else { continue };
            let Some(stamp) = picture_stamp(&entry) else { continue };
            let name = entry.file_name();
            let mut taken = take_none;
            if let Some(before) = self.known.get(&name).filter(|before| before.stamp == stamp) {
                taken = true;
                if !before.taken {
                    ready.push((stamp.1, name.clone()));
                }
            }
            now.insert(name, Known { stamp, taken });
        }
        self.known = now;
        ready.sort();
        Ok(ready.into_iter().map(|(_, name)| name).collect())
    }

    fn read(&self, name: OsString, max_bytes: usize) -> Frame {
        let path = self.path.join(&name);
        let mut bytes = Vec::new();
        // One byte more shows that it is too long.
        let read = File::open(&path).and_then(|f| f.take(max_bytes as u64 + 1).read_to_end(&mut bytes));
        let picture = match read {
            Ok(_) => Picture::File(bytes),
            Err(error) => Picture::Broken(format!("cannot be read: {error}")),
        };
        Frame { key: Key::Name(name.to_string_lossy().into_owned()), name: path.display().to_string(), picture }
    }
}

fn picture_stamp(entry: &DirEntry) -> Option<Stamp> {
    let path = entry.path();
    let ending = path.extension()?;
    let hidden = entry.file_name().as_encoded_bytes().first() == Some(&b'.');
    if hidden || !ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)) {
        return None;
    }
    let facts = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
    Some((facts.len(), facts.modified().ok()))
}

impl Source for Folder {
    fn run(&mut self, out: &Outlet) -> Result<(), WatchError> {
        let read = |source| WatchError::Read { path: self.path.clone(), source };
        if !std::fs::metadata(&self.path).map_err(read)?.is_dir() {
            return Err(read(std::io::Error::other("not a folder")));
        }
        let mut gone = false;
        let mut first = true;
        while !out.stopped() {
            match self.list(first && !self.existing) {
                Ok(names) => {
                    (first, gone) = (false, false);
                    for name in names {
                        if out.stopped() {
                            break;
                        }
                        out.frames.push(self.read(name, out.max_bytes));
                    }
                }
                Err(error) if !gone => {
                    gone = true;
                    (out.notes)(&format!("{}: {error}; looked for again and again", self.path.display()));
                }
                Err(_) => {}
            }
            out.sleep(PAUSE);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_once_it_rests_and_again_when_it_was_written_anew() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).unwrap();
        write("old.jpg", b"1");
        let mut folder = Folder::new(dir.path().to_owned(), false);
        assert!(folder.list(true).unwrap().is_empty());
        write("new.PNG", b"12");
        write("notes.txt", b"12");
        write(".hidden.png", b"12");
        assert!(folder.list(false).unwrap().is_empty(), "it may still be being written");
        write("new.PNG", b"123");
        assert!(folder.list(false).unwrap().is_empty(), "it was");
        assert_eq!(folder.list(false).unwrap(), ["new.PNG"]);
        assert!(folder.list(false).unwrap().is_empty(), "taken once");
        write("old.jpg", b"anew");
        folder.list(false).unwrap();
        assert_eq!(folder.list(false).unwrap(), ["old.jpg"]);
        std::fs::remove_file(dir.path().join("old.jpg")).unwrap();
        folder.list(false).unwrap();
        assert_eq!(folder.known.len(), 1, "what went is forgotten");
    }
}
