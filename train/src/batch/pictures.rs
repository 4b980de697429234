//! Training pictures, large ones reduced: in memory as far as it may be used, then on disk, else decoded each time.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use dnc_core::picture::{self, PictureError};
use dnc_core::preprocess::{Preprocess, Resampler, SourceBox};
use dnc_datasets::Sample;
use image::RgbImage;
use rayon::prelude::*;

use super::augment::Augment;
use super::disk::DiskCache;

/// A cached picture's shorter side at least, in multiples of the resized one.
const CACHED_SHORTER: u32 = 2;
/// Largest ratio of the sides of a random crop.
const WIDEST: f64 = 4.0 / 3.0;

/// Shorter side that pictures are reduced to: such that the smallest random crop still has as many pixels, across and
/// down, as the network sees, so that crops look as those of the original would.
pub fn cached_shorter(preprocess: &Preprocess, augment: &Augment) -> u32 {
    // The narrow side of a crop with share s of a square of side a is a·√(s/WIDEST); of a longer picture it is more.
    let needed = f64::from(preprocess.size) / (augment.crop_min / WIDEST).sqrt();
    (preprocess.resize_shorter * CACHED_SHORTER).max(needed.ceil() as u32)
}

/// Where reduced pictures may be kept.
#[derive(Debug)]
pub struct Storage {
    /// Memory for them, in bytes.
    pub memory: u64,
    /// Folder for them, if any.
    pub disk: Option<DiskCache>,
    /// Whether the folder gets all of them, so that the next run need not decode; else those that the memory does
    /// not hold.
    pub keep_all: bool,
}

/// Where one picture is.
#[derive(Debug)]
enum Place {
    Memory(RgbImage),
    Disk(PathBuf),
    Original,
}

/// How many pictures are where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Places {
    /// In memory.
    pub memory: usize,
    /// In the folder of reduced pictures.
    pub disk: usize,
    /// Nowhere but in their own files: decoded each time.
    pub original: usize,
}

/// Training pictures. A picture has the same pixels wherever it comes from.
#[derive(Debug)]
pub struct PictureCache {
    pictures: Vec<(PathBuf, Place)>,
    shorter: u32,
    disk: Option<DiskCache>,
}

impl PictureCache {
    /// Decodes the pictures of `samples` in parallel, but for those whose reduced form is on disk already; answers
    /// the samples that could be decoded beside the cache, and what is broken. `progress` is called once a picture.
    pub fn load<'a>(
        samples: &[&'a Sample],
        preprocess: &Preprocess,
        augment: &Augment,
        storage: Storage,
        progress: impl Fn() + Sync,
    ) -> (Self, Vec<&'a Sample>, Vec<PictureError>) {
        let shorter = cached_shorter(preprocess, augment);
        let used = AtomicU64::new(0);
        let places: Vec<Result<Place, PictureError>> = samples
            .par_iter()
            .map(|sample| {
                let place = place(&sample.path, shorter, &storage, &used);
                progress();
                place
            })
            .collect();
        let (mut pictures, mut whole, mut broken) = (Vec::with_capacity(samples.len()), Vec::new(), Vec::new());
        for (sample, place) in samples.iter().zip(places) {
            match place {
                Ok(place) => {
                    pictures.push((sample.path.clone(), place));
                    whole.push(*sample);
                }
                Err(error) => broken.push(error),
            }
        }
        (Self { pictures, shorter, disk: storage.disk }, whole, broken)
    }

