//! Reduced pictures on disk: read back many times faster than the originals are decoded.
//!
//! ```text
//! DIR/ab/abcd….rgb   "DNCRGB1\0", width, height, CRC-32C (u32, little endian), pixels (8-bit RGB, row by row)
//! ```
//! An entry gets its name only when it is whole, so any number of runs may share a folder. Its name is a hash of the
//! original's path, size and time of change and of the size it is reduced to: a changed picture has another entry.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use image::RgbImage;
use sha2::{Digest, Sha256};

const MAGIC: [u8; 8] = *b"DNCRGB1\0";
const HEADER: usize = MAGIC.len() + 12;

/// Room that is left on the disk for others (checkpoints first of all), in bytes.
const RESERVE: u64 = 1 << 30;

/// A folder of reduced pictures.
#[derive(Debug)]
pub struct DiskCache {
    folder: PathBuf,
    limit: u64,
    reserve: u64,
    bytes: AtomicU64,
    full: AtomicBool,
    entries: AtomicU64,
}

impl DiskCache {
    /// Opens `folder`, which is made when the first picture is stored. It may grow to `limit` bytes, what other runs
    /// put there included, and never takes the last GiB of its disk.
    pub fn open(folder: &Path, limit: u64) -> Self {
        let bytes = AtomicU64::new(bytes_in(folder));
        let (full, entries) = (AtomicBool::new(false), AtomicU64::new(0));
        Self { folder: folder.to_owned(), limit, reserve: RESERVE, bytes, full, entries }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether something could not be stored for want of room or right.
    pub fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// File for `picture` with its shorter side reduced to `shorter` px; `None` where the picture is not there.
    pub fn entry(&self, picture: &Path, shorter: u32) -> Option<PathBuf> {
        let facts = fs::metadata(picture).ok()?;
        let changed = facts.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        let path = std::path::absolute(picture).ok()?;
        let mut hash = Sha256::new();
        hash.update(path.as_os_str().as_encoded_bytes());
        // No path holds a zero byte, so that no path can run into the numbers.
        hash.update([0]);
        hash.update(facts.len().to_le_bytes());
        hash.update(changed.as_nanos().to_le_bytes());
        hash.update(shorter.to_le_bytes());
        let name: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Some(self.folder.join(&name[..2]).join(name + ".rgb"))
    }

    /// Size of an entry's picture, px, without reading its pixels; `None` where there is no whole entry.
    pub fn dimensions(entry: &Path) -> Option<(u32, u32)> {
        let mut file = File::open(entry).ok()?;
        let mut header = [0; HEADER];
        file.read_exact(&mut header).ok()?;
        let (width, height, _) = parse(&header)?;
        (file.metadata().ok()?.len() == (HEADER + bytes_of(width, height)) as u64).then_some((width, height))
    }

    /// Reads an entry; `None` where there is none, or it is damaged.
    pub fn read(entry: &Path) -> Option<RgbImage> {
        let mut file = File::open(entry).ok()?;
        let mut header = [0; HEADER];
        file.read_exact(&mut header).ok()?;
        let (width, height, checksum) = parse(&header)?;
        // A damaged header must not ask for more memory than the file could fill.
        if file.metadata().ok()?.len() != (HEADER + bytes_of(width, height)) as u64 {
            return None;
        }
        let mut pixels = vec![0; bytes_of(width, height)];
        file.read_exact(&mut pixels).ok()?;
        (crc32c::crc32c(&pixels) == checksum).then(|| RgbImage::from_raw(width, height, pixels))?
    }

    /// Stores a picture; answers whether it is there now. Once something could not be stored, nothing more is
    /// tried: the disk is needed for other things.
    pub fn store(&self, entry: &Path, picture: &RgbImage) -> bool {
        if self.is_full() {
            return false;
        }
        let size = (HEADER + picture.as_raw().len()) as u64;
        let stored = self.has_room(size) && self.write(entry, picture).is_ok();
        if stored {
            self.bytes.fetch_add(size, Ordering::Relaxed);
        } else {
            self.full.store(true, Ordering::Relaxed);
        }
        stored
    }

    fn has_room(&self, size: u64) -> bool {
        if self.bytes.load(Ordering::Relaxed) + size > self.limit {
            return false;
        }
        // Asking the system each time would cost more than writing.
        if !self.entries.fetch_add(1, Ordering::Relaxed).is_multiple_of(64) {
            return true;
        }
        let made = fs::create_dir_all(&self.folder);
        made.and_then(|()| fs4::available_space(&self.folder)).is_ok_and(|free| free >= self.reserve + size)
    }

    fn write(&self, entry: &Path, picture: &RgbImage) -> io::Result<()> {
        let folder = entry.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        let mut file = crate::aside::create(folder)?;
        file.write_all(&MAGIC)?;
        for number in [picture.width(), picture.height(), crc32c::crc32c(picture.as_raw())] {
            file.write_all(&number.to_le_bytes())?;
        }
        file.write_all(picture.as_raw())?;
        // Not synced: an entry that a power cut tears is found by its checksum and made anew.
        file.persist(entry)?;
        Ok(())
    }
}

fn bytes_of(width: u32, height: u32) -> usize {
    width as usize * height as usize * 3
}

fn parse(header: &[u8; HEADER]) -> Option<(u32, u32, u32)> {
    let number = |i: usize| header[MAGIC.len() + 4 * i..].first_chunk::<4>().map(|b| u32::from_le_bytes(*b));
    if header[..MAGIC.len()] == MAGIC { Some((number(0)?, number(1)?, number(2)?)) } else { None }
}

/// Bytes of all entries below a folder.
fn bytes_in(folder: &Path) -> u64 {
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    entries(folder)
        .flat_map(|shard| entries(&shard.path()))
        .filter_map(|entry| Some(entry.metadata().ok()?.len()))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(seed: u32) -> RgbImage {
        RgbImage::from_fn(7, 5, |x, y| image::Rgb([(x * 30 + seed) as u8, (y * 40) as u8, seed as u8]))
    }

    /// A cache in a folder that may be on a small disk, and an original.
    fn cache(dir: &Path, limit: u64) -> (DiskCache, PathBuf) {
        let original = dir.join("a.png");
        picture(1).save(&original).unwrap();
        let cache = DiskCache { reserve: 0, ..DiskCache::open(&dir.join("cache"), limit) };
        let entry = cache.entry(&original, 5).unwrap();
        (cache, entry)
    }

    #[test]
    fn what_is_stored_is_read_back_and_a_damaged_entry_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let (cache, entry) = cache(dir.path(), 1 << 20);
        assert_eq!(DiskCache::read(&entry), None);
        assert!(cache.store(&entry, &picture(1)));
        assert_eq!(DiskCache::dimensions(&entry), Some((7, 5)));
        assert_eq!(DiskCache::read(&entry), Some(picture(1)));
        let whole = fs::read(&entry).unwrap();
        for damaged in [&whole[..whole.len() - 1], &whole[..10], &[]] {
            fs::write(&entry, damaged).unwrap();
            assert_eq!((DiskCache::dimensions(&entry), DiskCache::read(&entry)), (None, None));
        }
        for at in [0, 9, 17, whole.len() - 1] {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x40;
            fs::write(&entry, flipped).unwrap();
            assert_eq!(DiskCache::read(&entry), None, "byte {at}");
        }
    }