    /// Picture `i`, reduced.
    ///
    /// # Errors
    /// Where its file, needed again, is broken or gone since it was loaded.
    pub fn picture(&self, i: usize) -> Result<Cow<'_, RgbImage>, PictureError> {
        let (path, place) = &self.pictures[i];
        if let Place::Memory(picture) = place {
            return Ok(Cow::Borrowed(picture));
        }
        // An entry that somebody deleted or damaged is no loss while the original is there.
        let stored = if let Place::Disk(entry) = place { DiskCache::read(entry) } else { None };
        match stored {
            Some(picture) => Ok(Cow::Owned(picture)),
            None => Ok(Cow::Owned(reduced(picture::read(path)?, self.shorter))),
        }
    }

    /// How many pictures are where.
    pub fn places(&self) -> Places {
        let mut places = Places::default();
        for (_, place) in &self.pictures {
            match place {
                Place::Memory(_) => places.memory += 1,
                Place::Disk(_) => places.disk += 1,
                Place::Original => places.original += 1,
            }
        }
        places
    }

    /// What a user should know of where the pictures are: nothing while memory holds all.
    pub fn note(&self) -> Option<String> {
        let Places { memory, disk, original } = self.places();
        if disk + original == 0 {
            return None;
        }
        let folder = self.disk.as_ref().map(|disk| disk.folder().display().to_string());
        let mut note = format!("{memory} reduced pictures are in memory (cache_memory)");
        if let Some(folder) = folder.as_ref().filter(|_| disk > 0) {
            note += &format!(", {disk} in {folder}");
        }
        if original > 0 {
            let why = match folder {
                Some(folder) => format!("{folder} takes no more (cache_disk, room on the disk, permissions)"),
                None => "there is no cache_disk".to_owned(),
            };
            note += &format!(", {original} are decoded anew each time: {why}");
        }
        Some(note)
    }

    /// Whether the folder of reduced pictures takes no more.
    pub fn disk_is_full(&self) -> bool {
        self.disk.as_ref().is_some_and(DiskCache::is_full)
    }

    /// Pictures held.
    pub fn len(&self) -> usize {
        self.pictures.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.pictures.is_empty()
    }
}

/// Takes one picture in, and finds out whether it is whole.
fn place(path: &Path, shorter: u32, storage: &Storage, used: &AtomicU64) -> Result<Place, PictureError> {
    let fits = |width: u32, height: u32| {
        let size = u64::from(width) * u64::from(height) * 3;
        let add = |used: u64| used.checked_add(size).filter(|sum| *sum <= storage.memory);
        used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).is_ok()
    };
    let entry = storage.disk.as_ref().and_then(|disk| disk.entry(path, shorter));
    // A whole entry shows that the picture was whole, and it has not changed since.
    if let Some(entry) = &entry
        && let Some((width, height)) = DiskCache::dimensions(entry)
    {
        if !fits(width, height) {
            return Ok(Place::Disk(entry.clone()));
        }
        if let Some(picture) = DiskCache::read(entry) {
            return Ok(Place::Memory(picture));
        }
        used.fetch_sub(u64::from(width) * u64::from(height) * 3, Ordering::Relaxed);
    }
    let picture = reduced(picture::read(path)?, shorter);
    let in_memory = fits(picture.width(), picture.height());
    let on_disk = (storage.keep_all || !in_memory)
        && entry.as_ref().zip(storage.disk.as_ref()).is_some_and(|(entry, disk)| disk.store(entry, &picture));
    Ok(match entry {
        _ if in_memory => Place::Memory(picture),
        Some(entry) if on_disk => Place::Disk(entry),
        _ => Place::Original,
    })
}

fn reduced(picture: RgbImage, limit: u32) -> RgbImage {
    let (w, h) = picture.dimensions();
    if w.min(h) <= limit {
        return picture;
    }
    let scale = |side: u32| (u64::from(side) * u64::from(limit) / u64::from(w.min(h))) as u32;
    let whole = SourceBox { left: 0.0, top: 0.0, width: f64::from(w), height: f64::from(h) };
    let mut resampler = Resampler::default();
    let (w, h) = (scale(w), scale(h));
    let pixels = resampler.resample(&picture, whole, w, h).to_vec();
    RgbImage::from_raw(w, h, pixels).unwrap_or(picture)
}