    #[test]
    fn an_entry_is_of_one_state_of_one_picture_at_one_size() {
        let dir = tempfile::tempdir().unwrap();
        let (cache, entry) = cache(dir.path(), 1 << 20);
        let original = dir.path().join("a.png");
        assert_eq!(cache.entry(&original, 5).unwrap(), entry);
        assert_ne!(cache.entry(&original, 6).unwrap(), entry);
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(7);
        File::options().write(true).open(&original).unwrap().set_modified(later).unwrap();
        assert_ne!(cache.entry(&original, 5).unwrap(), entry);
        fs::copy(&original, dir.path().join("b.png")).unwrap();
        assert_ne!(cache.entry(&dir.path().join("b.png"), 5), cache.entry(&original, 5));
        assert_eq!(cache.entry(&dir.path().join("absent.png"), 5), None);
    }

    #[test]
    fn it_grows_to_its_limit_and_counts_what_others_stored() {
        let dir = tempfile::tempdir().unwrap();
        let size = (HEADER + 7 * 5 * 3) as u64;
        let (cache, _) = cache(dir.path(), 2 * size);
        let entry = |i: u32| dir.path().join(format!("cache/0{i}/e.rgb"));
        assert!((0..2).all(|i| cache.store(&entry(i), &picture(i))));
        assert!(!cache.store(&entry(2), &picture(2)) && cache.is_full());
        let again = DiskCache { reserve: 0, ..DiskCache::open(cache.folder(), 3 * size) };
        assert!(again.store(&entry(2), &picture(2)));
        assert!(!again.store(&entry(3), &picture(3)));
        // A disk that is nearly full is left alone, and so is a place where nothing can be made.
        let greedy = DiskCache { reserve: u64::MAX / 2, ..DiskCache::open(cache.folder(), u64::MAX) };
        assert!(!greedy.store(&entry(4), &picture(4)));
        let nowhere = DiskCache { reserve: 0, ..DiskCache::open(&dir.path().join("a.png/x"), u64::MAX) };
        assert!(!nowhere.store(&dir.path().join("a.png/x/00/e.rgb"), &picture(1)));
    }

    #[test]
    fn runs_that_store_the_same_at_once_leave_whole_entries() {
        let dir = tempfile::tempdir().unwrap();
        let (one, entry) = cache(dir.path(), 1 << 20);
        let two = DiskCache { reserve: 0, ..DiskCache::open(one.folder(), 1 << 20) };
        std::thread::scope(|scope| {
            for cache in [&one, &two] {
                scope.spawn(|| (0..50).for_each(|_| assert!(cache.store(&entry, &picture(1)))));
            }
            // Never half an entry, while both write.
            (0..200).for_each(|_| assert!(!entry.is_file() || DiskCache::read(&entry) == Some(picture(1))));
        });
        assert_eq!(fs::read_dir(entry.parent().unwrap()).unwrap().count(), 1, "nothing half written is left");
    }
}
